/* Reading dynamod.conf and the directory of apps. */
#include "daemon/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/run/restart.h"
#include "model/settings_show.h"

enum { CONFIG_ARENA_MAX = 4 * 1024 * 1024, MAX_APPS = 1024 };

/* --- dynamod.conf --- */

static enum dm_code read_listen(struct settings *file, struct settings_node *node,
                                void *target, struct dm_error *err)
{
    struct config *config = target;
    bool is_list = settings_is_list(node);
    size_t count = is_list ? settings_count(node) : 1;
    if (count == 0)
        return settings_expected(file, node, err, "at least one address");
    struct address *listen =
        arena_new(settings_arena(file), count * sizeof(struct address));
    if (!listen)
        return error_nomem(err);

    for (size_t i = 0; i < count; i++) {
        struct settings_node *element = is_list ? settings_at(node, i) : node;
        struct dm_str text;
        DM_TRY(settings_string(file, element, &text, err));
        if (!address_parse(text, &listen[i]))
            return settings_expected(file, element, err, "%s", address_syntax());
    }
    config->listen = listen;
    config->listen_count = count;
    return DM_OK;
}

/* "" for none. */
static enum dm_code read_admin(struct settings *file, struct settings_node *node,
                               void *target, struct dm_error *err)
{
    struct config *config = target;
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    config->has_admin = text.len > 0;
    if (config->has_admin && !address_parse(text, &config->admin))
        return settings_expected(file, node, err, "%s, or \"\" for none",
                                 address_syntax());
    return DM_OK;
}

static enum dm_code read_log_level(struct settings *file, struct settings_node *node,
                                   void *target, struct dm_error *err)
{
    struct config *config = target;
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    if (!log_level_from_name(text, &config->log_level))
        return settings_expected(file, node, err,
                                 "\"error\", \"warning\", \"info\" or \"debug\"");
    return DM_OK;
}

static enum dm_code read_log_format(struct settings *file, struct settings_node *node,
                                    void *target, struct dm_error *err)
{
    struct config *config = target;
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    if (!log_format_from_name(text, &config->log_format))
        return settings_expected(file, node, err,
                                 "\"auto\", \"logfmt\", \"json\" or \"journal\"");
    return DM_OK;
}

/* Values read by a function are written through the whole struct: their offset is 0. */
static const struct setting table[] = {
    {.name = "listen",
     .doc = "Where to serve the models: one address or several. \"HOST:PORT\" has a "
            "name or an IPv4 address, and a name stands for all of its addresses; "
            "\"[IPV6]:PORT\"; \":PORT\" is every address of the machine; "
            "\"unix:/PATH\" is a socket of mode 0660, and one there that nobody "
            "answers on is replaced. Port 0 takes a free one; the log says which.",
     .type = SETTING_READ,
     .read = read_listen,
     .preset = "[ \"127.0.0.1:8080\" ]"},
    {.name = "admin",
     .doc = "Where operators and their tools ask for /live, /ready, /metrics and "
            "/status: an address as above, or \"\" for none. Whoever can reach it sees "
            "the names of apps and models.",
     .type = SETTING_READ,
     .read = read_admin,
     .preset = "\"127.0.0.1:8081\""},
    {.name = "threads",
     .doc = "Threads, each with connections of its own. 0: one a CPU.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, threads),
     .min = 0,
     .max = 256,
     .preset = "0"},
    {.name = "apps",
     .doc = "A directory, relative to this file. Every *.conf in it is an app, named "
            "after its file.",
     .type = SETTING_STRING,
     .offset = offsetof(struct config, apps_dir),
     .min = 1,
     .expected = "a directory",
     .preset = "\"apps.d\""},
    {.name = "request_timeout_seconds",
     .doc = "How long a request may take, retries included, before it is answered with "
            "504.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct config, request_timeout_ms),
     .min = 100,
     .max = 3600000,
     .preset = "10"},
    {.name = "drain_delay_seconds",
     .doc =
         "How long, after SIGTERM or SIGINT, everything is served as before while /ready "
         "is 503 already, for load balancers to look elsewhere.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct config, drain_delay_ms),
     .min = 0,
     .max = 3600000,
     .preset = "0"},
    {.name = "drain_timeout_seconds",
     .doc = "How long, after SIGTERM or SIGINT, requests under way may take to end "
            "before they are answered with 503.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct config, drain_timeout_ms),
     .min = 0,
     .max = 3600000,
     .preset = "30"},
    {.name = "idle_timeout_seconds",
     .doc = "How long a connection stays open while nothing is sent on it.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct config, idle_timeout_ms),
     .min = 1000,
     .max = 3600000,
     .preset = "75"},
    {.name = "max_connections",
     .doc = "Connections of one thread. More wait to be accepted.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, max_connections),
     .min = 1,
     .max = 1000000,
     .preset = "10000"},
    {.name = "log_level",
     .doc = "What is logged: \"error\", \"warning\", \"info\" or \"debug\", each with "
            "those before it.",
     .type = SETTING_READ,
     .read = read_log_level,
     .preset = "\"info\""},
    {.name = "log_format",
     .doc = "How it is logged: \"logfmt\" and \"json\" on standard error, a line an "
            "event; \"journal\" in systemd's journal, with fields; \"auto\" is the "
            "journal where standard error leads to it, else logfmt.",
     .type = SETTING_READ,
     .read = read_log_format,
     .preset = "\"auto\""},
    {.name = "access_log",
     .doc = "A line for each request. Without it there is none.",
     .type = SETTING_READ,
     .read = access_config_read,
     .group = &access_config_settings},
};

const struct setting_table config_settings = {table, DM_COUNT(table)};

static enum dm_code set_defaults(struct config *config, struct dm_error *err)
{
    config->listen = arena_new(&config->arena, sizeof(struct address));
    if (!config->listen)
        return error_nomem(err);
    config->listen_count = 1;
    config->listen[0] = (struct address){.host = "127.0.0.1", .port = "8080"};
    config->has_admin = true;
    config->admin = (struct address){.host = "127.0.0.1", .port = "8081"};
    config->apps_dir = STR("apps.d");
    config->request_timeout_ms = 10000;
    config->drain_timeout_ms = 30000;
    config->idle_timeout_ms = 75000;
    config->max_connections = 10000;
    config->log_level = LOG_INFO;
    config->log_format = LOG_AUTO;
    return DM_OK;
}

/* --- the apps --- */

/* A directory's path is relative to the file that names it. */
static enum dm_code resolve_apps_dir(const char *path, struct config *config,
                                     struct dm_error *err)
{
    const char *slash = strrchr(path, '/');
    struct dm_str here = {path, slash ? (size_t)(slash - path) + 1 : 0};
    if (str_starts(config->apps_dir, STR("/")))
        here.len = 0;
    config->apps_dir = arena_printf(&config->arena, "%.*s%.*s", STR_ARG(here),
                                    STR_ARG(config->apps_dir));
    return config->apps_dir.ptr ? DM_OK : error_nomem(err);
}

static bool names_app(struct dm_str file)
{
    return str_ends(file, STR(".conf")) && file.ptr[0] != '.';
}

/* Terminated names, as the directory has them. */
struct file_names {
    const char *at[MAX_APPS];
    size_t count;
};

static enum dm_code add_name(const char *file, struct config *config,
                             struct file_names *names, struct dm_error *err)
{
    if (!names_app(dm_str(file)))
        return DM_OK;
    if (names->count == MAX_APPS)
        return error_set(err, DM_E_CONFIG, "%s: more than %d apps", config->apps_dir.ptr,
                         MAX_APPS);
    struct dm_str name = arena_str(&config->arena, dm_str(file));
    if (!name.ptr)
        return error_nomem(err);
    names->at[names->count++] = name.ptr;
    return DM_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum dm_code list_apps(struct config *config, struct file_names *names,
                              struct dm_error *err)
{
    DIR *dir = opendir(config->apps_dir.ptr);
    if (!dir)
        return error_set(err, DM_E_CONFIG,
                         "%s: cannot be read: %s; expected a directory "
                         "with a file for each app",
                         config->apps_dir.ptr, strerror(errno));
    enum dm_code code = DM_OK;
    for (struct dirent *entry; !code && (entry = readdir(dir));)
        code = add_name(entry->d_name, config, names, err);
    closedir(dir);
    qsort(names->at, names->count, sizeof names->at[0], compare_names);
    return code;
}

enum dm_code config_blame_app(const struct app_config *app, struct dm_error *err)
{
    const struct dm_error why = *err;
    return error_set(err, why.code, "app \"%s\": %s", app_config_name(app), why.message);
}

/* What is served already stays what it is. */
static enum dm_code keep_or_replace(struct app_config *served, struct app_config **app,
                                    struct dm_error *err)
{
    if (!app_config_same(served, *app))
        return app_config_inherit(*app, served, err) ? config_blame_app(*app, err)
                                                     : DM_OK;
    app_config_unref(*app);
    *app = app_config_ref(served);
    return DM_OK;
}

static enum dm_code load_app(const char *name, const struct environment *environment,
                             const struct config *before, struct config *config,
                             struct dm_error *err)
{
    struct dm_str path =
        arena_printf(&config->arena, "%s/%s", config->apps_dir.ptr, name);
    struct app_config **app = &config->apps[config->app_count];
    if (!path.ptr)
        return error_nomem(err);
    DM_TRY(app_config_load(path.ptr, environment, app, err));
    config->app_count++;
    struct app_config *served =
        before ? config_find_app(before, app_config_name(*app)) : NULL;
    return served ? keep_or_replace(served, app, err) : DM_OK;
}

/* The one that says so; an app alone need not say it. */
static enum dm_code choose_default(struct config *config, struct dm_error *err)
{
    config->default_app = config->app_count == 1 ? 0 : config->app_count;
    for (size_t i = 0; i < config->app_count; i++) {
        if (!app_config_is_default(config->apps[i]))
            continue;
        if (config->default_app < i)
            return error_set(err, DM_E_CONFIG,
                             "%s/%s.conf: default: expected one app at most to be the "
                             "default; %s is one already",
                             config->apps_dir.ptr, app_config_name(config->apps[i]),
                             app_config_name(config->apps[config->default_app]));
        config->default_app = i;
    }
    return DM_OK;
}

static enum dm_code load_apps(const struct environment *environment,
                              const struct config *before, struct config *config,
                              struct dm_error *err)
{
    struct file_names names = {.count = 0};
    DM_TRY(list_apps(config, &names, err));
    if (names.count == 0)
        return error_set(err, DM_E_CONFIG,
                         "%s: no app: expected at least one file *.conf",
                         config->apps_dir.ptr);

    config->apps = arena_new(&config->arena, names.count * sizeof(struct app_config *));
    if (!config->apps)
        return error_nomem(err);
    for (size_t i = 0; i < names.count; i++)
        DM_TRY(load_app(names.at[i], environment, before, config, err));
    return choose_default(config, err);
}

enum dm_code config_load_alone(const char *path, struct config **ret_config,
                               struct dm_error *err)
{
    DM_AUTO(config) *config = mem_new(sizeof *config);
    DM_AUTO(settings) *file = NULL;
    if (!config)
        return error_nomem(err);
    atomic_init(&config->references, 1);
    arena_init(&config->arena, CONFIG_ARENA_MAX);
    DM_TRY(set_defaults(config, err));
    DM_TRY(settings_open(path, &config->arena, &file, err));
    DM_TRY(settings_read(file, settings_root(file), table, DM_COUNT(table), config, err));
    DM_TRY(
        settings_show(file, settings_root(file), &config_settings, &config->shown, err));

    *ret_config = DM_TAKE(config);
    return DM_OK;
}

enum dm_code config_load(const char *path, const struct environment *environment,
                         struct config **ret_config, struct dm_error *err)
{
    return config_load_anew(path, environment, NULL, ret_config, err);
}

enum dm_code config_load_anew(const char *path, const struct environment *environment,
                              const struct config *before, struct config **ret_config,
                              struct dm_error *err)
{
    DM_AUTO(config) *config = NULL;
    DM_TRY(config_load_alone(path, &config, err));
    if (before)
        DM_TRY(restart_keep(config, before, err));
    DM_TRY(resolve_apps_dir(path, config, err));
    DM_TRY(load_apps(environment, before, config, err));

    *ret_config = DM_TAKE(config);
    return DM_OK;
}

struct config *config_ref(struct config *config)
{
    atomic_fetch_add(&config->references, 1);
    return config;
}

void config_unref(struct config *config)
{
    if (!config || atomic_fetch_sub(&config->references, 1) != 1)
        return;
    for (size_t i = 0; i < config->app_count; i++)
        app_config_unref(config->apps[i]);
    arena_done(&config->arena);
    mem_free(config);
}

struct app_config *config_find_app(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->app_count; i++)
        if (strcmp(app_config_name(config->apps[i]), name) == 0)
            return config->apps[i];
    return NULL;
}
