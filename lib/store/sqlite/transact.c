/* TransactGetItems and TransactWriteItems: all or nothing. */
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "expr/validation.h"
#include "store/capacity.h"
#include "store/sqlite/expression_check.h"
#include "store/sqlite/item_key.h"
#include "store/sqlite/items.h"
#include "store/sqlite/operation.h"
#include "store/sqlite/token.h"
#include "store/sqlite/write.h"
#include "value/item.h"
#include "value/size.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
enum { TRANSACT_MAX = 100, TRANSACT_BYTES_MAX = 4 * 1024 * 1024, TOKEN_MAX = 36 };

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 */
enum { TRANSACT_FACTOR = 2 };

static enum dm_code check_count(size_t count, struct dm_error *err)
{
    if (count == 0)
        return validation_error(
            err, "Value [] at 'transactItems' failed to satisfy constraint: Member must "
                 "have length greater than or equal to 1");
    if (count > TRANSACT_MAX)
        return validation_error(err, "Member must have length less than or equal to %d",
                                TRANSACT_MAX);
    return DM_OK;
}

static enum dm_code check_bytes(size_t bytes, struct dm_error *err)
{
    if (bytes <= TRANSACT_BYTES_MAX)
        return DM_OK;
    return validation_error(
        err, "Transaction payload size cannot exceed 4MB. Payload Size: %zu", bytes);
}

static enum dm_code check_repeated(const struct item_key *keys, size_t count,
                                   struct dm_error *err)
{
    if (!item_keys_repeat(keys, count))
        return DM_OK;
    return validation_error(
        err, "Transaction request cannot include multiple operations on one item");
}

/* --- reasons --- */

/* Why the transaction is cancelled: one an entry. */
struct reasons {
    struct arena *arena;
    struct store_reason *at;
    size_t count;
    bool cancelled;
};

static enum dm_code reasons_init(struct reasons *reasons, size_t count,
                                 struct arena *arena, struct dm_error *err)
{
    struct store_reason *at = arena_new(arena, count * sizeof *at);
    *reasons = (struct reasons){.arena = arena, .at = at, .count = count};
    return at ? DM_OK : error_nomem(err);
}

/* What an entry alone is to blame for is noted; any other failure is everyone's, and
 * returned. */
static enum dm_code reasons_note(struct reasons *reasons, size_t i, enum dm_code code,
                                 struct dm_error *err)
{
    if (code != DM_E_CONDITION && code != DM_E_VALIDATION)
        return code;
    struct dm_str message = arena_str(reasons->arena, dm_str(err->message));
    if (!message.ptr)
        return error_nomem(err);
    reasons->at[i] = (struct store_reason){code, message};
    reasons->cancelled = true;
    return DM_OK;
}

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
static const char *reason_name(enum dm_code code)
{
    switch (code) {
    case DM_OK:
        return "None";
    case DM_E_CONDITION:
        return "ConditionalCheckFailed";
    default:
        return "ValidationError";
    }
}

/* DM_OK when there is no reason. */
static enum dm_code reasons_judge(const struct reasons *reasons,
                                  struct store_result *ret_result, struct dm_error *err)
{
    if (!reasons->cancelled)
        return DM_OK;
    DM_AUTO_DONE(dm_buf) names;
    buf_init(&names, sizeof err->message);
    for (size_t i = 0; i < reasons->count; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", reason_name(reasons->at[i].code));
    error_set(err, DM_E_CONFLICT,
              "Transaction cancelled, please refer cancellation reasons for specific "
              "reasons [%.*s]",
              STR_ARG(buf_str(&names)));
    snprintf(err->upstream_type, sizeof err->upstream_type,
             "TransactionCanceledException");
    ret_result->reasons = reasons->at;
    ret_result->reason_count = reasons->count;
    return DM_E_CONFLICT;
}

/* --- TransactGetItems --- */

static enum dm_code check_get(const struct store_transact_get *request,
                              struct dm_error *err)
{
    struct item_key keys[TRANSACT_MAX];
    DM_TRY(check_count(request->count, err));
    for (size_t i = 0; i < request->count; i++) {
        DM_TRY(expression_check_projection(request->entries[i].projection, err));
        keys[i] = (struct item_key){request->entries[i].table, *request->entries[i].key};
    }
    return check_repeated(keys, request->count, err);
}

static enum dm_code get_all(struct database *database,
                            const struct store_transact_get *request,
                            struct reasons *reasons, struct dm_value *items,
                            struct store_result *result, struct dm_error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < request->count; i++) {
        struct read_item read = {0};
        enum dm_code code =
            read_item(database, &request->entries[i], reasons->arena, &read, err);
        DM_TRY(reasons_note(reasons, i, code, err));
        items[i] = read.item ? *read.item : (struct dm_value){.type = DM_M};
        bytes += read.size;
        result->consumed_capacity += TRANSACT_FACTOR * capacity_read(read.size, true);
    }
    return check_bytes(bytes, err);
}

static enum dm_code transact_get(struct database *database, const void *of,
                                 struct arena *arena, struct store_result *ret_result,
                                 struct dm_error *err)
{
    const struct store_transact_get *request = of;
    struct reasons reasons;
    struct dm_value *items = arena_new(arena, request->count * sizeof *items);
    if (!items)
        return error_nomem(err);
    DM_TRY(reasons_init(&reasons, request->count, arena, err));
    DM_TRY(get_all(database, request, &reasons, items, ret_result, err));
    ret_result->items = items;
    ret_result->item_count = request->count;
    return reasons_judge(&reasons, ret_result, err);
}

enum dm_code sqlite_transact_get(struct dm_store *store,
                                 const struct store_transact_get *request,
                                 store_done_fn done, void *ctx,
                                 struct store_call **ret_call, struct dm_error *err)
{
    DM_TRY(check_get(request, err));
    return read_start(store, transact_get, request, sizeof *request, done, ctx, ret_call,
                      err);
}

/* --- TransactWriteItems --- */

static enum dm_code entry_key(struct database *database,
                              const struct store_transact_entry *entry,
                              struct key *ret_key, struct dm_error *err)
{
    const struct table *table;
    DM_TRY(database_table(database, entry->table, &table, err));
    if (entry->kind == TRANSACT_PUT)
        return items_key(table, entry->item, ret_key, err);
    *ret_key = *entry->key;
    return DM_OK;
}

static enum dm_code check_keys(struct database *database, const struct writes *writes,
                               struct reasons *reasons, struct dm_error *err)
{
    struct item_key keys[TRANSACT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < writes->count; i++) {
        keys[count].table = writes->entries[i].table;
        enum dm_code code =
            entry_key(database, &writes->entries[i], &keys[count].key, err);
        DM_TRY(reasons_note(reasons, i, code, err));
        count += code == DM_OK;
    }
    return check_repeated(keys, count, err);
}

static size_t size_of(const struct dm_value *item)
{
    return item ? value_item_size(item) : 0;
}

/* An item is read, changed and written; what that takes is given back at once. */
static enum dm_code apply(struct database *database,
                          const struct store_transact_entry *entry,
                          struct store_result *result, size_t *bytes,
                          struct dm_error *err)
{
    DM_AUTO_DONE(arena) scratch;
    struct written written;
    arena_init(&scratch, ITEM_ARENA_MAX);
    DM_TRY(write_apply(database, entry, &scratch, &written, err));
    result->consumed_capacity += TRANSACT_FACTOR * written.units;
    *bytes += size_of(written.item);
    return DM_OK;
}

/* No item is there twice: every entry sees what was there before the transaction. */
static enum dm_code apply_all(struct database *database, const struct writes *writes,
                              struct reasons *reasons, struct store_result *result,
                              struct dm_error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < writes->count; i++) {
        if (reasons->at[i].code)
            continue;
        enum dm_code code = apply(database, &writes->entries[i], result, &bytes, err);
        DM_TRY(reasons_note(reasons, i, code, err));
    }
    return check_bytes(bytes, err);
}

static enum dm_code write_all(struct database *database, const struct writes *writes,
                              struct arena *arena, struct store_result *ret_result,
                              struct dm_error *err)
{
    struct reasons reasons;
    DM_TRY(reasons_init(&reasons, writes->count, arena, err));
    DM_TRY(check_keys(database, writes, &reasons, err));
    DM_TRY(apply_all(database, writes, &reasons, ret_result, err));
    return reasons_judge(&reasons, ret_result, err);
}

/* Asked again, it costs the reading of its items (API_TransactWriteItems,
 * ClientRequestToken). */
static enum dm_code repeat(struct database *database, const struct writes *writes,
                           struct store_result *ret_result, struct dm_error *err)
{
    for (size_t i = 0; i < writes->count; i++) {
        DM_AUTO_DONE(arena) scratch;
        struct key key;
        struct read_item read;
        arena_init(&scratch, ITEM_ARENA_MAX);
        DM_TRY(entry_key(database, &writes->entries[i], &key, err));
        struct store_transact_get_entry entry = {writes->entries[i].table, &key, NULL};
        DM_TRY(read_item(database, &entry, &scratch, &read, err));
        ret_result->consumed_capacity += TRANSACT_FACTOR * capacity_read(read.size, true);
    }
    return DM_OK;
}

static enum dm_code transact_write(struct database *database, const void *of,
                                   struct arena *arena, struct store_result *ret_result,
                                   struct dm_error *err)
{
    const struct writes *writes = of;
    if (!writes->token.len)
        return write_all(database, writes, arena, ret_result, err);

    struct token token;
    bool known = false;
    DM_TRY(token_init(&token, writes, arena, err));
    DM_TRY(token_find(database, &token, &known, err));
    if (known)
        return repeat(database, writes, ret_result, err);
    DM_TRY(write_all(database, writes, arena, ret_result, err));
    return token_keep(database, &token, err);
}

static enum dm_code check_write(const struct store_transact_write *request,
                                struct dm_error *err)
{
    DM_TRY(check_count(request->count, err));
    if (request->token.len > TOKEN_MAX)
        return validation_error(
            err, "Value at 'clientRequestToken' failed to satisfy constraint: Member "
                 "must have length less than or equal to 36");
    for (size_t i = 0; i < request->count; i++)
        if (request->entries[i].kind == TRANSACT_CHECK && !request->entries[i].condition)
            return validation_error(
                err,
                "Value null at 'transactItems.%zu.member.conditionCheck."
                "conditionExpression' failed to satisfy constraint: Member must not be "
                "null",
                i + 1);
    return DM_OK;
}

enum dm_code sqlite_transact_write(struct dm_store *store,
                                   const struct store_transact_write *request,
                                   store_done_fn done, void *ctx,
                                   struct store_call **ret_call, struct dm_error *err)
{
    DM_TRY(check_write(request, err));
    struct writes writes = {
        .entries = request->entries,
        .count = request->count,
        .token = request->token,
        .wall_ms = clock_wall_ms(loop_clock(sqlite_of(store)->loop)),
    };
    return write_start(store, &request->base, &writes, transact_write, done, ctx,
                       ret_call, err);
}
