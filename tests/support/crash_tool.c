/*
 * Writes without end to an embedded store and says what was answered, for a test that
 * kills it; and shows what is in the file afterwards.
 *
 *   crash_tool write FILE LOOPS SLOTS FROM    LOOPS threads, each with SLOTS writes under
 *                                             way, the first of each numbered FROM
 *   crash_tool dump FILE                      all items, of the table and of its index
 *
 * A slot owns two items and changes them with one operation after the other: tests/fault/
 * test_crash.py knows which. Each answer is one line: "ack LOOP SLOT VERSION", or "fail
 * LOOP SLOT VERSION CODE MESSAGE", after which the same is tried again.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "store/sqlite/sqlite.h"

enum { SLOT_ARENA_MAX = 1024 * 1024, DUMP_ARENA_MAX = 64 * 1024 * 1024 };
enum { DEADLINE_MS = 30000, RETRY_MS = 10, PAD_MAX = 3000 };
enum { ATTRIBUTES = 6 };

#define TABLE STR("crash")
#define INDEX STR("by-g")

struct shard {
    struct sqlite_file *file;
    struct dm_loop *loop;
    struct dm_store *store;
    unsigned number, slots;
    unsigned long from;
    pthread_t thread;
};

struct slot {
    struct shard *shard;
    unsigned number;
    unsigned long version;
    struct arena arena;
    struct loop_timer again;
};

static void fail(const char *what, const struct dm_error *err)
{
    printf("%s %s %s\n", what, dm_code_name(err->code), err->message);
    fflush(stdout);
    exit(3);
}

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

/* --- what a slot writes --- */

static struct dm_value value(enum dm_type type, struct dm_str text)
{
    return (struct dm_value){.type = type, .as.text = text};
}

static struct dm_value number(struct slot *slot, unsigned long n)
{
    return value(DM_N, arena_printf(&slot->arena, "%lu", n));
}

static struct dm_value pad(struct slot *slot)
{
    size_t len = slot->version * 37 % PAD_MAX;
    char *text = must(arena_alloc(&slot->arena, len + 1));
    memset(text, 'x', len);
    return value(DM_S, (struct dm_str){text, len});
}

static struct key make_key(struct slot *slot, unsigned r)
{
    return (struct key){
        .hash_attribute = {STR("id"), DM_S},
        .range_attribute = {STR("r"), DM_N},
        .hash = value(
            DM_S, arena_printf(&slot->arena, "%u-%u", slot->shard->number, slot->number)),
        .range = number(slot, r),
    };
}

/* Every other version is in the index. */
static bool indexed(const struct slot *slot)
{
    return slot->version % 2 == 0;
}

static struct dm_value make_item(struct slot *slot, unsigned r)
{
    struct value_member *at = must(arena_new(&slot->arena, ATTRIBUTES * sizeof *at));
    struct key key = make_key(slot, r);
    size_t count = 0;
    at[count++] = (struct value_member){STR("id"), key.hash};
    at[count++] = (struct value_member){STR("r"), key.range};
    at[count++] = (struct value_member){STR("v"), number(slot, slot->version)};
    at[count++] = (struct value_member){STR("pad"), pad(slot)};
    at[count++] = (struct value_member){STR("w"), number(slot, slot->version)};
    if (indexed(slot))
        at[count++] = (struct value_member){STR("g"), number(slot, slot->version % 7)};
    return (struct dm_value){.type = DM_M, .as.map = {at, count}};
}

static struct update_action action(struct slot *slot, const char *name,
                                   struct dm_value to)
{
    struct path_step *step = must(arena_new(&slot->arena, sizeof *step));
    step->name = dm_str(name);
    return (struct update_action){
        UPDATE_SET, {step, 1}, {.kind = OPERAND_VALUE, .value = to}};
}

/* --- the five operations --- */

static void answered(enum dm_code code, const struct store_result *result,
                     const struct dm_error *err, void *ctx);

static struct store_base base_of(struct slot *slot)
{
    return (struct store_base){.deadline_ms =
                                   loop_now_ms(slot->shard->loop) + DEADLINE_MS,
                               .arena = &slot->arena};
}

/* Requests live in the slot's arena until they are answered. */
#define SEND(slot, operation, ...)                                                       \
    do {                                                                                 \
        struct store_##operation made_ = {                                               \
            .base = base_of(slot), .table = TABLE, __VA_ARGS__};                         \
        send_##operation(slot, &made_);                                                  \
    } while (0)

#define SENDER(operation)                                                                \
    static void send_##operation(struct slot *slot,                                      \
                                 const struct store_##operation *made)                   \
    {                                                                                    \
        struct store_##operation *request =                                              \
            must(arena_alloc(&slot->arena, sizeof *request));                            \
        struct dm_store *store = slot->shard->store;                                     \
        struct store_call *call;                                                         \
        struct dm_error err = {0};                                                       \
        *request = *made;                                                                \
        if (store->ops->operation(store, request, answered, slot, &call, &err))          \
            answered(err.code, NULL, &err, slot);                                        \
    }

SENDER(put)
SENDER(update)
SENDER(delete)
SENDER(batch_write)
SENDER(transact_write)

static struct dm_value *both(struct slot *slot)
{
    struct dm_value *items = must(arena_new(&slot->arena, 2 * sizeof *items));
    items[0] = make_item(slot, 0);
    items[1] = make_item(slot, 1);
    return items;
}

static void transact(struct slot *slot)
{
    struct store_transact_entry *entries =
        must(arena_new(&slot->arena, 2 * sizeof *entries));
    struct dm_value *items = both(slot);
    for (size_t i = 0; i < 2; i++)
        entries[i] = (struct store_transact_entry){
            .kind = TRANSACT_PUT, .table = TABLE, .item = &items[i]};
    struct store_transact_write made = {base_of(slot), entries, 2, {NULL, 0}};
    send_transact_write(slot, &made);
}

static void update(struct slot *slot)
{
    struct update_action *actions = must(arena_new(&slot->arena, 4 * sizeof *actions));
    struct update *change = must(arena_new(&slot->arena, sizeof *change));
    struct key *key = must(arena_new(&slot->arena, sizeof *key));
    *key = make_key(slot, 1);
    actions[0] = action(slot, "v", number(slot, slot->version));
    actions[1] = action(slot, "pad", pad(slot));
    actions[2] = action(slot, "w", number(slot, slot->version));
    actions[3] = action(slot, "g", number(slot, slot->version % 7));
    if (!indexed(slot))
        actions[3].kind = UPDATE_REMOVE;
    *change = (struct update){actions, 4};
    SEND(slot, update, .key = key, .update = change);
}

static void begin(void *ctx)
{
    struct slot *slot = ctx;
    arena_done(&slot->arena);
    struct key *key = must(arena_new(&slot->arena, sizeof *key));
    *key = make_key(slot, 0);
    switch ((slot->version - slot->shard->from) % 5) {
    case 0:
        transact(slot);
        break;
    case 1:
        SEND(slot, put, .item = both(slot));
        break;
    case 2:
        update(slot);
        break;
    case 3:
        SEND(slot, delete, .key = key);
        break;
    default:
        SEND(slot, batch_write, .puts = both(slot), .put_count = 2);
    }
}

/* One line is one write: no half line when the process dies. */
static void say(const char *text, int len)
{
    if (write(STDOUT_FILENO, text, (size_t)len) != len)
        _exit(4);
}

static void answered(enum dm_code code, const struct store_result *result,
                     const struct dm_error *err, void *ctx)
{
    (void)result;
    struct slot *slot = ctx;
    struct dm_error none;
    char text[1024];
    int len = snprintf(text, sizeof text, "%s %u %u %lu %s %s\n", code ? "fail" : "ack",
                       slot->shard->number, slot->number, slot->version,
                       dm_code_name(code), code ? err->message : "");
    say(text, len);
    slot->version += code == DM_OK;
    if (loop_timer_set(slot->shard->loop, &slot->again, code ? RETRY_MS : 0, begin, slot,
                       &none))
        abort();
}

/* --- the loops --- */

static void *run_shard(void *ctx)
{
    struct shard *shard = ctx;
    struct dm_error err = {0};
    struct slot *slots = must(mem_new(shard->slots * sizeof *slots));
    if (dm_loop_new(&shard->loop, &err) ||
        sqlite_new(shard->file, shard->loop, &shard->store, &err))
        fail("open", &err);
    for (unsigned i = 0; i < shard->slots; i++) {
        slots[i] = (struct slot){.shard = shard, .number = i, .version = shard->from};
        arena_init(&slots[i].arena, SLOT_ARENA_MAX);
        begin(&slots[i]);
    }
    for (;;)
        if (dm_loop_turn(shard->loop, -1, &err))
            fail("loop", &err);
    return NULL;
}

static struct sqlite_file *open_file(const char *path)
{
    static const struct key_schema schema = {{{"id", 2}, DM_S}, {{"r", 1}, DM_N}};
    struct store_index by_g = {
        .name = INDEX, .schema = {{STR("g"), DM_N}, {STR("r"), DM_N}}, .global = true};
    struct store_create create = {
        .table = TABLE, .schema = &schema, .indexes = &by_g, .index_count = 1};
    struct sqlite_options options = {.path = path};
    struct sqlite_file *file = NULL;
    struct dm_error err = {0};
    if (sqlite_file_open(&options, &file, &err) ||
        sqlite_prepare(file, &create, NULL, &err))
        fail("open", &err);
    return file;
}

static int write_forever(char **arguments)
{
    struct sqlite_file *file = open_file(arguments[0]);
    unsigned loops = (unsigned)strtoul(arguments[1], NULL, 10);
    struct shard *shards = must(mem_new(loops * sizeof *shards));
    for (unsigned i = 0; i < loops; i++) {
        shards[i] = (struct shard){.file = file,
                                   .number = i,
                                   .slots = (unsigned)strtoul(arguments[2], NULL, 10),
                                   .from = strtoul(arguments[3], NULL, 10)};
        if (pthread_create(&shards[i].thread, NULL, run_shard, &shards[i]))
            abort();
    }
    return pthread_join(shards[0].thread, NULL);
}

/* --- what is there --- */

struct page {
    bool done;
    const struct dm_value *last;
    const char *name;
};

static void show(enum dm_code code, const struct store_result *result,
                 const struct dm_error *err, void *ctx)
{
    struct page *page = ctx;
    if (code)
        fail("dump", err);
    for (size_t i = 0; i < result->item_count; i++) {
        DM_AUTO_DONE(dm_buf) line;
        buf_init(&line, SLOT_ARENA_MAX);
        ddb_json_write_item(&result->items[i], &line);
        printf("%s %.*s\n", page->name, STR_ARG(buf_str(&line)));
    }
    page->last = result->last;
    page->done = true;
}

static void dump_all(struct shard *shard, struct dm_str index, const char *name)
{
    DM_AUTO_DONE(arena) arena;
    struct page page = {.name = name};
    struct dm_error err = {0};
    arena_init(&arena, DUMP_ARENA_MAX);
    do {
        struct store_scan scan = {
            .base = {.deadline_ms = loop_now_ms(shard->loop) + DEADLINE_MS,
                     .arena = &arena},
            .table = TABLE,
            .index = index,
            .after = page.last,
        };
        struct store_call *call;
        page.done = false;
        if (shard->store->ops->scan(shard->store, &scan, show, &page, &call, &err))
            fail("dump", &err);
        while (!page.done)
            if (dm_loop_turn(shard->loop, -1, &err))
                fail("loop", &err);
    } while (page.last);
}

static int dump(const char *path)
{
    struct shard shard = {.file = open_file(path)};
    struct dm_error err = {0};
    if (dm_loop_new(&shard.loop, &err) ||
        sqlite_new(shard.file, shard.loop, &shard.store, &err))
        fail("open", &err);
    dump_all(&shard, (struct dm_str){NULL, 0}, "table");
    dump_all(&shard, INDEX, "index");
    store_free(shard.store);
    sqlite_file_unref(shard.file);
    dm_loop_free(shard.loop);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "write") == 0)
        return write_forever(argv + 2);
    if (argc == 3 && strcmp(argv[1], "dump") == 0)
        return dump(argv[2]);
    fprintf(stderr, "usage: crash_tool write FILE LOOPS SLOTS FROM | dump FILE\n");
    return 2;
}
