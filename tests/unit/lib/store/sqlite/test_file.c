/* The file that stores share. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite/file.h"
#include "store_fixture.h"

static bool there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

TEST(sqlite_file, memory_is_a_private_folder_that_goes_with_the_file)
{
    struct store_fixture f;
    char path[64], folder[64];
    store_up(&f, ":memory:");
    snprintf(path, sizeof path, "%s", sqlite_file_path(f.file));
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    struct stat status;
    cr_assert_eq(stat(folder, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0700);
    store_down(&f);
    cr_assert_not(there(folder));
}

TEST(sqlite_file, a_file_of_the_users_stays)
{
    struct store_fixture f;
    char path[64];
    store_up(&f, scratch_path(&path));
    const struct dm_value *it = item(&f, "{\"id\":{\"S\":\"1\"}}");
    assert_code(DO(&f, put, .table = STR("ttt"), .item = it), DM_OK);
    store_down(&f);
    cr_assert(there(path));
    store_up(&f, path);
    cr_assert_str_eq(stored(&f, "1"), "{\"id\":{\"S\":\"1\"}}");
    store_down(&f);
    scratch_remove(path);
}

TEST(sqlite_file, the_last_who_lets_go_closes_it)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct sqlite_file *mine = sqlite_file_ref(f.file);
    char path[64];
    snprintf(path, sizeof path, "%s", sqlite_file_path(mine));
    store_down(&f);
    cr_assert(there(path));
    sqlite_file_unref(mine);
    cr_assert_not(there(path));
    sqlite_file_unref(NULL);
}

TEST(sqlite_file, what_cannot_be_opened_is_a_mistake_of_the_configuration)
{
    struct sqlite_options options = {.path = "/nowhere/at/all.db"};
    struct sqlite_file *file = NULL;
    struct dm_error err = {0};
    cr_assert_eq(sqlite_file_open(&options, &file, &err), DM_E_CONFIG);
    cr_assert_null(file);
    cr_assert_null(strstr(err.message, "nowhere"), "%s", err.message);
}

static void open_or_fail(struct dm_loop *loop)
{
    struct sqlite_options options = {.path = ":memory:"};
    DM_AUTO(sqlite_file) *file = NULL;
    struct dm_store *store = NULL;
    struct dm_error err = {0};
    enum dm_code code = sqlite_file_open(&options, &file, &err);
    if (code == DM_OK)
        code = sqlite_new(file, loop, &store, &err);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
    store_free(store);
}

TEST(sqlite_file, whatever_memory_is_missing_nothing_is_left_over)
{
    struct dm_loop *loop = NULL;
    struct dm_error err = {0};
    assert_ok(dm_loop_new(&loop, &err), err);
    WITH_EACH_ALLOCATION_FAILING open_or_fail(loop);
    dm_loop_free(loop);
}
