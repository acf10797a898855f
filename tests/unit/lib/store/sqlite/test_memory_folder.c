/* The folder that stands for ":memory:". */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "database_fixture.h"
#include "store/sqlite/memory_folder.h"

static bool there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static struct memory_folder *make(struct fixture *f)
{
    const char *const parents[] = {f->folder};
    struct memory_folder *folder = NULL;
    assert_ok(memory_folder_new(parents, 1, &folder, &f->err), f->err);
    return folder;
}

/* Its name is the test's to remember: a folder that is gone has none. */
static const char *name_of(struct fixture *f, const char *database)
{
    size_t len = (size_t)(strrchr(database, '/') - database);
    return arena_str(&f->arena, (struct dm_str){database, len}).ptr;
}

static const char *within(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", f->folder, name).ptr;
}

static void touch(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert_geq(file, 0);
    close(file);
}

/* Says where its database is and lives until it is killed. */
static void live(struct fixture *f, int say)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const char *path = memory_folder_database(make(f));
    assert_ok(database_open(path, DATABASE_WRITE, true, &f->writer, &f->err), f->err);
    if (write(say, path, strlen(path) + 1) > 0)
        for (;;)
            pause();
    _exit(1);
}

static pid_t start_owner(struct fixture *f, char (*ret_path)[256])
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t owner = fork();
    if (owner == 0)
        live(f, ends[1]);
    close(ends[1]);
    cr_assert_gt(read(ends[0], *ret_path, sizeof *ret_path), 0);
    close(ends[0]);
    return owner;
}

TEST(memory_folder, is_private_and_goes_with_its_owner)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    struct memory_folder *folder = make(&f);
    const char *name = name_of(&f, memory_folder_database(folder));
    struct stat status;
    cr_assert_eq(stat(name, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0700);
    touch(memory_folder_database(folder));
    memory_folder_free(folder);
    cr_assert_not(there(name));
}

TEST(memory_folder, of_a_killed_owner_goes_when_the_next_is_made)
{
    DM_AUTO_DONE(fixture) f;
    char path[256];
    fixture_init(&f);
    pid_t owner = start_owner(&f, &path);
    memory_folder_free(make(&f));
    cr_assert(there(path), "its owner lives");

    kill(owner, SIGKILL);
    cr_assert_eq(waitpid(owner, NULL, 0), owner);
    cr_assert(there(path), "nobody was there to remove it");
    memory_folder_free(make(&f));
    cr_assert_not(there(name_of(&f, path)));
}

TEST(memory_folder, of_the_same_process_stays)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    struct memory_folder *one = make(&f), *other = make(&f);
    cr_assert(there(name_of(&f, memory_folder_database(one))));
    cr_assert_str_neq(memory_folder_database(one), memory_folder_database(other));
    memory_folder_free(one);
    cr_assert(there(name_of(&f, memory_folder_database(other))));
    memory_folder_free(other);
}

TEST(memory_folder, removes_nothing_else)
{
    static const char *const folders[] = {
        "dynamod-memory-alive1", "dynamod-making-aaaaaa", "dynamod-other", "target"};
    static const char *const files[] = {
        "dynamod-memory-alive1/items.db", "dynamod-making-aaaaaa/items.db",
        "dynamod-memory-file11", "dynamod-other/lock", "target/lock"};
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    for (size_t i = 0; i < DM_COUNT(folders); i++)
        cr_assert_eq(mkdir(within(&f, folders[i]), 0700), 0);
    for (size_t i = 0; i < DM_COUNT(files); i++)
        touch(within(&f, files[i]));
    cr_assert_eq(symlink("target", within(&f, "dynamod-memory-link11")), 0);

    memory_folder_free(make(&f));
    for (size_t i = 0; i < DM_COUNT(files); i++)
        cr_assert(there(within(&f, files[i])), "%s", files[i]);
    cr_assert(there(within(&f, "dynamod-memory-link11")));
}

TEST(memory_folder, finishes_what_a_killed_sweeper_began)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    const char *begun = within(&f, "dynamod-memory-begun1");
    cr_assert_eq(mkdir(begun, 0700), 0);
    memory_folder_free(make(&f));
    cr_assert_not(there(begun));
}

TEST(memory_folder, is_made_where_it_can_be)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    const char *const parents[] = {NULL, "", "/nowhere", f.folder};
    struct memory_folder *folder = NULL;
    assert_ok(memory_folder_new(parents, DM_COUNT(parents), &folder, &f.err), f.err);
    cr_assert(str_starts(dm_str(memory_folder_database(folder)), dm_str(f.folder)));
    memory_folder_free(folder);

    folder = NULL;
    cr_assert_eq(memory_folder_new(parents, 3, &folder, &f.err), DM_E_CONFIG);
    cr_assert_null(folder);
    assert_str(dm_str(f.err.message),
               "sqlite::memory: no folder for it: No such file or directory");
}

TEST(memory_folder, is_not_made_without_memory)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    const char *const parents[] = {f.folder};
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO(memory_folder) *folder = NULL;
        enum dm_code code = memory_folder_new(parents, 1, &folder, &f.err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
