/* Query and Scan: a page of items each
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html,
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html). */
#include "base/str.h"
#include "store/dynamodb/operation.h"

static enum dm_code read_items(struct reply *reply, struct dm_error *err)
{
    struct dm_value *items;
    DM_TRY(read_reply_array(reply, sizeof *items, read_reply_item, &items,
                            &reply->result->item_count, err));
    reply->result->items = items;
    return DM_OK;
}

static enum dm_code read_member(struct dm_str name, struct reply *reply,
                                struct dm_error *err)
{
    if (str_equal(name, STR("Items")))
        return read_items(reply, err);
    if (str_equal(name, STR("Count")))
        return read_reply_count(reply, &reply->result->count, err);
    if (str_equal(name, STR("ScannedCount")))
        return read_reply_count(reply, &reply->result->scanned_count, err);
    if (str_equal(name, STR("LastEvaluatedKey")))
        return read_reply_new_item(reply, &reply->result->last, err);
    if (str_equal(name, STR("ConsumedCapacity")))
        return read_reply_capacity(reply, err);
    return reader_skip(&reply->reader, err);
}

/* What a Query and a Scan have in common. */
struct page {
    struct dm_str table, index;
    const struct condition *filter;
    const struct projection *projection;
    bool consistent, count_only;
    unsigned limit;
    const struct dm_value *after;
};

static void write_page(struct body *body, const struct page *page)
{
    body_string(body, "TableName", page->table);
    if (page->index.len)
        body_string(body, "IndexName", page->index);
    if (page->consistent)
        body_bool(body, "ConsistentRead", true);
    if (page->count_only)
        body_string(body, "Select", STR("COUNT"));
    if (page->limit)
        body_number(body, "Limit", page->limit);
    if (page->after)
        body_item(body, "ExclusiveStartKey", page->after);
    body_condition(body, "FilterExpression", page->filter);
    body_projection(body, page->projection);
    body_placeholders(body);
    body_ask_capacity(body);
}

void query_body(struct body *body, const struct store_query *request)
{
    struct page page = {
        .table = request->table,
        .index = request->index,
        .filter = request->filter,
        .projection = request->projection,
        .consistent = request->consistent,
        .count_only = request->count_only,
        .limit = request->limit,
        .after = request->after,
    };
    body_key_condition(body, request->keys);
    if (request->descending)
        body_bool(body, "ScanIndexForward", false);
    write_page(body, &page);
}

void scan_body(struct body *body, const struct store_scan *request)
{
    struct page page = {
        .table = request->table,
        .index = request->index,
        .filter = request->filter,
        .projection = request->projection,
        .consistent = request->consistent,
        .count_only = request->count_only,
        .limit = request->limit,
        .after = request->after,
    };
    if (request->total_segments) {
        body_number(body, "Segment", request->segment);
        body_number(body, "TotalSegments", request->total_segments);
    }
    write_page(body, &page);
}

enum dm_code dynamodb_query(struct dm_store *store, const struct store_query *request,
                            store_done_fn done, void *ctx, struct store_call **ret_call,
                            struct dm_error *err)
{
    static const struct operation_kind kind = {"Query", CLIENT_REPLY_MAX, read_member,
                                               NULL};
    struct body body = operation_body(store, &request->base);
    query_body(&body, request);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}

enum dm_code dynamodb_scan(struct dm_store *store, const struct store_scan *request,
                           store_done_fn done, void *ctx, struct store_call **ret_call,
                           struct dm_error *err)
{
    static const struct operation_kind kind = {"Scan", CLIENT_REPLY_MAX, read_member,
                                               NULL};
    struct body body = operation_body(store, &request->base);
    scan_body(&body, request);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}
