/* Reading dynamod.conf. */
#include "daemon/config.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/auth/exposure.h"
#include "daemon/config_apps.h"
#include "daemon/config_auth.h"
#include "daemon/config_tls.h"
#include "daemon/run/restart.h"
#include "model/byte_size.h"
#include "model/settings_show.h"

enum { CONFIG_ARENA_MAX = 4 * 1024 * 1024 };

/* --- dynamod.conf --- */

static enum dm_code read_listen(struct settings *file, struct settings_node *node,
                                void *target, struct dm_error *err)
{
    struct config *config = target;
    return listen_config_read_list(file, node, &config->listen, &config->listen_count,
                                   err);
}

static enum dm_code read_inherited(struct settings *file, struct settings_node *node,
                                   void *target, struct dm_error *err)
{
    struct config *config = target;
    return listen_config_read_inherited(file, node, &config->inherited, err);
}

static enum dm_code read_admin(struct settings *file, struct settings_node *node,
                               void *target, struct dm_error *err)
{
    struct config *config = target;
    return listen_config_read_admin(file, node, &config->has_admin, &config->admin, err);
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

static enum dm_code read_memory(struct settings *file, struct settings_node *node,
                                void *target, struct dm_error *err)
{
    struct config *config = target;
    return byte_size_read(file, node, &config->limits.memory_bytes, err);
}

/* Values read by a function are written through the whole struct: their offset is 0. */
static const struct setting table[] = {
    {.name = "listen",
     .doc = "Where to serve the models: one address or several. \"HOST:PORT\" has a "
            "name or an IPv4 address, and a name stands for all of its addresses; "
            "\"[IPV6]:PORT\"; \":PORT\" is every address of the machine; "
            "\"unix:/PATH\" is a socket of mode 0660, and one there that nobody "
            "answers on is replaced. Port 0 takes a free one; the log says which. A "
            "group in ( ) says more of one: { address = \":8443\"; tls = { … }; }.",
     .type = SETTING_READ,
     .read = read_listen,
     .group = &listen_config_settings,
     .many = true,
     .preset = "[ \"127.0.0.1:8080\" ]"},
    {.name = "inherited",
     .doc = "What a group of listen says, of sockets that the service manager holds for "
            "us; not of the admin's.",
     .type = SETTING_READ,
     .read = read_inherited,
     .group = &listen_config_inherited_settings},
    {.name = "admin",
     .doc = "Where operators and their tools ask for /live, /ready, /metrics and "
            "/status: an address as above, a group, or \"\" for none. Whoever can reach "
            "it sees the names of apps and models.",
     .type = SETTING_READ,
     .read = read_admin,
     .group = &listen_config_admin_settings,
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
    {.name = "header_timeout_seconds",
     .doc =
         "How long a request's line and header fields may take to come, from the "
         "connection's start on, a TLS handshake included, or from the request before "
         "and its idle time. Then the connection is closed, with 408 where the line had "
         "come.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct config, limits.header_timeout_ms),
     .min = 100,
     .max = 3600000,
     .preset = "10"},
    {.name = "body_timeout_seconds",
     .doc = "How long its body may take after them, however much comes of it: then 408.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct config, limits.body_timeout_ms),
     .min = 100,
     .max = 3600000,
     .preset = "30"},
    {.name = "send_timeout_seconds",
     .doc = "How long a client may take nothing at all of an answer that waits for it, "
            "before the connection is reset.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct config, limits.send_timeout_ms),
     .min = 100,
     .max = 3600000,
     .preset = "30"},
    {.name = "max_connections",
     .doc =
         "Connections of the whole process, but the admin's, which may have as many. "
         "More wait to be accepted. Of the process's open files three quarters are the "
         "most, and an eighth for the admin.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, max_connections),
     .min = 1,
     .max = 1000000,
     .preset = "10000"},
    {.name = "max_connections_per_address",
     .doc = "Of them, those from one IPv4 address or one IPv6 network of 64 bits. More "
            "are closed at once. Unix sockets have none. 0: no limit.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, limits.connections_per_address),
     .max = 1000000,
     .preset = "0"},
    {.name = "max_exchanges",
     .doc = "Requests that wait for DynamoDB or are being answered at a time, over all "
            "threads, each of which has an equal share. More are refused with 503.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, limits.exchanges),
     .min = 1,
     .max = 1000000,
     .preset = "4096"},
    {.name = "max_target_bytes",
     .doc = "How long a request's path and query may be; a page's query half as long.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, limits.target_bytes),
     .min = 256,
     .max = 16384,
     .preset = "8192"},
    {.name = "max_header_bytes",
     .doc = "Memory of a connection for a request's line and header fields and those of "
            "its answer, both together. A change takes a restart.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, limits.header_bytes),
     .min = 4096,
     .max = 32768,
     .preset = "16384"},
    {.name = "max_body_bytes",
     .doc = "How long a request's body may be. Some may be no longer than 4194304 (an "
            "item or a patch) or 131072 (a query) in any case.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, limits.body_bytes),
     .min = 1024,
     .max = 16777216,
     .preset = "16777216"},
    {.name = "max_memory_bytes",
     .doc =
         "Memory for the bodies, pages and answers of all requests together, over all "
         "threads, and for the items that they are made of: bytes, K, M or G. What does "
         "not fit is refused with 503.",
     .type = SETTING_READ,
     .read = read_memory,
     .preset = "\"256M\""},
    {.name = "allowed_hosts",
     .doc = "The names that requests may ask for this server by, without ports, as "
            "\"api.example\"; others are answered with 421. They keep pages of foreign "
            "names that lead here (DNS rebinding) out. localhost, 127.0.0.1, [::1] and "
            "the hosts of `listen` and `admin` are always among them; \"*\" is any name. "
            "Without this setting listeners on loopback addresses keep to those, and "
            "others take any name. Unix sockets always do.",
     .type = SETTING_READ,
     .offset = offsetof(struct config, allowed_hosts),
     .read = host_list_read,
     .expected = "a list of hosts, without ports"},
    {.name = "cors",
     .doc = "Which pages of other origins may read what is served here, and write where "
            "`allow` lets everybody. Without this group there are none.",
     .type = SETTING_READ,
     .offset = offsetof(struct config, cors),
     .read = cors_config_read,
     .group = &cors_config_settings},
    {.name = "max_auth_failures",
     .doc = "Wrong tokens that one client may show to one thread in ten seconds; then it "
            "is answered with 429 until they are over, whatever it shows. A client is an "
            "address, 64 bits of an IPv6 one, or the user behind a unix socket: all that "
            "a proxy in front passes on are one. 0: no limit.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct config, max_auth_failures),
     .min = 0,
     .max = 1000000,
     .preset = "100"},
    {.name = "core_dumps",
     .doc = "Whether a core dump is left behind where the system's limits allow one. It "
            "has items and what clients sent; keys for DynamoDB are kept out of it as "
            "far as they are in our hands. A change takes a restart.",
     .type = SETTING_BOOL,
     .offset = offsetof(struct config, core_dumps),
     .preset = "false"},
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
    config->listen = arena_new(&config->arena, sizeof(struct listen_config));
    if (!config->listen)
        return error_nomem(err);
    config->listen_count = 1;
    config->listen[0].address = (struct address){.host = "127.0.0.1", .port = "8080"};
    config->has_admin = true;
    config->admin.address = (struct address){.host = "127.0.0.1", .port = "8081"};
    config->apps_dir = STR("apps.d");
    config->request_timeout_ms = 10000;
    config->drain_timeout_ms = 30000;
    config->idle_timeout_ms = 75000;
    config->max_connections = 10000;
    config->limits = limit_config_default();
    config->max_auth_failures = 100;
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
    DM_TRY(host_list_complete(config, err));
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
    DM_TRY(config_load_tls(config, err));
    DM_TRY(resolve_apps_dir(path, config, err));
    DM_TRY(config_load_apps(config, environment, before, err));
    DM_TRY(config_load_auth(path, environment, config, err));
    DM_TRY(exposure_check(config, err));

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
    auth_config_done(&config->admin_auth);
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
