/* What is read on the store's own connection: GetItem, Query, Scan. */
#include "base/error.h"
#include "expr/evaluate.h"
#include "store/capacity.h"
#include "store/sqlite/expression_check.h"
#include "store/sqlite/items.h"
#include "store/sqlite/operation.h"
#include "value/size.h"

/* Lives in the request's arena. */
struct reading {
    struct call call;
    struct reading *next, **link; /* in the store's readings */
    perform_fn perform;
    const void *request; /* a copy: what it points at is the caller's */
    const struct store_base *base;
};

void readings_init(struct readings *readings)
{
    *readings = (struct readings){.tail = &readings->first};
}

static void append(struct readings *readings, struct reading *reading)
{
    reading->link = readings->tail;
    *readings->tail = reading;
    readings->tail = &reading->next;
}

/* Out of whichever list it is in. */
static void leave(struct sqlite *sqlite, struct reading *reading)
{
    *reading->link = reading->next;
    if (reading->next)
        reading->next->link = reading->link;
    else if (sqlite->waiting.tail == &reading->next)
        sqlite->waiting.tail = reading->link;
    else
        sqlite->running.tail = reading->link;
}

static void cancel(struct call *call)
{
    leave(sqlite_of(call->base.store), DM_CONTAINER(call, struct reading, call));
}

static void end_snapshot(void *ctx)
{
    struct sqlite *sqlite = ctx;
    loop_task_cancel(&sqlite->end_snapshot);
    if (sqlite->has_snapshot)
        database_rollback(sqlite->database);
    sqlite->has_snapshot = false;
}

/*
 * A snapshot costs system calls, so the reads of a turn share one, as long as this
 * process has committed nothing since. What another process committed a strong read sees
 * at once, an eventual one in the next turn.
 */
static enum dm_code share_snapshot(struct sqlite *sqlite, bool consistent,
                                   struct dm_error *err)
{
    uint64_t commits = writer_commits(sqlite_file_writer(sqlite->file));
    if (consistent || commits != sqlite->snapshot_commits)
        end_snapshot(sqlite);
    if (sqlite->has_snapshot)
        return DM_OK;
    DM_TRY(database_begin(sqlite->database, err));
    sqlite->has_snapshot = true;
    sqlite->snapshot_commits = commits;
    loop_post(sqlite->loop, &sqlite->end_snapshot, end_snapshot, sqlite);
    return DM_OK;
}

static enum dm_code perform(struct reading *reading, struct store_result *ret_result,
                            struct dm_error *err)
{
    struct sqlite *sqlite = sqlite_of(reading->call.base.store);
    if (loop_now_ms(sqlite->loop) >= reading->base->deadline_ms)
        return error_set(err, DM_E_TIMEOUT, "the deadline passed before the read began");
    DM_TRY(share_snapshot(sqlite, false, err));
    return reading->perform(sqlite->database, reading->request, reading->base->arena,
                            ret_result, err);
}

static void answer(struct reading *reading)
{
    struct store_result result = {0};
    struct dm_error err = {0};
    enum dm_code code = perform(reading, &result, &err);
    call_end(&reading->call);
    call_answer(&reading->call, code, &result, &err);
}

/* None of them was asked for after the snapshot is taken. A callback may turn the loop:
 * then the inner one of these goes on with what the outer one has left. */
static void read_all(void *ctx)
{
    struct sqlite *sqlite = ctx;
    struct readings *waiting = &sqlite->waiting, *running = &sqlite->running;
    if (waiting->first) {
        waiting->first->link = running->tail;
        *running->tail = waiting->first;
        running->tail = waiting->tail;
        readings_init(waiting);
    }
    end_snapshot(sqlite);
    while (running->first) {
        struct reading *reading = running->first;
        leave(sqlite, reading);
        answer(reading);
    }
}

enum dm_code read_start(struct dm_store *store, perform_fn perform_read,
                        const void *request, size_t size, store_done_fn done, void *ctx,
                        struct store_call **ret_call, struct dm_error *err)
{
    struct sqlite *sqlite = sqlite_of(store);
    const struct store_base *base = request;
    struct reading *reading = arena_new(base->arena, sizeof *reading);
    void *copy = arena_alloc(base->arena, size);
    if (!reading || !copy)
        return error_nomem(err);
    memcpy(copy, request, size);
    reading->perform = perform_read;
    reading->request = reading->base = copy;
    reading->call.cancel = cancel;
    call_begin(&reading->call, sqlite, done, ctx);
    append(&sqlite->waiting, reading);
    loop_post(sqlite->loop, &sqlite->read_all, read_all, sqlite);
    *ret_call = &reading->call.base;
    return DM_OK;
}

/* --- the operations --- */

static enum dm_code project(const struct projection *projection,
                            const struct dm_value *item, struct arena *arena,
                            const struct dm_value **ret_item, struct dm_error *err)
{
    if (!item || !projection || projection->count == 0) {
        *ret_item = item;
        return DM_OK;
    }
    struct dm_value *part = arena_new(arena, sizeof *part);
    if (!part)
        return error_nomem(err);
    DM_TRY(projection_apply(projection, item, arena, part, err));
    *ret_item = part;
    return DM_OK;
}

enum dm_code read_item(struct database *database,
                       const struct store_transact_get_entry *wish, struct arena *arena,
                       struct read_item *ret_item, struct dm_error *err)
{
    const struct table *table;
    struct read_item item = {0};
    DM_TRY(database_table(database, wish->table, &table, err));
    DM_TRY(items_get(database, table, wish->key, arena, &item.item, err));
    item.size = item.item ? value_item_size(item.item) : 0;
    DM_TRY(project(wish->projection, item.item, arena, &item.item, err));
    *ret_item = item;
    return DM_OK;
}

static enum dm_code get(struct database *database, const void *of, struct arena *arena,
                        struct store_result *ret_result, struct dm_error *err)
{
    const struct store_get *request = of;
    struct store_transact_get_entry entry = {request->table, request->key,
                                             request->projection};
    struct read_item read;
    DM_TRY(read_item(database, &entry, arena, &read, err));
    ret_result->item = read.item;
    ret_result->consumed_capacity = capacity_read(read.size, request->consistent);
    return DM_OK;
}

enum dm_code sqlite_get_now(struct dm_store *store, const struct store_get *request,
                            bool *ret_given, struct store_result *ret_result,
                            struct dm_error *err)
{
    struct sqlite *sqlite = sqlite_of(store);
    DM_TRY(share_snapshot(sqlite, request->consistent, err));
    DM_TRY(get(sqlite->database, request, request->base.arena, ret_result, err));
    *ret_given = true;
    return DM_OK;
}

static enum dm_code query(struct database *database, const void *request,
                          struct arena *arena, struct store_result *ret_result,
                          struct dm_error *err)
{
    (void)arena; /* the request's own */
    return items_query(database, request, ret_result, err);
}

static enum dm_code scan(struct database *database, const void *request,
                         struct arena *arena, struct store_result *ret_result,
                         struct dm_error *err)
{
    (void)arena;
    return items_scan(database, request, ret_result, err);
}

enum dm_code sqlite_get(struct dm_store *store, const struct store_get *request,
                        store_done_fn done, void *ctx, struct store_call **ret_call,
                        struct dm_error *err)
{
    DM_TRY(expression_check_projection(request->projection, err));
    return read_start(store, get, request, sizeof *request, done, ctx, ret_call, err);
}

enum dm_code sqlite_query(struct dm_store *store, const struct store_query *request,
                          store_done_fn done, void *ctx, struct store_call **ret_call,
                          struct dm_error *err)
{
    return read_start(store, query, request, sizeof *request, done, ctx, ret_call, err);
}

enum dm_code sqlite_scan(struct dm_store *store, const struct store_scan *request,
                         store_done_fn done, void *ctx, struct store_call **ret_call,
                         struct dm_error *err)
{
    return read_start(store, scan, request, sizeof *request, done, ctx, ret_call, err);
}
