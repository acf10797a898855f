/* The private folder of ":memory:". Its owner keeps a lock in it for as long as it lives;
 * whoever can take that lock knows the owner dead. */
#include "store/sqlite/memory_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#define PREFIX "dynamod-memory-"
#define PREFIX_UNLOCKED "dynamod-making-" /* never swept: its lock is yet to be taken */
#define RANDOM "XXXXXX"
#define DATABASE "items.db"
#define LOCK "lock"

enum { PATH_TEXT_MAX = 4096 };

struct memory_folder {
    char path[PATH_TEXT_MAX];
    char database[PATH_TEXT_MAX + sizeof "/" DATABASE];
    int lock; /* < 0: there is no folder */
};

static bool spell(char (*out)[PATH_TEXT_MAX], const char *parent, const char *prefix,
                  const char *random)
{
    int len = snprintf(*out, sizeof *out, "%s/%s%s", parent, prefix, random);
    if (len >= 0 && (size_t)len < sizeof *out)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

static int open_folder(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The lock's descriptor, or -1. Nobody waits for it. */
static int take_lock(int folder, int create)
{
    int lock = openat(folder, LOCK, O_RDWR | O_NOFOLLOW | O_CLOEXEC | create, 0600);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    int why = errno;
    close(lock);
    errno = why;
    return -1;
}

/* The lock goes last: a folder without one holds nothing else. */
static void empty(int folder)
{
    static const char *const files[] = {DATABASE, DATABASE "-wal", DATABASE "-shm",
                                        DATABASE "-journal", LOCK};
    for (size_t i = 0; i < DM_COUNT(files); i++)
        unlinkat(folder, files[i], 0);
}

/* Another may have removed it meanwhile, and even have made a new one of that name: that
 * has a lock, so it is not removed. */
static void sweep_folder(int parent, const char *name, int folder)
{
    int lock = take_lock(folder, 0);
    if (lock < 0 && errno != ENOENT)
        return;
    if (lock >= 0)
        empty(folder);
    unlinkat(parent, name, AT_REMOVEDIR);
    if (lock >= 0)
        close(lock);
}

static void sweep_one(int parent, const char *name)
{
    struct stat status;
    int folder = open_folder(parent, name);
    if (folder < 0)
        return;
    if (fstat(folder, &status) == 0 && status.st_uid == geteuid())
        sweep_folder(parent, name, folder);
    close(folder);
}

static void sweep(const char *parent)
{
    DIR *siblings = opendir(parent);
    if (!siblings)
        return;
    for (const struct dirent *one; (one = readdir(siblings));)
        if (str_starts(dm_str(one->d_name), STR(PREFIX)))
            sweep_one(dirfd(siblings), one->d_name);
    closedir(siblings);
}

static void remove_folder(const char *path)
{
    int folder = open_folder(AT_FDCWD, path);
    if (folder >= 0) {
        empty(folder);
        close(folder);
    }
    rmdir(path);
}

static int lock_new(const char *path)
{
    int folder = open_folder(AT_FDCWD, path);
    if (folder < 0)
        return -1;
    int lock = take_lock(folder, O_CREAT);
    close(folder);
    return lock;
}

/* Locks what mkdtemp made, and only then gives it the name that is swept. */
static bool settle(struct memory_folder *folder, const char *parent, const char *made)
{
    const char *random = made + strlen(made) - strlen(RANDOM);
    folder->lock = lock_new(made);
    if (folder->lock >= 0 && spell(&folder->path, parent, PREFIX, random) &&
        rename(made, folder->path) == 0)
        return true;

    int why = errno;
    remove_folder(made);
    if (folder->lock >= 0)
        close(folder->lock);
    folder->lock = -1;
    errno = why;
    return false;
}

static bool make_in(struct memory_folder *folder, const char *parent)
{
    char made[PATH_TEXT_MAX];
    if (!spell(&made, parent, PREFIX_UNLOCKED, RANDOM) || !mkdtemp(made) ||
        !settle(folder, parent, made))
        return false;
    snprintf(folder->database, sizeof folder->database, "%s/" DATABASE, folder->path);
    return true;
}

enum dm_code memory_folder_new(const char *const *parents, size_t count,
                               struct memory_folder **ret_folder, struct dm_error *err)
{
    DM_AUTO(memory_folder) *folder = mem_new(sizeof *folder);
    if (!folder)
        return error_nomem(err);
    folder->lock = -1;
    for (size_t i = 0; i < count; i++) {
        if (!parents[i] || !*parents[i])
            continue;
        sweep(parents[i]);
        if (make_in(folder, parents[i])) {
            *ret_folder = DM_TAKE(folder);
            return DM_OK;
        }
    }
    return error_set(err, DM_E_CONFIG, "sqlite::memory: no folder for it: %m");
}

void memory_folder_free(struct memory_folder *folder)
{
    if (folder && folder->lock >= 0) {
        remove_folder(folder->path);
        close(folder->lock);
    }
    mem_free(folder);
}

const char *memory_folder_database(const struct memory_folder *folder)
{
    return folder->database;
}
