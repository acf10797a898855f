/* PutItem, UpdateItem and DeleteItem
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 * and its kin). */
#include "base/str.h"
#include "store/dynamodb/operation.h"

/* Item: of an error, what stood in the way. */
static enum dm_code read_member(struct dm_str name, struct reply *reply,
                                struct dm_error *err)
{
    if (str_equal(name, STR("Attributes")) || str_equal(name, STR("Item")))
        return read_reply_new_item(reply, &reply->result->item, err);
    if (str_equal(name, STR("ConsumedCapacity")))
        return read_reply_capacity(reply, err);
    return reader_skip(&reply->reader, err);
}

static const char condition_failed[] = "ConditionalCheckFailedException";

/* The condition and what all three end with. */
static void write_rest(struct body *body, const struct condition *condition,
                       enum store_return return_values, bool return_present)
{
    static const char *const names[] = {
        [RETURN_ALL_OLD] = "ALL_OLD",
        [RETURN_ALL_NEW] = "ALL_NEW",
        [RETURN_UPDATED_OLD] = "UPDATED_OLD",
        [RETURN_UPDATED_NEW] = "UPDATED_NEW",
    };
    body_condition(body, "ConditionExpression", condition);
    body_placeholders(body);
    if (return_values != RETURN_NONE)
        body_string(body, "ReturnValues", dm_str(names[return_values]));
    if (return_present)
        body_string(body, "ReturnValuesOnConditionCheckFailure", STR("ALL_OLD"));
    body_ask_capacity(body);
}

enum dm_code dynamodb_put(struct dm_store *store, const struct store_put *request,
                          store_done_fn done, void *ctx, struct store_call **ret_call,
                          struct dm_error *err)
{
    static const struct operation_kind kind = {"PutItem", OPERATION_ITEM_REPLY_MAX,
                                               read_member, condition_failed};
    struct body body = operation_body(store, &request->base);

    body_string(&body, "TableName", request->table);
    body_item(&body, "Item", request->item);
    write_rest(&body, request->condition,
               request->return_old ? RETURN_ALL_OLD : RETURN_NONE,
               request->return_present);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}

enum dm_code dynamodb_update(struct dm_store *store, const struct store_update *request,
                             store_done_fn done, void *ctx, struct store_call **ret_call,
                             struct dm_error *err)
{
    static const struct operation_kind kind = {"UpdateItem", OPERATION_ITEM_REPLY_MAX,
                                               read_member, condition_failed};
    struct body body = operation_body(store, &request->base);

    body.once = request->once;
    body_string(&body, "TableName", request->table);
    body_key(&body, "Key", request->key);
    body_update(&body, request->update);
    write_rest(&body, request->condition, request->return_values,
               request->return_present);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}

enum dm_code dynamodb_delete(struct dm_store *store, const struct store_delete *request,
                             store_done_fn done, void *ctx, struct store_call **ret_call,
                             struct dm_error *err)
{
    static const struct operation_kind kind = {"DeleteItem", OPERATION_ITEM_REPLY_MAX,
                                               read_member, condition_failed};
    struct body body = operation_body(store, &request->base);

    body_string(&body, "TableName", request->table);
    body_key(&body, "Key", request->key);
    write_rest(&body, request->condition,
               request->return_old ? RETURN_ALL_OLD : RETURN_NONE,
               request->return_present);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}
