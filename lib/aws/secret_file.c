/* Files that hold secrets. */
#include "aws/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

void secret_text_done(struct secret_text *text)
{
    mem_secret_free(text->ptr);
    *text = (struct secret_text){0};
}

/* --- stamps --- */

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->modified_ns == b->modified_ns && a->size == b->size &&
           a->inode == b->inode && a->device == b->device;
}

static struct file_stamp stamp_of(const struct stat *status)
{
    return (struct file_stamp){.modified_ns =
                                   status->st_mtim.tv_sec * INT64_C(1000000000) +
                                   status->st_mtim.tv_nsec,
                               .size = status->st_size,
                               .inode = status->st_ino,
                               .device = status->st_dev};
}

struct file_stamp file_stamp_now(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return (struct file_stamp){0};
    return stamp_of(&status);
}

/* --- reading --- */

static enum dm_code fail_to_read(const char *source, struct dm_error *err)
{
    return error_set(err, DM_E_CREDENTIALS, "%s: cannot be read: %m", source);
}

static bool no_such_file(int error)
{
    return error == ENOENT || error == ENOTDIR;
}

static enum dm_code read_all(const char *source, int fd, struct secret_text *text,
                             struct dm_error *err)
{
    while (text->len < text->cap) {
        ssize_t got = read(fd, text->ptr + text->len, text->cap - text->len);
        if (got == 0)
            return DM_OK;
        if (got < 0 && errno != EINTR)
            return fail_to_read(source, err);
        if (got > 0)
            text->len += (size_t)got;
    }
    return error_set(err, DM_E_CREDENTIALS, "%s: changed while it was read", source);
}

static enum dm_code read_open_file(const char *source, int fd, size_t max,
                                   struct secret_text *ret_text,
                                   struct file_stamp *ret_stamp, struct dm_error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return fail_to_read(source, err);
    if (!S_ISREG(status.st_mode))
        return DM_OK;
    if (status.st_size > (off_t)max)
        return error_set(err, DM_E_CREDENTIALS, "%s: larger than %zu bytes", source, max);

    size_t cap = (size_t)status.st_size + 1;
    DM_AUTO_DONE(secret_text) text = {.ptr = mem_secret(cap), .cap = cap};
    if (!text.ptr)
        return error_nomem(err);
    DM_TRY(read_all(source, fd, &text, err));
    *ret_text = text;
    *ret_stamp = stamp_of(&status);
    text.ptr = NULL;
    return DM_OK;
}

/* Non-blocking, so that a fifo holds nobody up. */
enum dm_code secret_file_read(const char *source, const char *path, size_t max,
                              struct secret_text *ret_text, struct file_stamp *ret_stamp,
                              struct dm_error *err)
{
    struct secret_text text = {0};
    struct file_stamp stamp = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && !no_such_file(errno))
        return fail_to_read(source, err);
    if (fd >= 0) {
        enum dm_code code = read_open_file(source, fd, max, &text, &stamp, err);
        close(fd);
        DM_TRY(code);
    }
    *ret_text = text;
    if (ret_stamp)
        *ret_stamp = stamp;
    return DM_OK;
}
