/* The daemon in one thread. */
#include "world.h"

#include <curl/curl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../fuzz.h"
#include "daemon/http/exchange.h"
#include "daemon/http/router.h"
#include "daemon/log/log.h"
#include "model/app_stats.h"
#include "model/embedded.h"
#include "time.h"

static char folder[] = "/dev/shm/dynamod-fuzz-XXXXXX";

/* --- files --- */

#define UPSTREAM                                                                         \
    "dynamodb = { region = \"local\"; host = \"http://127.0.0.1:1\";\n"                  \
    "  unix_socket = \"../upstream\"; aws_access_key_id = \"AKID\";\n"                   \
    "  aws_secret_access_key = \"secret\"; "

#define TASKS                                                                            \
    "  todo = { hash_key = \"id\"; attributes = { id = \"S\"; rev = \"version\";\n"      \
    "    expires = \"ttl\"; doc = \"json\"; state = \"S\"; }; allow = [ \"read\", "      \
    "\"write\" ];"

#define NOTES                                                                            \
    "  note = { hash_key = { name = \"pk\"; template = \"N#{}\"; }; range_key = \"at\";" \
    "    attributes = { at = \"N\"; }; defaults = { state = \"new\"; };\n"               \
    "    required = [ \"state\" ]; require_if_match = true;\n"                           \
    "    allow = [ \"read\", \"write\" ]; };\n"

static const struct file {
    const char *name, *text;
} files[] = {
    {"0.conf", "apps = \"0.d\"; request_timeout_seconds = 10;\n"
               "idle_timeout_seconds = 20; max_exchanges = 5;\n"
               "cors = { origins = [ \"https://a.example\" ]; };\n"},
    {"0.d/main.conf",
     "default = true; token_secret = \"0123456789abcdef\";\n" UPSTREAM
     "max_pool_connections = 2; max_queue = 3; batch_width = 1; };\nmodels = {\n" TASKS
     " cache = { ttl = 30; }; };\n" NOTES
     "  bare = { allow = [ \"read\", \"write\" ]; };\n};\n"},
    {"0.d/locked.conf",
     "auth = { tokens = ( { name = \"reader\"; allow = [ \"read\" ];\n"
     "  sha256 = [ \"930bbdc51b6aed5c2a5678fd6e28dee7a05e8a4b643cfc0b4427c3efb86c0d94\" "
     "]; } ); };\n"
     "limits = { requests_per_second = 2.0; };\n" UPSTREAM "};\nmodels = {\n" TASKS
     " hide = [ \"secret\" ]; };\n};\n"},
    {"1.conf", "apps = \"1.d\"; request_timeout_seconds = 2;\n"
               "idle_timeout_seconds = 5;\n"},
    {"1.d/main.conf",
     "default = true; token_secret = \"0123456789abcdef\";\n" UPSTREAM
     "max_retry_attempts = 1; compressed_replies = true; };\nmodels = {\n" TASKS
     " };\n  other = { hash_key = \"id\"; attributes = { id = \"S\"; }; };\n};\n"},
    {"2.conf", "apps = \"2.d\";\n"},
    {"2.d/main.conf",
     "default = true; dynamodb = { host = \"sqlite::memory:\"; };\nmodels = {\n" TASKS
     " cache = { ttl = 1; };\n"
     "    indexes = { by_state = { hash_key = \"state\"; }; };\n"
     "    create_table = true; };\n};\n"},
    {"2.d/far.conf", UPSTREAM "};\nmodels = {\n" TASKS " };\n};\n"},
};

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

const char *world_upstream_path(void)
{
    return path_of("upstream");
}

static void write_file(const struct file *file)
{
    FILE *stream = fopen(path_of(file->name), "we");
    fuzz_check(stream && fputs(file->text, stream) >= 0 && fclose(stream) == 0);
}

static void remove_all(void)
{
    unlink(path_of("upstream"));
    for (size_t i = 0; i < DM_COUNT(files); i++)
        unlink(path_of(files[i].name));
    rmdir(path_of("0.d"));
    rmdir(path_of("1.d"));
    rmdir(path_of("2.d"));
    rmdir(folder);
}

void world_prepare(void)
{
    fuzz_check(mkdtemp(folder));
    fuzz_check(mkdir(path_of("0.d"), 0700) == 0 && mkdir(path_of("1.d"), 0700) == 0 &&
               mkdir(path_of("2.d"), 0700) == 0);
    for (size_t i = 0; i < DM_COUNT(files); i++)
        write_file(&files[i]);
    atexit(remove_all);
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_ERROR);
    fuzz_check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

/* --- configurations --- */

static const char *no_variable(const struct environment *environment, const char *name)
{
    (void)environment;
    return strcmp(name, "AWS_EC2_METADATA_DISABLED") ? NULL : "true";
}

static const struct environment no_environment = {no_variable};

static void must(enum dm_code code, const struct dm_error *err)
{
    if (code)
        fprintf(stderr, "%s\n", err->message);
    fuzz_check(code == DM_OK);
}

static void take_config(struct world *world, unsigned number)
{
    char name[] = "0.conf";
    struct dm_error err = {0};
    struct config *config = NULL;
    struct site *site = NULL;
    name[0] = (char)(name[0] + number % WORLD_CONFIGS);
    must(config_load_anew(path_of(name), &no_environment, world->config, &config, &err),
         &err);
    must(site_new_with_apps(config, &no_environment, world->loop, world->service.site,
                            &site, &err),
         &err);
    service_take_site(&world->service, site);
    config_unref(world->config);
    world->config = config;
}

void world_reload(struct world *world, unsigned config)
{
    take_config(world, config);
    server_configure(world->server, world->config);
}

/* --- life --- */

void world_open(struct world *world, unsigned config)
{
    struct dm_error err = {0};
    *world = (struct world){.config = NULL};
    must(loop_new(time_clock(), &world->loop, &err), &err);
    must(service_init(&world->service, router_rest(), world->loop, &err), &err);
    world->service.traffic = &world->traffic;
    take_config(world, config);
    must(server_new(&world->service, world->config, false, &world->server, &err), &err);
    world->door = (struct listen_socket){.fd = -1, .is_unix = true, .url = "unix:/fuzz"};
    world->entrance.socket = &world->door;
}

void world_close(struct world *world)
{
    server_free(world->server);
    fuzz_check(!world->service.exchanges);
    service_done(&world->service);
    traffic_done(&world->traffic);
    config_unref(world->config);
    dm_loop_free(world->loop);
}

void world_turn(struct world *world)
{
    struct dm_error err = {0};
    must(dm_loop_turn(world->loop, 0, &err), &err);
}

bool world_has_work(const struct world *world)
{
    struct pollfd ready = {.fd = dm_loop_fd(world->loop), .events = POLLIN};
    return poll(&ready, 1, 0) == 1;
}

static bool is_embedded(const struct exchange *exchange)
{
    const struct app_config *app =
        exchange->app
            ? config_find_app(exchange->site->config, dm_app_name(exchange->app))
            : NULL;
    return app && app->dynamodb.embedded.len;
}

bool world_waits_for_a_writer(const struct world *world)
{
    for (const struct exchange *at = world->service.exchanges; at; at = at->next)
        if (at->state == EXCHANGE_WAITING && is_embedded(at))
            return true;
    return false;
}

void world_await_writer(struct world *world)
{
    struct dm_error err = {0};
    must(dm_loop_turn(world->loop, 100, &err), &err);
}

/* --- at rest --- */

static void check_upstream(const struct upstream_stats *stats, void *ctx)
{
    (void)ctx;
    fuzz_check(stats->figures.waiting == 0 && stats->figures.in_flight == 0);
}

void world_check_rest(const struct world *world)
{
    const struct site *site = world->service.site;
    fuzz_check(!world->service.exchanges && !world->service.limiter.exchanges);
    fuzz_check(server_connections(world->server) == 0);
    fuzz_check(world->service.sites == site && !site->next && site->references == 1);
    for (size_t i = 0; i < site->app_count; i++)
        app_stats(site->apps[i]->app, check_upstream, NULL);
    fuzz_check(world->traffic.uncounted == 0);
}

static void add_requests(const char *app, const char *model, const struct tally *tally,
                         void *ctx)
{
    uint64_t *sum = ctx;
    (void)app, (void)model;
    *sum += tally->requests;
}

uint64_t world_requests(const struct world *world)
{
    uint64_t sum = 0;
    traffic_tally(&world->traffic, add_requests, &sum);
    return sum;
}
