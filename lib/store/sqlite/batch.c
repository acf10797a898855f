/* BatchGetItem out of one snapshot, BatchWriteItem as one write. */
#include "base/error.h"
#include "base/str.h"
#include "expr/validation.h"
#include "store/capacity.h"
#include "store/sqlite/expression_check.h"
#include "store/sqlite/item_key.h"
#include "store/sqlite/items.h"
#include "store/sqlite/operation.h"
#include "store/sqlite/write.h"
#include "value/item.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
enum { BATCH_GET_MAX = 100, BATCH_WRITE_MAX = 25 };
enum { BATCH_GET_BYTES_MAX = 16 * 1024 * 1024 };

static enum dm_code repeated(struct dm_error *err)
{
    return validation_error(err, "Provided list of item keys contains duplicates");
}

/* --- BatchGetItem --- */

static enum dm_code check_get(const struct store_batch_get *request, struct dm_error *err)
{
    struct item_key keys[BATCH_GET_MAX];
    if (request->key_count == 0)
        return validation_error(
            err, "The list of keys in RequestItems for BatchGetItem is required");
    if (request->key_count > BATCH_GET_MAX)
        return validation_error(err,
                                "Too many items requested for the BatchGetItem call");
    DM_TRY(expression_check_projection(request->projection, err));
    for (size_t i = 0; i < request->key_count; i++)
        keys[i] = (struct item_key){request->table, request->keys[i]};
    return item_keys_repeat(keys, request->key_count) ? repeated(err) : DM_OK;
}

/* What is past 16 MB is for the next call. */
static enum dm_code leave(const struct store_batch_get *request, size_t from,
                          struct arena *arena, struct store_result *result,
                          struct dm_error *err)
{
    struct copy copy = {.arena = arena};
    result->unprocessed_key_count = request->key_count - from;
    result->unprocessed_keys =
        copy_keys(&copy, request->keys + from, result->unprocessed_key_count);
    return copy_check(&copy, err);
}

static enum dm_code get_all(struct database *database,
                            const struct store_batch_get *request, struct arena *arena,
                            struct dm_value *items, struct store_result *result,
                            struct dm_error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < request->key_count; i++) {
        struct store_transact_get_entry entry = {request->table, &request->keys[i],
                                                 request->projection};
        struct read_item read;
        DM_TRY(read_item(database, &entry, arena, &read, err));
        bytes += read.size;
        if (bytes > BATCH_GET_BYTES_MAX)
            return leave(request, i, arena, result, err);
        result->consumed_capacity += capacity_read(read.size, request->consistent);
        if (read.item)
            items[result->item_count++] = *read.item;
    }
    return DM_OK;
}

static enum dm_code batch_get(struct database *database, const void *of,
                              struct arena *arena, struct store_result *ret_result,
                              struct dm_error *err)
{
    const struct store_batch_get *request = of;
    struct dm_value *items = arena_new(arena, request->key_count * sizeof *items);
    if (!items)
        return error_nomem(err);
    ret_result->items = items;
    return get_all(database, request, arena, items, ret_result, err);
}

enum dm_code sqlite_batch_get(struct dm_store *store,
                              const struct store_batch_get *request, store_done_fn done,
                              void *ctx, struct store_call **ret_call,
                              struct dm_error *err)
{
    DM_TRY(check_get(request, err));
    return read_start(store, batch_get, request, sizeof *request, done, ctx, ret_call,
                      err);
}

/* --- BatchWriteItem --- */

static enum dm_code check_write(const struct table *table, const struct writes *writes,
                                struct dm_error *err)
{
    struct item_key keys[BATCH_WRITE_MAX];
    for (size_t i = 0; i < writes->count; i++) {
        const struct store_transact_entry *entry = &writes->entries[i];
        keys[i].table = entry->table;
        if (entry->kind == TRANSACT_PUT)
            DM_TRY(items_key(table, entry->item, &keys[i].key, err));
        else
            keys[i].key = *entry->key;
    }
    return item_keys_repeat(keys, writes->count) ? repeated(err) : DM_OK;
}

static enum dm_code apply(struct database *database,
                          const struct store_transact_entry *entry,
                          struct store_result *result, struct dm_error *err)
{
    DM_AUTO_DONE(arena) scratch;
    struct written written;
    arena_init(&scratch, ITEM_ARENA_MAX);
    DM_TRY(write_apply(database, entry, &scratch, &written, err));
    result->consumed_capacity += written.units;
    return DM_OK;
}

static enum dm_code batch_write(struct database *database, const void *of,
                                struct arena *arena, struct store_result *ret_result,
                                struct dm_error *err)
{
    (void)arena;
    const struct writes *writes = of;
    const struct table *table;
    DM_TRY(database_table(database, writes->entries->table, &table, err));
    DM_TRY(check_write(table, writes, err));
    for (size_t i = 0; i < writes->count; i++)
        DM_TRY(apply(database, &writes->entries[i], ret_result, err));
    return DM_OK;
}

static size_t make_entries(const struct store_batch_write *request,
                           struct store_transact_entry *entries)
{
    size_t count = 0;
    for (size_t i = 0; i < request->put_count; i++)
        entries[count++] = (struct store_transact_entry){
            .kind = TRANSACT_PUT, .table = request->table, .item = &request->puts[i]};
    for (size_t i = 0; i < request->delete_count; i++)
        entries[count++] = (struct store_transact_entry){.kind = TRANSACT_DELETE,
                                                         .table = request->table,
                                                         .key = &request->deletes[i]};
    return count;
}

static enum dm_code check_count(const struct store_batch_write *request,
                                struct dm_error *err)
{
    if (request->put_count == 0 && request->delete_count == 0)
        return validation_error(
            err, "The batch write request list for a table cannot be null or empty");
    if (request->put_count > BATCH_WRITE_MAX ||
        request->delete_count > BATCH_WRITE_MAX - request->put_count)
        return validation_error(err,
                                "Too many items requested for the BatchWriteItem call");
    return DM_OK;
}

enum dm_code sqlite_batch_write(struct dm_store *store,
                                const struct store_batch_write *request,
                                store_done_fn done, void *ctx,
                                struct store_call **ret_call, struct dm_error *err)
{
    DM_TRY(check_count(request, err));
    struct store_transact_entry entries[BATCH_WRITE_MAX];
    struct writes writes = {.entries = entries, .count = make_entries(request, entries)};
    return write_start(store, &request->base, &writes, batch_write, done, ctx, ret_call,
                       err);
}
