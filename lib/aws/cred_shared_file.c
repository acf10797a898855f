/* Credentials of AWS's shared credentials file. */
#include "aws/providers.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/ini.h"
#include "base/error.h"
#include "base/mem.h"

struct cred_shared_file {
    char *path;
    char *profile;
};

/* The file's text, wiped when done; ptr NULL: there is no such file. */
struct secret_text {
    char *ptr;
    size_t len, cap;
};

static void secret_text_done(struct secret_text *text)
{
    if (text->ptr)
        mem_wipe(text->ptr, text->cap);
    mem_free(text->ptr);
}
DM_AUTO_DONE_DEFINE(secret_text, secret_text_done)

/* Of what a section does not say, ptr is NULL. */
struct search {
    struct dm_str profile;
    bool found;
    struct cred_keys own;
    struct cred_keys inherited; /* of [DEFAULT], as botocore has it */
};

static void shared_file_load(void *provider, struct cred_load *load);
static void shared_file_free(void *provider);
DM_AUTO_DEFINE(cred_shared_file, shared_file_free)

static const struct cred_provider_ops shared_file_ops = {.name =
                                                             "shared credentials file",
                                                         .load = shared_file_load,
                                                         .free = shared_file_free};

static enum dm_code fail(struct dm_error *err, const char *problem)
{
    return error_set(err, DM_E_CREDENTIALS, "%s: %s", shared_file_ops.name, problem);
}

static enum dm_code fail_to_read(struct dm_error *err)
{
    return error_set(err, DM_E_CREDENTIALS, "%s: cannot be read: %m",
                     shared_file_ops.name);
}

static bool no_such_file(int error)
{
    return error == ENOENT || error == ENOTDIR;
}

static enum dm_code read_all(int fd, struct secret_text *text, struct dm_error *err)
{
    while (text->len < text->cap) {
        ssize_t got = read(fd, text->ptr + text->len, text->cap - text->len);
        if (got == 0)
            return DM_OK;
        if (got < 0 && errno != EINTR)
            return fail_to_read(err);
        if (got > 0)
            text->len += (size_t)got;
    }
    return fail(err, "changed while it was read");
}

/* A device or a folder is no such file: /dev/null turns the provider off. */
static enum dm_code read_open_file(int fd, struct secret_text *ret_text,
                                   struct dm_error *err)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return fail_to_read(err);
    if (!S_ISREG(status.st_mode))
        return DM_OK;
    if (status.st_size > INI_MAX)
        return fail(err, "larger than 1 MB");

    size_t cap = (size_t)status.st_size + 1;
    DM_AUTO_DONE(secret_text) text = {.ptr = mem_new(cap), .cap = cap};
    if (!text.ptr)
        return error_nomem(err);
    DM_TRY(read_all(fd, &text, err));
    *ret_text = text;
    text.ptr = NULL;
    return DM_OK;
}

/* Non-blocking, so that a fifo holds nobody up. */
static enum dm_code read_file(const char *path, struct secret_text *ret_text,
                              struct dm_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return no_such_file(errno) ? DM_OK : fail_to_read(err);
    enum dm_code code = read_open_file(fd, ret_text, err);
    close(fd);
    return code;
}

static void note_setting(struct cred_keys *section, struct dm_str name,
                         struct dm_str value)
{
    if (str_equal_nocase(name, STR("aws_access_key_id")))
        section->access_key_id = value;
    if (str_equal_nocase(name, STR("aws_secret_access_key")))
        section->secret_access_key = value;
    if (str_equal_nocase(name, STR("aws_session_token")))
        section->session_token = value;
}

static void note_entry(struct dm_str section, struct dm_str name, struct dm_str value,
                       void *ctx)
{
    struct search *search = ctx;
    if (str_equal(section, search->profile)) {
        search->found = true;
        note_setting(&search->own, name, value);
    }
    if (str_equal(section, STR("DEFAULT")))
        note_setting(&search->inherited, name, value);
}

static struct dm_str pick(struct dm_str own, struct dm_str inherited)
{
    return own.ptr ? own : inherited;
}

static void answer(const struct search *search, struct cred_load *load)
{
    const struct cred_keys *own = &search->own, *inherited = &search->inherited;
    struct cred_keys keys = {
        .access_key_id = pick(own->access_key_id, inherited->access_key_id),
        .secret_access_key = pick(own->secret_access_key, inherited->secret_access_key),
        .session_token = pick(own->session_token, inherited->session_token)};
    if (search->found)
        load_keys(load, shared_file_ops.name, &keys);
    else
        load_absent(load);
}

static enum dm_code parse(struct secret_text *text, struct search *search,
                          struct dm_error *err)
{
    struct dm_error problem = {0};
    if (ini_parse(text->ptr, text->len, note_entry, search, &problem))
        return fail(err, problem.message);
    return DM_OK;
}

static void shared_file_load(void *provider, struct cred_load *load)
{
    const struct cred_shared_file *self = provider;
    struct dm_error err = {0};
    DM_AUTO_DONE(secret_text) text = {0};
    if (self->path && read_file(self->path, &text, &err)) {
        load_failed(load, &err);
        return;
    }
    if (!text.ptr) {
        load_absent(load);
        return;
    }
    struct search search = {.profile = dm_str(self->profile)};
    if (parse(&text, &search, &err))
        load_failed(load, &err);
    else
        answer(&search, load);
}

static void shared_file_free(void *provider)
{
    struct cred_shared_file *self = provider;
    if (!self)
        return;
    mem_free(self->path);
    mem_free(self->profile);
    mem_free(self);
}

static char *join(struct dm_str folder, struct dm_str rest)
{
    char *path = mem_new(folder.len + rest.len + 1);
    if (!path)
        return NULL;
    memcpy(path, folder.ptr, folder.len);
    memcpy(path + folder.len, rest.ptr, rest.len);
    return path;
}

/* NULL without an error: there is no file to look for. */
static enum dm_code find_path(const struct environment *environment, char **ret_path,
                              struct dm_error *err)
{
    struct dm_str home = environment_str(environment, "HOME");
    struct dm_str named = environment_str(environment, "AWS_SHARED_CREDENTIALS_FILE");
    bool under_home = str_empty(named) || str_starts(named, STR("~/"));
    if (under_home && str_empty(home))
        return DM_OK;

    struct dm_str rest = str_empty(named) ? STR("~/.aws/credentials") : named;
    char *path = under_home ? join(home, (struct dm_str){rest.ptr + 1, rest.len - 1})
                            : str_dup(rest);
    if (!path)
        return error_nomem(err);
    *ret_path = path;
    return DM_OK;
}

enum dm_code cred_shared_file_new(const struct cred_sources *sources,
                                  struct cred_provider *ret_provider,
                                  struct dm_error *err)
{
    struct dm_str profile = environment_str(sources->environment, "AWS_PROFILE");
    DM_AUTO(cred_shared_file) *self = mem_new(sizeof *self);
    if (!self)
        return error_nomem(err);
    DM_TRY(find_path(sources->environment, &self->path, err));
    self->profile = str_dup(str_empty(profile) ? STR("default") : profile);
    if (!self->profile)
        return error_nomem(err);

    *ret_provider = (struct cred_provider){&shared_file_ops, DM_TAKE(self)};
    return DM_OK;
}
