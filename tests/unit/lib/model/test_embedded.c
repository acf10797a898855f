/* An app on the embedded store: its file opened, its tables made and seeded. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/app.h"
#include "support/test.h"

/* A folder with the app's file, todo.conf, and a seed of one line, todo.jsonl. */
struct folder {
    char path[32], app[64], seed[64];
};

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static struct folder folder_new(const char *host, const char *seed)
{
    struct folder folder = {"/tmp/dynamod-test-XXXXXX", "", ""};
    char text[512];
    cr_assert(mkdtemp(folder.path));
    snprintf(folder.app, sizeof folder.app, "%s/todo.conf", folder.path);
    snprintf(folder.seed, sizeof folder.seed, "%s/todo.jsonl", folder.path);
    snprintf(text, sizeof text,
             "dynamodb = { host = \"%s\"; };\n"
             "models = { todo = { hash_key = \"id\"; attributes = { id = \"S\"; };\n"
             "seed = \"todo.jsonl\"; }; };\n",
             host);
    put(folder.app, text);
    put(folder.seed, seed);
    return folder;
}

static void folder_remove(const struct folder *folder)
{
    unlink(folder->app);
    unlink(folder->seed);
    cr_assert_eq(rmdir(folder->path), 0, "something is left in %s", folder->path);
}

static enum dm_code get(struct dm_app *app, const char *key, struct dm_error *err)
{
    struct dm_get get = {.hash_key = dm_str(key)};
    struct dm_item *item = NULL;
    enum dm_code code = dm_get_or_404(app, "todo", &get, &item, err);
    dm_item_free(item);
    return code;
}

TEST(embedded, opens_makes_and_seeds)
{
    struct folder folder = folder_new("sqlite::memory:", "{\"id\": \"1\"}\n");
    struct dm_error err = {0};
    DM_AUTO(dm_app) *app = NULL;
    assert_ok(dm_app_open(folder.app, &app, &err), err);
    assert_ok(get(app, "1", &err), err);
    cr_assert_eq(get(app, "2", &err), DM_E_NOT_FOUND);
    folder_remove(&folder);
}

TEST(embedded, names_the_file_that_cannot_be_opened)
{
    struct folder folder = folder_new("sqlite:/nowhere/todo.db", "");
    struct dm_error err = {0};
    struct dm_app *app = NULL;
    cr_assert_eq(dm_app_open(folder.app, &app, &err), DM_E_CONFIG);
    cr_assert(str_starts(dm_str(err.message), STR("sqlite:/nowhere/todo.db: ")));
    folder_remove(&folder);
}

TEST(embedded, names_the_seeds_line_that_is_wrong)
{
    struct folder folder =
        folder_new("sqlite::memory:", "{\"id\": \"1\"}\n\n{\"id\": 2}\n");
    struct dm_error err = {0};
    struct dm_app *app = NULL;
    cr_assert_eq(dm_app_open(folder.app, &app, &err), DM_E_CONFIG);
    cr_assert(strstr(err.message, folder.seed) && strstr(err.message, ":3: "), "%s",
              err.message);
    folder_remove(&folder);
}

TEST(embedded, has_no_connection)
{
    struct folder folder = folder_new("sqlite::memory:", "");
    struct dm_error err = {0};
    DM_AUTO(dm_app) *app = NULL;
    char *reply = NULL;
    assert_ok(dm_app_open(folder.app, &app, &err), err);
    cr_assert_eq(dm_connection_call(dm_app_connection(app), "ListTables", dm_str("{}"), 0,
                                    &reply, &err),
                 DM_E_INVALID);
    assert_str(dm_str(err.message),
               "app \"todo\" is on the embedded store: it has no connection");
    folder_remove(&folder);
}

static void open_or_fail(const char *path)
{
    struct dm_error err = {0};
    DM_AUTO(dm_app) *app = NULL;
    enum dm_code code = dm_app_open(path, &app, &err);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
}

TEST(embedded, survives_each_allocation_failing)
{
    struct folder folder = folder_new("sqlite::memory:", "{\"id\": \"1\"}\n");
    WITH_EACH_ALLOCATION_FAILING open_or_fail(folder.app);
    folder_remove(&folder);
}

/* --- from one configuration to the next --- */

/* The app's file anew, with these models. */
static struct app_config *load_with(const struct folder *folder, const char *host,
                                    const char *models)
{
    char text[512];
    struct dm_error err = {0};
    struct app_config *config = NULL;
    snprintf(text, sizeof text, "dynamodb = { host = \"%s\"; }; models = { %s };", host,
             models);
    put(folder->app, text);
    assert_ok(app_config_load(folder->app, environment_process(), &config, &err), err);
    return config;
}

#define TASK "todo = { hash_key = \"id\"; attributes = { id = \"S\"; }; };"
#define MORE "more = { hash_key = \"id\"; attributes = { id = \"S\"; }; };"
#define OTHER_KEY "todo = { hash_key = \"at\"; attributes = { at = \"N\"; }; };"

/* An app whose memory has the item "1", and its configuration. */
struct served {
    struct folder folder;
    struct dm_loop *loop;
    struct app_config *config;
    struct dm_app *app;
};

static struct served serve(void)
{
    struct dm_error err = {0};
    struct served served = {.folder = folder_new("sqlite::memory:", "{\"id\": \"1\"}\n")};
    assert_ok(dm_loop_new(&served.loop, &err), err);
    assert_ok(
        app_config_load(served.folder.app, environment_process(), &served.config, &err),
        err);
    assert_ok(
        app_new(served.config, served.loop, environment_process(), &served.app, &err),
        err);
    return served;
}

static void end(struct served *served)
{
    dm_app_free(served->app);
    app_config_unref(served->config);
    dm_loop_free(served->loop);
    folder_remove(&served->folder);
}

TEST(embedded, memory_goes_on_in_the_next_configuration)
{
    struct served served = serve();
    struct dm_error err = {0};
    DM_AUTO(app_config) *next = load_with(&served.folder, "sqlite::memory:", TASK MORE);
    DM_AUTO(dm_app) *app = NULL;
    assert_ok(app_config_inherit(next, served.config, &err), err);
    assert_ok(app_new(next, served.loop, environment_process(), &app, &err), err);
    dm_app_free(DM_TAKE(served.app));
    assert_ok(get(app, "1", &err), err);
    struct dm_get key = {.hash_key = STR("1")};
    struct dm_item *item = NULL;
    cr_assert_eq(dm_get_or_404(app, "more", &key, &item, &err), DM_E_NOT_FOUND);
    dm_app_free(DM_TAKE(app));
    app_config_unref(DM_TAKE(next));
    end(&served);
}

TEST(embedded, another_file_is_opened_anew)
{
    struct served served = serve();
    struct dm_error err = {0};
    DM_AUTO(app_config) *next = load_with(&served.folder, "sqlite:todo.db", TASK);
    assert_ok(app_config_inherit(next, served.config, &err), err);
    cr_assert_null(next->embedded.files);
    app_config_unref(DM_TAKE(next));
    end(&served);
}

TEST(embedded, tables_with_other_keys_are_refused)
{
    struct served served = serve();
    struct dm_error err = {0};
    DM_AUTO(app_config) *next = load_with(&served.folder, "sqlite::memory:", OTHER_KEY);
    cr_assert_eq(app_config_inherit(next, served.config, &err), DM_E_CONFIG);
    cr_assert_null(next->embedded.files);
    assert_ok(get(served.app, "1", &err), err);
    app_config_unref(DM_TAKE(next));
    end(&served);
}

#define KEPT                                                                             \
    "todo = { hash_key = \"id\"; attributes = { id = \"S\"; }; "                         \
    "allow = [ \"read\", \"write\" ]; cache = { ttl = 60; }; };"

static struct dm_app *succeed(struct app_config *next, const struct served *served)
{
    struct dm_error err = {0};
    struct dm_app *app = NULL;
    assert_ok(app_config_inherit(next, served->config, &err), err);
    assert_ok(app_new(next, served->loop, environment_process(), &app, &err), err);
    return app;
}

static void delete_item(struct dm_app *app, const char *key)
{
    struct dm_error err = {0};
    struct dm_delete request = {.hash_key = dm_str(key)};
    struct dm_outcome *outcome = NULL;
    assert_ok(dm_delete(app, "todo", &request, &outcome, &err), err);
    dm_outcome_free(outcome);
}

/* Threads change from the one to the other one by one. */
TEST(embedded, writes_in_one_configuration_end_what_the_other_keeps)
{
    struct served first = serve();
    struct dm_error err = {0};
    DM_AUTO(app_config) *kept = load_with(&first.folder, "sqlite::memory:", KEPT);
    DM_AUTO(dm_app) *before = succeed(kept, &first);
    struct served second = {first.folder, first.loop, kept, before};
    DM_AUTO(app_config) *next = load_with(&first.folder, "sqlite::memory:", KEPT MORE);
    DM_AUTO(dm_app) *after = succeed(next, &second);
    assert_ok(get(before, "1", &err), err);
    assert_ok(get(after, "1", &err), err);
    delete_item(before, "1");
    cr_assert_eq(get(after, "1", &err), DM_E_NOT_FOUND);
    dm_app_free(DM_TAKE(before));
    app_config_unref(DM_TAKE(kept));
    dm_app_free(DM_TAKE(after));
    app_config_unref(DM_TAKE(next));
    end(&first);
}

TEST(embedded, inheriting_survives_each_allocation_failing)
{
    struct served served = serve();
    struct dm_error err = {0};
    DM_AUTO(app_config) *kept = load_with(&served.folder, "sqlite::memory:", KEPT);
    assert_ok(app_config_inherit(kept, served.config, &err), err);
    /* What it leaves behind in the cache, the next one takes. */
    struct app_config *first = load_with(&served.folder, "sqlite::memory:", KEPT MORE);
    assert_ok(app_config_inherit(first, kept, &err), err);
    app_config_unref(first);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct app_config *next = NULL;
        mem_fail_at(0);
        next = load_with(&served.folder, "sqlite::memory:", KEPT MORE);
        mem_fail_at(nth_);
        enum dm_code code = app_config_inherit(next, kept, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
        app_config_unref(next);
    }
    app_config_unref(DM_TAKE(kept));
    end(&served);
}
