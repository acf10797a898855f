/* GetItem
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html). */
#include "base/str.h"
#include "store/dynamodb/operation.h"

static enum dm_code read_member(struct dm_str name, struct reply *reply,
                                struct dm_error *err)
{
    if (str_equal(name, STR("Item")))
        return read_reply_new_item(reply, &reply->result->item, err);
    if (str_equal(name, STR("ConsumedCapacity")))
        return read_reply_capacity(reply, err);
    return reader_skip(&reply->reader, err);
}

void get_body(struct body *body, const struct store_get *request)
{
    body_string(body, "TableName", request->table);
    body_key(body, "Key", request->key);
    if (request->consistent)
        body_bool(body, "ConsistentRead", true);
    body_projection(body, request->projection);
    body_placeholders(body);
    body_ask_capacity(body);
}

enum dm_code dynamodb_get(struct dm_store *store, const struct store_get *request,
                          store_done_fn done, void *ctx, struct store_call **ret_call,
                          struct dm_error *err)
{
    static const struct operation_kind kind = {"GetItem", OPERATION_ITEM_REPLY_MAX,
                                               read_member, NULL};
    struct body body = operation_body(store, &request->base);
    get_body(&body, request);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}
