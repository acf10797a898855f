/* Scan (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html). */
#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/json_writer.h"
#include "store/dynamodb/operation.h"

/* A growing array in the arena; what it outgrows is freed with the arena. */
static struct dm_value *add_item(struct arena *arena, struct dm_value *items,
                                 size_t count, size_t *cap)
{
    if (count < *cap)
        return items;
    size_t wider = *cap ? *cap * 2 : 1;
    struct dm_value *grown = arena_alloc(arena, wider * sizeof *grown);
    if (grown && count)
        memcpy(grown, items, count * sizeof *grown);
    *cap = wider;
    return grown;
}

static enum dm_code read_items(struct json_reader *reader, struct arena *arena,
                               struct store_result *result, struct dm_error *err)
{
    struct dm_value *items = NULL;
    size_t count = 0, cap = 0;
    DM_TRY(reader_array_begin(reader, err));
    for (;; count++) {
        bool more;
        DM_TRY(reader_array_next(reader, &more, err));
        if (!more)
            break;
        items = add_item(arena, items, count, &cap);
        if (!items)
            return error_nomem(err);
        DM_TRY(ddb_json_read_item(reader, arena, &items[count], err));
    }
    result->items = items;
    result->item_count = count;
    return DM_OK;
}

static enum dm_code read_last(struct json_reader *reader, struct arena *arena,
                              struct store_result *result, struct dm_error *err)
{
    if (reader_peek(reader) == READER_NULL)
        return reader_null(reader, err);
    struct dm_value *last = arena_new(arena, sizeof *last);
    if (!last)
        return error_nomem(err);
    DM_TRY(ddb_json_read_item(reader, arena, last, err));
    result->last = last;
    return DM_OK;
}

static enum dm_code read_member(struct dm_str name, struct json_reader *reader,
                                struct arena *arena, struct store_result *result,
                                struct dm_error *err)
{
    if (str_equal(name, STR("Items")))
        return read_items(reader, arena, result, err);
    if (str_equal(name, STR("LastEvaluatedKey")))
        return read_last(reader, arena, result, err);
    return reader_skip(reader, err);
}

enum dm_code dynamodb_scan(struct dm_store *store, const struct store_scan *request,
                           store_done_fn done, void *ctx, struct store_call **ret_call,
                           struct dm_error *err)
{
    static const struct operation_kind kind = {"Scan", CLIENT_REPLY_MAX, read_member};
    struct dm_buf *body = operation_body(store);

    buf_add_str(body, STR("{\"TableName\":"));
    json_write_string(request->table, body);
    if (request->limit)
        buf_printf(body, ",\"Limit\":%u", request->limit);
    if (request->consistent)
        buf_add_str(body, STR(",\"ConsistentRead\":true"));
    if (request->after) {
        buf_add_str(body, STR(",\"ExclusiveStartKey\":"));
        ddb_json_write_item(request->after, body);
    }
    operation_write_projection(request->projection, request->arena, body);
    buf_add_char(body, '}');
    return operation_send(store, &kind, request->deadline_ms, request->arena, done, ctx,
                          ret_call, err);
}
