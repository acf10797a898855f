/* Operations a second of a store, without HTTP towards clients: queries of 100 items, and
 * writes by 1 and by 64 clients. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/str.h"
#include "store/dynamodb/dynamodb.h"
#include "store/sqlite/sqlite.h"

enum { ITEMS = 100, CLIENTS_MAX = 64, ARENA_MAX = 16 * 1024 * 1024 };

struct bench {
    struct dm_loop *loop;
    struct client *client;
    struct sqlite_file *file;
    struct dm_store *store;
    unsigned long next, done, limit;
    int64_t end_ms;
};

/* One client: an operation after the other. */
struct runner {
    struct bench *bench;
    struct arena arena;
    bool (*start)(struct runner *runner);
    struct store_call *call;
};

static void die(const struct dm_error *err)
{
    fprintf(stderr, "store_bench: %s\n", err->message);
    exit(1);
}

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static void open_store(struct bench *bench, const char *host)
{
    static const struct environment empty = {nothing};
    struct dm_error err = {0};
    struct sqlite_options file = {.path = host + strlen("sqlite:")};
    struct client_options client = {
        .region = STR("us-east-1"),
        .host = dm_str(host),
        .access_key_id = STR("bench"),
        .secret_access_key = STR("bench"),
        .connect_timeout_ms = 5000,
        .read_timeout_ms = 30000,
        .base_backoff_ms = 25,
        .max_pool_connections = CLIENTS_MAX,
    };
    enum dm_code code = dm_loop_new(&bench->loop, &err);
    if (!code && str_starts(dm_str(host), STR("sqlite:"))) {
        code = sqlite_file_open(&file, &bench->file, &err);
        if (!code)
            code = sqlite_new(bench->file, bench->loop, &bench->store, &err);
    } else if (!code) {
        code = client_new(bench->loop, &empty, &client, &bench->client, &err);
        if (!code)
            code = dynamodb_new(bench->client, &bench->store, &err);
    }
    if (code)
        die(&err);
}

static void close_store(struct bench *bench)
{
    store_free(bench->store);
    sqlite_file_unref(bench->file);
    client_free(bench->client);
    dm_loop_free(bench->loop);
}

/* --- operations --- */

static const struct key_schema schema = {{{"pk", 2}, DM_S}, {{"at", 2}, DM_N}};

static void done(enum dm_code code, const struct store_result *result,
                 const struct dm_error *err, void *ctx)
{
    (void)result;
    struct runner *runner = ctx;
    struct bench *bench = runner->bench;
    if (code)
        die(err);
    bench->done++;
    arena_done(&runner->arena);
    bool over = bench->limit ? bench->next >= bench->limit
                             : loop_now_ms(bench->loop) >= bench->end_ms;
    runner->call = NULL;
    if (!over && !runner->start(runner))
        exit(1);
}

static struct dm_value text_value(struct arena *arena, enum dm_type type,
                                  const char *prefix, unsigned long number)
{
    char text[64];
    snprintf(text, sizeof text, "%s%lu", prefix, number);
    return (struct dm_value){.type = type, .as.text = arena_str(arena, dm_str(text))};
}

static bool start_put(struct runner *runner)
{
    struct bench *bench = runner->bench;
    struct arena *arena = &runner->arena;
    struct dm_error err = {0};
    unsigned long number = bench->next++;
    struct value_member *members = arena_new(arena, 4 * sizeof *members);
    struct dm_value *item = arena_new(arena, sizeof *item);
    struct store_put *put = arena_new(arena, sizeof *put);
    if (!members || !item || !put)
        return false;
    members[0] =
        (struct value_member){STR("pk"), text_value(arena, DM_S, "p", number / ITEMS)};
    members[1] =
        (struct value_member){STR("at"), text_value(arena, DM_N, "", number % ITEMS)};
    members[2] = (struct value_member){STR("name"),
                                       text_value(arena, DM_S, "item number ", number)};
    members[3] = (struct value_member){STR("done"), {.type = DM_BOOL}};
    item->type = DM_M;
    item->as.map.at = members;
    item->as.map.count = 4;
    *put = (struct store_put){
        .base = {.deadline_ms = loop_now_ms(bench->loop) + 30000, .arena = arena},
        .table = STR("bench"),
        .item = item};
    if (bench->store->ops->put(bench->store, put, done, runner, &runner->call, &err))
        die(&err);
    return true;
}

static bool start_query(struct runner *runner)
{
    struct bench *bench = runner->bench;
    struct arena *arena = &runner->arena;
    struct dm_error err = {0};
    struct key_condition *keys = arena_new(arena, sizeof *keys);
    struct store_query *query = arena_new(arena, sizeof *query);
    if (!keys || !query)
        return false;
    keys->hash_name = STR("pk");
    keys->hash = text_value(arena, DM_S, "p", bench->next++ % 10);
    *query = (struct store_query){
        .base = {.deadline_ms = loop_now_ms(bench->loop) + 30000, .arena = arena},
        .table = STR("bench"),
        .keys = keys};
    if (bench->store->ops->query(bench->store, query, done, runner, &runner->call, &err))
        die(&err);
    return true;
}

/* --- running --- */

/* That many clients, until `limit` operations or, without one, for that time; operations
 * a second. */
static double measure(struct bench *bench, bool (*start)(struct runner *), size_t clients,
                      unsigned long limit, int64_t duration_ms)
{
    static struct runner runners[CLIENTS_MAX];
    struct dm_error err = {0};
    int64_t began_ms = loop_now_ms(bench->loop);
    bench->next = bench->done = 0;
    bench->limit = limit;
    bench->end_ms = began_ms + duration_ms;
    for (size_t i = 0; i < clients; i++) {
        runners[i] = (struct runner){.bench = bench, .start = start};
        arena_init(&runners[i].arena, ARENA_MAX);
        if (!start(&runners[i]))
            exit(1);
    }
    for (size_t i = 0; i < clients; i++)
        while (runners[i].call)
            if (dm_loop_turn(bench->loop, 1000, &err))
                die(&err);
    return (double)bench->done * 1000 / (double)(loop_now_ms(bench->loop) - began_ms);
}

static void created(enum dm_code code, const struct store_result *result,
                    const struct dm_error *err, void *ctx)
{
    (void)result;
    if (code && code != DM_E_CONFLICT)
        die(err);
    *(bool *)ctx = true;
}

static void create(struct bench *bench)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct store_call *call;
    bool ready = false;
    arena_init(&arena, ARENA_MAX);
    struct store_create request = {
        .base = {.deadline_ms = loop_now_ms(bench->loop) + 30000, .arena = &arena},
        .table = STR("bench"),
        .schema = &schema};
    if (bench->store->ops->create(bench->store, &request, created, &ready, &call, &err))
        die(&err);
    while (!ready)
        if (dm_loop_turn(bench->loop, 1000, &err))
            die(&err);
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: store_bench HOST MILLISECONDS\n");
        return 2;
    }
    int64_t duration_ms = strtoll(argv[2], NULL, 10);
    open_store(&bench, argv[1]);
    create(&bench);
    measure(&bench, start_put, 16, 10 * ITEMS, 0);
    printf("query %.0f\n", measure(&bench, start_query, 4, 0, duration_ms));
    printf("write1 %.0f\n", measure(&bench, start_put, 1, 0, duration_ms));
    printf("write64 %.0f\n", measure(&bench, start_put, 64, 0, duration_ms));
    close_store(&bench);
    return 0;
}
