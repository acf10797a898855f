/* PutItem, UpdateItem and DeleteItem: an entry of a transaction, each alone. */
#include "store/sqlite/write.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "expr/validation.h"
#include "store/capacity.h"
#include "store/sqlite/expression_check.h"
#include "store/sqlite/items.h"
#include "value/size.h"

/* An update without any only makes the item. */
static bool has_actions(const struct update *update)
{
    return update && update->count;
}

static enum dm_code check(const struct store_transact_entry *entry, struct dm_error *err)
{
    DM_TRY(expression_check_condition(entry->condition, err));
    return expression_check_update(entry->update, err);
}

/* --- one entry --- */

static enum dm_code entry_key(const struct table *table,
                              const struct store_transact_entry *entry,
                              struct key *ret_key, struct dm_error *err)
{
    if (entry->kind == TRANSACT_PUT)
        return items_key(table, entry->item, ret_key, err);
    *ret_key = *entry->key;
    return DM_OK;
}

static enum dm_code judge(const struct store_transact_entry *entry,
                          const struct dm_value *old, struct dm_error *err)
{
    if (!entry->condition || condition_holds(entry->condition, old))
        return DM_OK;
    error_set(err, DM_E_CONDITION, "The conditional request failed");
    if (err)
        snprintf(err->upstream_type, sizeof err->upstream_type,
                 "ConditionalCheckFailedException");
    return DM_E_CONDITION;
}

/* An item that is not there yet begins as its key. */
static enum dm_code key_item(const struct key *key, struct arena *arena,
                             struct dm_value *ret_item, struct dm_error *err)
{
    struct value_member *members = arena_new(arena, 2 * sizeof *members);
    if (!members)
        return error_nomem(err);
    size_t count = key->range_attribute.name.len ? 2 : 1;
    members[0] = (struct value_member){key->hash_attribute.name, key->hash};
    if (count == 2)
        members[1] = (struct value_member){key->range_attribute.name, key->range};
    *ret_item = (struct dm_value){.type = DM_M, .as.map = {members, count}};
    return DM_OK;
}

static enum dm_code check_keys_stay(const struct table *table,
                                    const struct update *update, struct dm_error *err)
{
    for (size_t i = 0; i < update->count; i++) {
        struct dm_str name = update->actions[i].path.steps[0].name;
        if (str_equal(name, table->schema.hash.name) ||
            (table->schema.range.name.len && str_equal(name, table->schema.range.name)))
            return validation_error(
                err,
                "One or more parameter values were invalid: Cannot update "
                "attribute %.*s. This attribute is part of the key",
                STR_ARG(name));
    }
    return DM_OK;
}

static enum dm_code updated(const struct table *table, const struct update *update,
                            const struct dm_value *before, struct arena *arena,
                            struct dm_value *ret_item, struct dm_error *err)
{
    struct dm_value item = *before;
    if (has_actions(update)) {
        DM_TRY(check_keys_stay(table, update, err));
        DM_TRY(update_apply(update, before, arena, &item, err));
    }
    if (value_item_size(&item) > ITEM_SIZE_MAX)
        return validation_error(
            err, "Item size to update has exceeded the maximum allowed size");
    struct key key;
    DM_TRY(items_key(table, &item, &key, err));
    *ret_item = item;
    return DM_OK;
}

static enum dm_code make_updated(const struct table *table,
                                 const struct store_transact_entry *entry,
                                 const struct dm_value *old, struct arena *arena,
                                 const struct dm_value **ret_item, struct dm_error *err)
{
    struct dm_value begun;
    struct dm_value *item = arena_new(arena, sizeof *item);
    if (!item)
        return error_nomem(err);
    if (!old)
        DM_TRY(key_item(entry->key, arena, &begun, err));
    DM_TRY(updated(table, entry->update, old ? old : &begun, arena, item, err));
    *ret_item = item;
    return DM_OK;
}

/* What stands there afterwards. */
static enum dm_code make_item(const struct table *table,
                              const struct store_transact_entry *entry,
                              const struct dm_value *old, struct arena *arena,
                              const struct dm_value **ret_item, struct dm_error *err)
{
    switch (entry->kind) {
    case TRANSACT_PUT:
        *ret_item = entry->item;
        return DM_OK;
    case TRANSACT_UPDATE:
        return make_updated(table, entry, old, arena, ret_item, err);
    case TRANSACT_DELETE:
        *ret_item = NULL;
        return DM_OK;
    case TRANSACT_CHECK:
        *ret_item = old;
        return DM_OK;
    }
    return error_set(err, DM_E_INTERNAL, "an unknown kind of write");
}

enum dm_code write_apply(struct database *database,
                         const struct store_transact_entry *entry, struct arena *arena,
                         struct written *ret_written, struct dm_error *err)
{
    const struct table *table;
    struct key key;
    struct written written = {0};
    DM_TRY(database_table(database, entry->table, &table, err));
    DM_TRY(entry_key(table, entry, &key, err));
    DM_TRY(items_get(database, table, &key, arena, &written.old, err));
    ret_written->old = written.old;
    DM_TRY(judge(entry, written.old, err));
    DM_TRY(make_item(table, entry, written.old, arena, &written.item, err));

    if (entry->kind == TRANSACT_CHECK)
        written.units = capacity_write(0, written.old ? value_item_size(written.old) : 0);
    else
        DM_TRY(items_replace(database, table, written.old, written.item, &written.units,
                             err));
    *ret_written = written;
    return DM_OK;
}

/* --- a write alone --- */

static enum dm_code leads_somewhere(struct path path, const struct dm_value *item,
                                    struct arena *arena, bool *ret_leads,
                                    struct dm_error *err)
{
    struct projection projection = {&path, 1};
    struct dm_value found;
    DM_TRY(projection_apply(&projection, item, arena, &found, err));
    *ret_leads = found.as.map.count > 0;
    return DM_OK;
}

/* An attribute of which a part was updated is given whole, and once. */
static enum dm_code add_touched(const struct path *path, const struct dm_value *item,
                                struct arena *arena, struct dm_value *touched,
                                struct dm_error *err)
{
    bool leads = false;
    struct dm_str name = path->steps[0].name;
    DM_TRY(leads_somewhere(*path, item, arena, &leads, err));
    if (leads && !value_member(touched, name))
        touched->as.map.at[touched->as.map.count++] =
            (struct value_member){name, *value_member(item, name)};
    return DM_OK;
}

static enum dm_code touched(const struct update *update, const struct dm_value *item,
                            struct arena *arena, const struct dm_value **ret_item,
                            struct dm_error *err)
{
    if (!has_actions(update) || !item)
        return DM_OK;
    struct dm_value *result = arena_new(arena, sizeof *result);
    struct value_member *members = arena_new(arena, update->count * sizeof *members);
    if (!result || !members)
        return error_nomem(err);
    *result = (struct dm_value){.type = DM_M, .as.map.at = members};
    for (size_t i = 0; i < update->count; i++)
        DM_TRY(add_touched(&update->actions[i].path, item, arena, result, err));
    if (result->as.map.count)
        *ret_item = result;
    return DM_OK;
}

static enum dm_code attributes(const struct writes *writes, const struct written *written,
                               struct arena *arena, const struct dm_value **ret_item,
                               struct dm_error *err)
{
    const struct update *update = writes->entries->update;
    switch (writes->returns) {
    case RETURN_NONE:
        return DM_OK;
    case RETURN_ALL_OLD:
        *ret_item = written->old;
        return DM_OK;
    case RETURN_ALL_NEW:
        *ret_item = written->item;
        return DM_OK;
    case RETURN_UPDATED_OLD:
        return touched(update, written->old, arena, ret_item, err);
    case RETURN_UPDATED_NEW:
        return touched(update, written->item, arena, ret_item, err);
    }
    return DM_OK;
}

static enum dm_code perform(struct database *database, const void *request,
                            struct arena *arena, struct store_result *ret_result,
                            struct dm_error *err)
{
    const struct writes *writes = request;
    struct written written = {0};
    enum dm_code code = write_apply(database, writes->entries, arena, &written, err);
    if (code == DM_E_CONDITION && writes->return_present)
        ret_result->item = written.old;
    if (code)
        return code;
    ret_result->consumed_capacity = written.units;
    return attributes(writes, &written, arena, &ret_result->item, err);
}

static const struct writes *copy_writes(struct copy *copy, const struct writes *writes)
{
    struct writes *result = arena_new(copy->arena, sizeof *result);
    copy->failed = !result;
    if (!result)
        return NULL;
    *result = *writes;
    result->entries = copy_entries(copy, writes->entries, writes->count);
    result->token = copy_str(copy, writes->token);
    return result;
}

enum dm_code write_start(struct dm_store *store, const struct store_base *base,
                         const struct writes *writes, perform_fn perform_writes,
                         store_done_fn done, void *ctx, struct store_call **ret_call,
                         struct dm_error *err)
{
    DM_AUTO(job) *job = NULL;
    for (size_t i = 0; i < writes->count; i++)
        DM_TRY(check(&writes->entries[i], err));
    DM_TRY(job_new(store, base, done, ctx, &job, err));
    struct copy copy = {.arena = job_arena(job)};
    const struct writes *request = copy_writes(&copy, writes);
    DM_TRY(copy_check(&copy, err));
    return job_start(DM_TAKE(job), perform_writes, request, ret_call, err);
}

static enum dm_code start(struct dm_store *store, const struct store_base *base,
                          const struct store_transact_entry *entry,
                          enum store_return returns, bool return_present,
                          store_done_fn done, void *ctx, struct store_call **ret_call,
                          struct dm_error *err)
{
    struct writes writes = {.entries = entry,
                            .count = 1,
                            .returns = returns,
                            .return_present = return_present};
    return write_start(store, base, &writes, perform, done, ctx, ret_call, err);
}

enum dm_code sqlite_put(struct dm_store *store, const struct store_put *request,
                        store_done_fn done, void *ctx, struct store_call **ret_call,
                        struct dm_error *err)
{
    struct store_transact_entry entry = {
        .kind = TRANSACT_PUT,
        .table = request->table,
        .item = request->item,
        .condition = request->condition,
    };
    return start(store, &request->base, &entry,
                 request->return_old ? RETURN_ALL_OLD : RETURN_NONE,
                 request->return_present, done, ctx, ret_call, err);
}

enum dm_code sqlite_update(struct dm_store *store, const struct store_update *request,
                           store_done_fn done, void *ctx, struct store_call **ret_call,
                           struct dm_error *err)
{
    struct store_transact_entry entry = {
        .kind = TRANSACT_UPDATE,
        .table = request->table,
        .key = request->key,
        .update = request->update,
        .condition = request->condition,
    };
    return start(store, &request->base, &entry, request->return_values,
                 request->return_present, done, ctx, ret_call, err);
}

enum dm_code sqlite_delete(struct dm_store *store, const struct store_delete *request,
                           store_done_fn done, void *ctx, struct store_call **ret_call,
                           struct dm_error *err)
{
    struct store_transact_entry entry = {
        .kind = TRANSACT_DELETE,
        .table = request->table,
        .key = request->key,
        .condition = request->condition,
    };
    return start(store, &request->base, &entry,
                 request->return_old ? RETURN_ALL_OLD : RETURN_NONE,
                 request->return_present, done, ctx, ret_call, err);
}
