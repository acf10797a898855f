/* One file, counted. */
#include "store/sqlite/file.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/sqlite/memory_folder.h"

struct sqlite_file {
    atomic_uint refs;
    char *path;
    struct memory_folder *folder; /* of ":memory:"; NULL: a file of the user's */
    bool relaxed;
    struct writer *writer;
};

static void file_free(struct sqlite_file *file)
{
    writer_free(file->writer);
    memory_folder_free(file->folder);
    mem_free(file->path);
    mem_free(file);
}

struct sqlite_file *sqlite_file_ref(struct sqlite_file *file)
{
    atomic_fetch_add_explicit(&file->refs, 1, memory_order_relaxed);
    return file;
}

void sqlite_file_unref(struct sqlite_file *file)
{
    if (file && atomic_fetch_sub_explicit(&file->refs, 1, memory_order_acq_rel) == 1)
        file_free(file);
}

/* In memory where the machine has a file system there. */
static enum dm_code make_folder(struct memory_folder **ret_folder, struct dm_error *err)
{
    const char *const parents[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
    return memory_folder_new(parents, DM_COUNT(parents), ret_folder, err);
}

static enum dm_code resolve(struct sqlite_file *file,
                            const struct sqlite_options *options, struct dm_error *err)
{
    const char *path = options->path;
    file->relaxed = options->relaxed;
    if (strcmp(path, ":memory:") == 0) {
        DM_TRY(make_folder(&file->folder, err));
        path = memory_folder_database(file->folder);
        /* What ends with the process need not survive the machine. */
        file->relaxed = true;
    }
    file->path = str_dup(dm_str(path));
    return file->path ? DM_OK : error_nomem(err);
}

enum dm_code sqlite_file_open(const struct sqlite_options *options,
                              struct sqlite_file **ret_file, struct dm_error *err)
{
    DM_AUTO(sqlite_file) *file = mem_new(sizeof *file);
    if (!file)
        return error_nomem(err);
    atomic_init(&file->refs, 1);

    DM_TRY(resolve(file, options, err));
    DM_TRY(writer_new(file->path, file->relaxed, &file->writer, err));

    *ret_file = DM_TAKE(file);
    return DM_OK;
}

const char *sqlite_file_path(const struct sqlite_file *file)
{
    return file->path;
}

struct writer *sqlite_file_writer(const struct sqlite_file *file)
{
    return file->writer;
}

bool sqlite_file_relaxed(const struct sqlite_file *file)
{
    return file->relaxed;
}
