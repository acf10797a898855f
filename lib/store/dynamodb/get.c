/* GetItem
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html). */
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/json_writer.h"
#include "store/dynamodb/operation.h"

/* An item of 400 KB of control characters is six times that as JSON. */
enum { REPLY_MAX = 4 * 1024 * 1024 };

static enum dm_code read_member(struct dm_str name, struct json_reader *reader,
                                struct arena *arena, struct store_result *result,
                                struct dm_error *err)
{
    if (!str_equal(name, STR("Item")))
        return reader_skip(reader, err);
    struct dm_value *item = arena_new(arena, sizeof *item);
    if (!item)
        return DM_E_NOMEM;
    DM_TRY(ddb_json_read_item(reader, arena, item, err));
    result->item = item;
    return DM_OK;
}

static void write_attribute(const struct key_attribute *attribute,
                            const struct dm_value *value, struct dm_buf *body)
{
    json_write_string(attribute->name, body);
    buf_add_char(body, ':');
    ddb_json_write_value(value, body);
}

static void write_key(const struct key *key, struct dm_buf *body)
{
    buf_add_char(body, '{');
    write_attribute(&key->hash_attribute, &key->hash, body);
    if (key->range_attribute.name.len) {
        buf_add_char(body, ',');
        write_attribute(&key->range_attribute, &key->range, body);
    }
    buf_add_char(body, '}');
}

enum dm_code dynamodb_get(struct dm_store *store, const struct store_get *request,
                          store_done_fn done, void *ctx, struct store_call **ret_call,
                          struct dm_error *err)
{
    static const struct operation_kind kind = {"GetItem", REPLY_MAX, read_member};
    struct dm_buf *body = operation_body(store);

    buf_add_str(body, STR("{\"TableName\":"));
    json_write_string(request->table, body);
    buf_add_str(body, STR(",\"Key\":"));
    write_key(request->key, body);
    if (request->consistent)
        buf_add_str(body, STR(",\"ConsistentRead\":true"));
    operation_write_projection(request->projection, request->arena, body);
    buf_add_char(body, '}');
    return operation_send(store, &kind, request->deadline_ms, request->arena, done, ctx,
                          ret_call, err);
}
