/* TransactGetItems and TransactWriteItems
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 * and its kin). */
#include <stdio.h>
#include <sys/random.h>

#include "base/error.h"
#include "base/str.h"
#include "store/dynamodb/fault.h"
#include "store/dynamodb/operation.h"

/* --- why one was cancelled --- */

/* Null where this entry was not the cause. */
static enum dm_code read_text(struct reply *reply, struct dm_str *ret_text,
                              struct dm_error *err)
{
    if (reader_peek(&reply->reader) == READER_NULL)
        return reader_null(&reply->reader, err);
    return reader_string(&reply->reader, ret_text, err);
}

/* {"Code":"ConditionalCheckFailed","Message":"…"} */
static enum dm_code read_reason(struct reply *reply, void *ret_reason,
                                struct dm_error *err)
{
    struct store_reason *reason = ret_reason;
    struct dm_str code = STR("None");
    *reason = (struct store_reason){.message = STR("")};
    DM_TRY(reader_object_begin(&reply->reader, err));
    for (;;) {
        struct dm_str name;
        bool more;
        DM_TRY(reader_object_next(&reply->reader, &name, &more, err));
        if (!more)
            break;
        if (str_equal(name, STR("Code")))
            DM_TRY(read_text(reply, &code, err));
        else if (str_equal(name, STR("Message")))
            DM_TRY(read_text(reply, &reason->message, err));
        else
            DM_TRY(reader_skip(&reply->reader, err));
    }
    reason->code = fault_reason_code(code);
    return DM_OK;
}

static enum dm_code read_reasons(struct reply *reply, struct dm_error *err)
{
    struct store_reason *reasons;
    DM_TRY(read_reply_array(reply, sizeof *reasons, read_reason, &reasons,
                            &reply->result->reason_count, err));
    reply->result->reasons = reasons;
    return DM_OK;
}

/* --- TransactGetItems --- */

/* {"Item":{…}}, or {} where there is none. */
static enum dm_code read_response(struct reply *reply, void *ret_item,
                                  struct dm_error *err)
{
    *(struct dm_value *)ret_item = (struct dm_value){.type = DM_M};
    return read_reply_object(reply, STR("Item"), read_reply_item, ret_item, NULL, err);
}

static enum dm_code read_responses(struct reply *reply, struct dm_error *err)
{
    struct dm_value *items;
    DM_TRY(read_reply_array(reply, sizeof *items, read_response, &items,
                            &reply->result->item_count, err));
    reply->result->items = items;
    return DM_OK;
}

static enum dm_code read_member(struct dm_str name, struct reply *reply,
                                struct dm_error *err)
{
    if (str_equal(name, STR("Responses")))
        return read_responses(reply, err);
    if (str_equal(name, STR("ConsumedCapacity")))
        return read_reply_capacity(reply, err);
    if (str_equal(name, STR("CancellationReasons")))
        return read_reasons(reply, err);
    return reader_skip(&reply->reader, err);
}

static void write_get(struct body *body, const struct store_transact_get_entry *entry)
{
    body_open(body, NULL, '{');
    body_open(body, "Get", '{');
    body_string(body, "TableName", entry->table);
    body_key(body, "Key", entry->key);
    body_projection(body, entry->projection);
    body_placeholders(body);
    body_close(body, '}');
    body_close(body, '}');
}

enum dm_code dynamodb_transact_get(struct dm_store *store,
                                   const struct store_transact_get *request,
                                   store_done_fn done, void *ctx,
                                   struct store_call **ret_call, struct dm_error *err)
{
    static const struct operation_kind kind = {"TransactGetItems", CLIENT_REPLY_MAX,
                                               read_member,
                                               "TransactionCanceledException"};
    struct body body = operation_body(store, &request->base);

    body_open(&body, "TransactItems", '[');
    for (size_t i = 0; i < request->count; i++)
        write_get(&body, &request->entries[i]);
    body_close(&body, ']');
    body_ask_capacity(&body);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}

/* --- TransactWriteItems --- */

static void write_entry(struct body *body, const struct store_transact_entry *entry)
{
    static const char *const kinds[] = {
        [TRANSACT_PUT] = "Put",
        [TRANSACT_UPDATE] = "Update",
        [TRANSACT_DELETE] = "Delete",
        [TRANSACT_CHECK] = "ConditionCheck",
    };
    body_open(body, NULL, '{');
    body_open(body, kinds[entry->kind], '{');
    body_string(body, "TableName", entry->table);
    if (entry->kind == TRANSACT_PUT)
        body_item(body, "Item", entry->item);
    else
        body_key(body, "Key", entry->key);
    if (entry->kind == TRANSACT_UPDATE)
        body_update(body, entry->update);
    body_condition(body, "ConditionExpression", entry->condition);
    body_placeholders(body);
    body_close(body, '}');
    body_close(body, '}');
}

/* One of its own where the caller has none: a retry after a lost reply is then the same
 * request still. */
static enum dm_code write_token(struct body *body, struct dm_str token,
                                struct dm_error *err)
{
    unsigned long long random[2];
    char fresh[2 * sizeof random + 1];
    if (!token.len) {
        if (getrandom(random, sizeof random, 0) != sizeof random)
            return error_set(err, DM_E_INTERNAL, "no random numbers");
        snprintf(fresh, sizeof fresh, "%016llx%016llx", random[0], random[1]);
        token = dm_str(fresh);
    }
    body_string(body, "ClientRequestToken", token);
    return DM_OK;
}

enum dm_code dynamodb_transact_write(struct dm_store *store,
                                     const struct store_transact_write *request,
                                     store_done_fn done, void *ctx,
                                     struct store_call **ret_call, struct dm_error *err)
{
    static const struct operation_kind kind = {"TransactWriteItems",
                                               OPERATION_ITEM_REPLY_MAX, read_member,
                                               "TransactionCanceledException"};
    struct body body = operation_body(store, &request->base);

    DM_TRY(write_token(&body, request->token, err));
    body_open(&body, "TransactItems", '[');
    for (size_t i = 0; i < request->count; i++)
        write_entry(&body, &request->entries[i]);
    body_close(&body, ']');
    body_ask_capacity(&body);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}
