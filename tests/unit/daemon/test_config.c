/* dynamod.conf and its apps: what is read, and what is refused with file, line and what
 * was expected. */
#include "daemon/config.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/run/restart.h"
#include "support/test.h"

#define GOOD_APP "dynamodb = { region = \"eu-west-1\"; }; models = { todo = { }; };"

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static const struct environment environment = {nothing};

/* A folder of the test's own, with dynamod.conf and apps.d/. */
struct folder {
    char path[32];
};

static void write_file(const struct folder *folder, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static struct folder make_folder(const char *config)
{
    struct folder folder = {"/tmp/dynamod-test-XXXXXX"};
    char apps[64];
    cr_assert(mkdtemp(folder.path));
    snprintf(apps, sizeof apps, "%s/apps.d", folder.path);
    cr_assert_eq(mkdir(apps, 0700), 0);
    write_file(&folder, "dynamod.conf", config);
    return folder;
}

static int remove_one(const char *path, const struct stat *status, int type,
                      struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

static void remove_folder(const struct folder *folder)
{
    cr_assert_eq(nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static enum dm_code load(const struct folder *folder, struct config **ret_config,
                         struct dm_error *err)
{
    char path[64];
    snprintf(path, sizeof path, "%s/dynamod.conf", folder->path);
    return config_load(path, &environment, ret_config, err);
}

static struct config *loaded(const char *text)
{
    struct dm_error err = {0};
    struct config *config = NULL;
    struct folder folder = make_folder(text);
    write_file(&folder, "apps.d/todo.conf", GOOD_APP);
    assert_ok(load(&folder, &config, &err), err);
    remove_folder(&folder);
    return config;
}

TEST(config, has_a_default_for_everything)
{
    DM_AUTO(config) *config = loaded("");
    cr_assert_eq(config->listen_count, 1);
    cr_assert_str_eq(config->listen[0].address.host, "127.0.0.1");
    cr_assert_str_eq(config->listen[0].address.port, "8080");
    cr_assert(config->has_admin);
    cr_assert_str_eq(config->admin.address.host, "127.0.0.1");
    cr_assert_str_eq(config->admin.address.port, "8081");
    cr_assert_eq(config->threads, 0);
    cr_assert_eq(config->request_timeout_ms, 10000);
    cr_assert_eq(config->drain_delay_ms, 0);
    cr_assert_eq(config->drain_timeout_ms, 30000);
    cr_assert_eq(config->idle_timeout_ms, 75000);
    cr_assert_eq(config->max_connections, 10000);
    cr_assert_eq(config->log_level, LOG_INFO);
    cr_assert_eq(config->app_count, 1);
    cr_assert_eq(config->default_app, 0);
}

TEST(config, takes_every_setting)
{
    DM_AUTO(config) *config = loaded(
        "listen = [ \"[::1]:1\", \"unix:/run/x\" ]; threads = 3; apps = \"apps.d\";"
        "admin = \"unix:/run/y\";"
        "request_timeout_seconds = 0.25; drain_timeout_seconds = 0;"
        "drain_delay_seconds = 2.5;"
        "idle_timeout_seconds = 5; max_connections = 7; log_level = \"debug\";");
    cr_assert_eq(config->listen_count, 2);
    cr_assert_str_eq(config->listen[0].address.host, "::1");
    cr_assert(config->listen[1].address.is_unix);
    cr_assert(config->has_admin && config->admin.address.is_unix);
    cr_assert_str_eq(config->admin.address.path, "/run/y");
    cr_assert_eq(config->threads, 3);
    cr_assert_eq(config->request_timeout_ms, 250);
    cr_assert_eq(config->drain_timeout_ms, 0);
    cr_assert_eq(config->drain_delay_ms, 2500);
    cr_assert_eq(config->idle_timeout_ms, 5000);
    cr_assert_eq(config->max_connections, 7);
    cr_assert_eq(config->log_level, LOG_DEBUG);
}

TEST(config, has_no_admin_when_its_address_is_empty)
{
    DM_AUTO(config) *config = loaded("admin = \"\";");
    cr_assert(!config->has_admin);
}

TEST(config, is_refused_with_line_and_what_was_expected)
{
    static const struct {
        const char *text, *place, *expected;
    } cases[] = {
        {"\nlistne = 1;", ":2: listne: ", "one of listen, inherited"},
        {"\nlisten = 8080;", ":2: listen: ", "a string"},
        {"\nlisten = [];", ":2: listen: ", "at least one"},
        {"\nlisten = \"nowhere\";", ":2: listen: ", "\"HOST:PORT\""},
        {"listen = [ \":1\",\n\"unix:x\" ];", ": listen: ", "\"unix:/PATH\""},
        {"\nadmin = \"8081\";", ":2: admin: ", "\"HOST:PORT\""},
        {"\nadmin = 8081;", ":2: admin: ", "a string"},
        {"\nthreads = -1;", ":2: threads: ", "0 to 256"},
        {"\nthreads = 257;", ":2: threads: ", "0 to 256"},
        {"\napps = \"\";", ":2: apps: ", "a directory"},
        {"\napps = 3;", ":2: apps: ", "a string"},
        {"\nrequest_timeout_seconds = 0;",
         ":2: request_timeout_seconds: ", "0.1 to 3600"},
        {"\ndrain_timeout_seconds = -1;", ":2: drain_timeout_seconds: ", "0 to 3600"},
        {"\nidle_timeout_seconds = 0.5;", ":2: idle_timeout_seconds: ", "1 to 3600"},
        {"\nmax_connections = 0;", ":2: max_connections: ", "1 to 1000000"},
        {"\nlog_level = \"loud\";", ":2: log_level: ", "\"warning\""},
        {"\nlog_level = 2;", ":2: log_level: ", "a string"},
        {"\nallowed_hosts = \"a\";", ":2: allowed_hosts: ", "a list of hosts"},
        {"\nallowed_hosts = [ \"a:80\" ];", ": allowed_hosts", "without a port"},
        {"\ncors = { };", ":2: cors: ", "a group with origins"},
        {"cors = { origins = [ \"*\" ];\ncredentials = true; };", ": cors: ", "alone"},
        {"cors = { origins = [ \"app.example\" ]; };", "origins", "as browsers send it"},
        {"\nlisten = {{", ":2: ", "libconfig"},
        {"apps = \"elsewhere.d\";", "elsewhere.d: ", "directory"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        struct config *config = NULL;
        struct folder folder = make_folder(cases[i].text);
        write_file(&folder, "apps.d/todo.conf", GOOD_APP);
        cr_assert_eq(load(&folder, &config, &err), DM_E_CONFIG, "%s", cases[i].text);
        cr_assert(strstr(err.message, cases[i].place), "%s", err.message);
        cr_assert(strstr(err.message, cases[i].expected), "%s", err.message);
        cr_assert_null(config);
        remove_folder(&folder);
    }
}

/* The apps of such a folder, as "name name*", the default with a star; or the error. */
static void expect_apps(const char *const *files, const char *expected)
{
    struct dm_error err = {0};
    DM_AUTO(config) *config = NULL;
    struct folder folder = make_folder("");
    for (; *files; files += 2)
        write_file(&folder, files[0], files[1]);

    char found[512] = "";
    size_t len = 0;
    if (load(&folder, &config, &err))
        snprintf(found, sizeof found, "%s", err.message + strlen(folder.path));
    for (size_t i = 0; config && i < config->app_count; i++)
        len += (size_t)snprintf(found + len, sizeof found - len, "%s%s%s", i ? " " : "",
                                app_config_name(config->apps[i]),
                                i == config->default_app ? "*" : "");
    cr_assert_str_eq(found, expected);
    remove_folder(&folder);
}

#define FILES(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(config, reads_every_conf_of_the_apps_folder_by_name)
{
    expect_apps(FILES("apps.d/b.conf", GOOD_APP, "apps.d/a.conf", GOOD_APP,
                      "apps.d/.hidden.conf", "nonsense", "apps.d/README", "nonsense",
                      "apps.d/c.conf~", "nonsense"),
                "a b");
}

TEST(config, has_one_default_app_at_most)
{
    expect_apps(FILES("apps.d/a.conf", GOOD_APP), "a*");
    expect_apps(
        FILES("apps.d/a.conf", GOOD_APP, "apps.d/b.conf", "default = true;" GOOD_APP),
        "a b*");
    expect_apps(
        FILES("apps.d/a.conf", "default = true;" GOOD_APP, "apps.d/b.conf",
              "default = true;" GOOD_APP),
        "/apps.d/b.conf: default: expected one app at most to be the default; a is "
        "one already");
}

TEST(config, needs_an_app)
{
    expect_apps((const char *const[]){NULL},
                "/apps.d: no app: expected at least one file *.conf");
}

TEST(config, is_refused_with_its_apps)
{
    expect_apps(FILES("apps.d/a.conf", GOOD_APP, "apps.d/b.conf", "default = 3;"),
                "/apps.d/b.conf:1: default: expected true or false");
}

TEST(config, survives_each_allocation_failing)
{
    struct folder folder = make_folder("listen = [ \"[::1]:1\", \"[::1]:2\" ];");
    write_file(&folder, "apps.d/a.conf", GOOD_APP);
    write_file(&folder, "apps.d/b.conf", GOOD_APP);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(config) *config = NULL;
        enum dm_code code = load(&folder, &config, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
        config_unref(DM_TAKE(config));
    }
    remove_folder(&folder);
}

/* --- anew, while another is served --- */

#define OTHER_APP "dynamodb = { region = \"eu-west-2\"; }; models = { todo = { }; };"

static enum dm_code load_anew(const struct folder *folder, const struct config *before,
                              struct config **ret_config, struct dm_error *err)
{
    char path[64];
    snprintf(path, sizeof path, "%s/dynamod.conf", folder->path);
    return config_load_anew(path, &environment, before, ret_config, err);
}

TEST(config, keeps_the_apps_that_are_what_they_were)
{
    struct dm_error err = {0};
    DM_AUTO(config) *before = NULL, *after = NULL;
    struct folder folder = make_folder("");
    write_file(&folder, "apps.d/same.conf", GOOD_APP);
    write_file(&folder, "apps.d/changes.conf", GOOD_APP);
    write_file(&folder, "apps.d/goes.conf", GOOD_APP);
    assert_ok(load(&folder, &before, &err), err);
    write_file(&folder, "apps.d/same.conf", GOOD_APP);
    write_file(&folder, "apps.d/changes.conf", OTHER_APP);
    write_file(&folder, "apps.d/comes.conf", GOOD_APP);
    char gone[128];
    snprintf(gone, sizeof gone, "%s/apps.d/goes.conf", folder.path);
    cr_assert_eq(unlink(gone), 0);
    assert_ok(load_anew(&folder, before, &after, &err), err);
    cr_assert_eq(after->app_count, 3);
    cr_assert_eq(config_find_app(after, "same"), config_find_app(before, "same"));
    cr_assert_neq(config_find_app(after, "changes"), config_find_app(before, "changes"));
    cr_assert_null(config_find_app(after, "goes"));
    cr_assert(config_find_app(after, "comes"));
    remove_folder(&folder);
}

TEST(config, keeps_what_takes_a_restart_and_says_so)
{
    struct dm_error err = {0};
    DM_AUTO(config) *before = NULL, *after = NULL;
    struct folder folder =
        make_folder("listen = \"[::1]:1\"; admin = \"\"; threads = 1;");
    write_file(&folder, "apps.d/a.conf", GOOD_APP);
    assert_ok(load(&folder, &before, &err), err);
    cr_assert_eq(before->awaits_restart, 0);
    write_file(&folder, "dynamod.conf",
               "listen = [ \"[::1]:1\", \"[::1]:2\" ]; threads = 2;"
               "max_connections = 9;");
    assert_ok(load_anew(&folder, before, &after, &err), err);
    cr_assert_eq(after->awaits_restart, RESTART_LISTEN | RESTART_ADMIN | RESTART_THREADS);
    cr_assert_eq(after->listen_count, 1);
    cr_assert_str_eq(after->listen[0].address.port, "1");
    cr_assert(!after->has_admin);
    cr_assert_eq(after->threads, 1);
    cr_assert_eq(after->max_connections, 9);
    remove_folder(&folder);
}

TEST(config, loaded_anew_survives_each_allocation_failing)
{
    struct dm_error err = {0};
    DM_AUTO(config) *before = NULL;
    struct folder folder = make_folder("");
    write_file(&folder, "apps.d/a.conf", GOOD_APP);
    write_file(&folder, "apps.d/b.conf", GOOD_APP);
    assert_ok(load(&folder, &before, &err), err);
    write_file(&folder, "apps.d/b.conf", OTHER_APP);
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO(config) *after = NULL;
        enum dm_code code = load_anew(&folder, before, &after, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
        config_unref(DM_TAKE(after));
    }
    remove_folder(&folder);
}
