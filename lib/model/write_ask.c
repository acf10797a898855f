/* What the store is asked for a write, and on which conditions. */
#include "base/error.h"
#include "model/write_internal.h"

/* --- demands --- */

static enum dm_code all_names(const struct write_call *write, struct name_list *ret_names,
                              struct dm_error *err)
{
    const struct attributes *attributes = write_model(write)->attributes;
    const struct dm_value *stored = write->stored;
    size_t members = dm_value_count(stored), count = 0;
    size_t declared = attributes ? attributes->count : 0;
    struct dm_str *names =
        arena_alloc(write_arena(write), (members + declared + 1) * sizeof *names);
    if (!names)
        return error_nomem(err);
    for (size_t i = 0; i < members; i++)
        names[count++] = stored->as.map.at[i].name;
    for (size_t i = 0; i < declared; i++)
        if (!attributes_hides(attributes, attributes->at[i].name))
            names[count++] = attributes->at[i].name;
    *ret_names = (struct name_list){names, count};
    return DM_OK;
}

enum dm_code write_demand_as_read(struct write_call *write, const struct name_list *names,
                                  struct dm_error *err)
{
    struct name_list all;
    struct condition as_read;
    if (!write->stored)
        return demand_none_with(&write->demands, write->demands.hash_name, err);
    if (!names) {
        DM_TRY(all_names(write, &all, err));
        names = &all;
    }
    DM_TRY(difference_as_read(write->stored, names, write_arena(write), &as_read, err));
    if (as_read.child_count)
        demand(&write->demands, &as_read);
    return DM_OK;
}

/* --- requests --- */

enum dm_code write_look(struct write_call *write, store_done_fn done,
                        struct dm_error *err)
{
    struct dm_store *store = write->use.model->store;
    struct store_get request = {
        .base = {write->use.deadline_ms, write_arena(write), write->traceparent},
        .table = write_model(write)->table_name,
        .key = &write->key,
        .consistent = true,
    };
    write->meter.writes = false;
    call_meter_sent(&write->meter);
    return store->ops->get(store, &request, done, write, &write->upstream, err);
}

static enum dm_code put(struct write_call *write, const struct store_base *base,
                        store_done_fn done, struct dm_error *err)
{
    struct dm_store *store = write->use.model->store;
    const struct store_transact_entry *entry = &write->entry;
    struct store_put request = {
        .base = *base,
        .table = entry->table,
        .item = entry->item,
        .key = entry->key,
        .condition = entry->condition,
        .return_old = !write->creates,
        .return_present = true,
    };
    return store->ops->put(store, &request, done, write, &write->upstream, err);
}

static enum dm_code update(struct write_call *write, const struct store_base *base,
                           store_done_fn done, struct dm_error *err)
{
    struct dm_store *store = write->use.model->store;
    const struct store_transact_entry *entry = &write->entry;
    struct store_update request = {
        .base = *base,
        .table = entry->table,
        .key = entry->key,
        .update = entry->update,
        .condition = entry->condition,
        .return_values = write->returns ? RETURN_ALL_NEW : RETURN_NONE,
        .return_present = true,
        .once = write->once,
    };
    return store->ops->update(store, &request, done, write, &write->upstream, err);
}

static enum dm_code remove_item(struct write_call *write, const struct store_base *base,
                                store_done_fn done, struct dm_error *err)
{
    struct dm_store *store = write->use.model->store;
    const struct store_transact_entry *entry = &write->entry;
    struct store_delete request = {
        .base = *base,
        .table = entry->table,
        .key = entry->key,
        .condition = entry->condition,
        .return_old = write->returns,
        .return_present = true,
    };
    return store->ops->delete (store, &request, done, write, &write->upstream, err);
}

static enum dm_code transact(struct write_call *write, const struct store_base *base,
                             store_done_fn done, struct dm_error *err)
{
    struct dm_store *store = write->use.model->store;
    struct store_transact_write request = {
        .base = *base, .entries = &write->entry, .count = 1, .token = write->token};
    return store->ops->transact_write(store, &request, done, write, &write->upstream,
                                      err);
}

typedef enum dm_code (*ask_fn)(struct write_call *write, const struct store_base *base,
                               store_done_fn done, struct dm_error *err);

enum dm_code write_ask(struct write_call *write, store_done_fn done, struct dm_error *err)
{
    static const ask_fn kinds[] = {[TRANSACT_PUT] = put,
                                   [TRANSACT_UPDATE] = update,
                                   [TRANSACT_DELETE] = remove_item};
    struct store_base base = {write->use.deadline_ms, write_arena(write),
                              write->traceparent};
    ask_fn ask = write->token.len ? transact : kinds[write->entry.kind];
    write->entry.table = write_model(write)->table_name;
    write->entry.key = &write->key;
    DM_TRY(demands_end(&write->demands, &write->entry.condition, err));
    write->meter.writes = true;
    call_meter_sent(&write->meter);
    return ask(write, &base, done, err);
}
