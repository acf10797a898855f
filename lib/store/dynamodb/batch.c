/* BatchGetItem and BatchWriteItem, of one table
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html,
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html).
 */
#include "base/error.h"
#include "base/str.h"
#include "store/dynamodb/operation.h"

/* {"TABLE":…}: the value of the one table there is; nothing when there is none. */
static enum dm_code read_table(struct reply *reply, read_reply_element_fn read,
                               struct dm_error *err)
{
    DM_TRY(reader_object_begin(&reply->reader, err));
    for (;;) {
        struct dm_str table;
        bool more;
        DM_TRY(reader_object_next(&reply->reader, &table, &more, err));
        if (!more)
            return DM_OK;
        DM_TRY(read(reply, reply->result, err));
    }
}

/* --- BatchGetItem --- */

static enum dm_code read_found(struct reply *reply, void *ret_result,
                               struct dm_error *err)
{
    struct store_result *result = ret_result;
    struct dm_value *items;
    DM_TRY(read_reply_array(reply, sizeof *items, read_reply_item, &items,
                            &result->item_count, err));
    result->items = items;
    return DM_OK;
}

static enum dm_code read_unprocessed_keys(struct reply *reply, void *ret_result,
                                          struct dm_error *err)
{
    struct store_result *result = ret_result;
    struct key *keys;
    DM_TRY(read_reply_array(reply, sizeof *keys, read_reply_key, &keys,
                            &result->unprocessed_key_count, err));
    result->unprocessed_keys = keys;
    return DM_OK;
}

/* {"Keys":[…],"ProjectionExpression":…} */
static enum dm_code read_unread(struct reply *reply, void *ret_result,
                                struct dm_error *err)
{
    return read_reply_object(reply, STR("Keys"), read_unprocessed_keys, ret_result, NULL,
                             err);
}

static enum dm_code read_get_member(struct dm_str name, struct reply *reply,
                                    struct dm_error *err)
{
    if (str_equal(name, STR("Responses")))
        return read_table(reply, read_found, err);
    if (str_equal(name, STR("UnprocessedKeys")))
        return read_table(reply, read_unread, err);
    if (str_equal(name, STR("ConsumedCapacity")))
        return read_reply_capacity(reply, err);
    return reader_skip(&reply->reader, err);
}

enum dm_code dynamodb_batch_get(struct dm_store *store,
                                const struct store_batch_get *request, store_done_fn done,
                                void *ctx, struct store_call **ret_call,
                                struct dm_error *err)
{
    static const struct operation_kind kind = {"BatchGetItem", CLIENT_REPLY_MAX,
                                               read_get_member, NULL};
    struct body body = operation_body(store, &request->base);

    body_open(&body, "RequestItems", '{');
    body_open_table(&body, request->table, '{');
    body_open(&body, "Keys", '[');
    for (size_t i = 0; i < request->key_count; i++)
        body_key(&body, NULL, &request->keys[i]);
    body_close(&body, ']');
    if (request->consistent)
        body_bool(&body, "ConsistentRead", true);
    body_projection(&body, request->projection);
    body_placeholders(&body);
    body_close(&body, '}');
    body_close(&body, '}');
    body_ask_capacity(&body);
    return operation_send(&body, &kind, request->keys, done, ctx, ret_call, err);
}

/* --- BatchWriteItem --- */

/* One of UnprocessedItems. */
struct unwritten {
    bool put;
    struct dm_value item;
    struct key key;
};

static enum dm_code read_put(struct reply *reply, struct unwritten *entry,
                             struct dm_error *err)
{
    DM_TRY(read_reply_object(reply, STR("Item"), read_reply_item, &entry->item,
                             &entry->put, err));
    return entry->put ? DM_OK
                      : reader_fail(&reply->reader, err, "a PutRequest without Item");
}

static enum dm_code read_delete(struct reply *reply, struct unwritten *entry,
                                struct dm_error *err)
{
    bool found;
    DM_TRY(
        read_reply_object(reply, STR("Key"), read_reply_key, &entry->key, &found, err));
    return found ? DM_OK
                 : reader_fail(&reply->reader, err, "a DeleteRequest without Key");
}

/* {"PutRequest":{"Item":{…}}} or {"DeleteRequest":{"Key":{…}}} */
static enum dm_code read_unwritten(struct reply *reply, void *ret_entry,
                                   struct dm_error *err)
{
    struct unwritten *entry = ret_entry;
    struct dm_str name = {NULL, 0};
    bool more;
    *entry = (struct unwritten){.put = false};
    DM_TRY(reader_object_begin(&reply->reader, err));
    DM_TRY(reader_object_next(&reply->reader, &name, &more, err));
    if (more && str_equal(name, STR("PutRequest")))
        DM_TRY(read_put(reply, entry, err));
    else if (more && str_equal(name, STR("DeleteRequest")))
        DM_TRY(read_delete(reply, entry, err));
    else
        return reader_fail(&reply->reader, err, "expected a PutRequest or DeleteRequest");
    DM_TRY(reader_object_next(&reply->reader, &name, &more, err));
    return more ? reader_fail(&reply->reader, err, "two requests in one") : DM_OK;
}

static enum dm_code read_unprocessed_items(struct reply *reply, void *ret_result,
                                           struct dm_error *err)
{
    struct store_result *result = ret_result;
    struct unwritten *entries;
    size_t count, puts = 0, keys = 0;
    DM_TRY(
        read_reply_array(reply, sizeof *entries, read_unwritten, &entries, &count, err));
    struct dm_value *items = arena_alloc(reply->arena, (count + 1) * sizeof *items);
    struct key *deletes = arena_alloc(reply->arena, (count + 1) * sizeof *deletes);
    if (!items || !deletes)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].put)
            items[puts++] = entries[i].item;
        else
            deletes[keys++] = entries[i].key;
    }
    result->unprocessed_puts = items;
    result->unprocessed_put_count = puts;
    result->unprocessed_keys = deletes;
    result->unprocessed_key_count = keys;
    return DM_OK;
}

static enum dm_code read_write_member(struct dm_str name, struct reply *reply,
                                      struct dm_error *err)
{
    if (str_equal(name, STR("UnprocessedItems")))
        return read_table(reply, read_unprocessed_items, err);
    if (str_equal(name, STR("ConsumedCapacity")))
        return read_reply_capacity(reply, err);
    return reader_skip(&reply->reader, err);
}

static void write_put(struct body *body, const struct dm_value *item)
{
    body_open(body, NULL, '{');
    body_open(body, "PutRequest", '{');
    body_item(body, "Item", item);
    body_close(body, '}');
    body_close(body, '}');
}

static void write_delete(struct body *body, const struct key *key)
{
    body_open(body, NULL, '{');
    body_open(body, "DeleteRequest", '{');
    body_key(body, "Key", key);
    body_close(body, '}');
    body_close(body, '}');
}

enum dm_code dynamodb_batch_write(struct dm_store *store,
                                  const struct store_batch_write *request,
                                  store_done_fn done, void *ctx,
                                  struct store_call **ret_call, struct dm_error *err)
{
    static const struct operation_kind kind = {"BatchWriteItem", CLIENT_REPLY_MAX,
                                               read_write_member, NULL};
    struct body body = operation_body(store, &request->base);

    body_open(&body, "RequestItems", '{');
    body_open_table(&body, request->table, '[');
    for (size_t i = 0; i < request->put_count; i++)
        write_put(&body, &request->puts[i]);
    for (size_t i = 0; i < request->delete_count; i++)
        write_delete(&body, &request->deletes[i]);
    body_close(&body, ']');
    body_close(&body, '}');
    body_ask_capacity(&body);
    return operation_send(&body, &kind, request->delete_count ? request->deletes : NULL,
                          done, ctx, ret_call, err);
}
