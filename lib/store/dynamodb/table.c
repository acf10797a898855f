/* DescribeTable and CreateTable: both answer with a table's description
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html).
 */
#include "base/str.h"
#include "store/dynamodb/description.h"
#include "store/dynamodb/operation.h"

/* A table with all its indexes and replicas. */
enum { REPLY_MAX = 1024 * 1024 };

static enum dm_code read_member(struct dm_str name, struct reply *reply,
                                struct dm_error *err)
{
    (void)reader_peek(&reply->reader);
    const char *start = reply->reader.at;
    DM_TRY(reader_skip(&reply->reader, err));
    if (!str_equal(name, STR("Table")) && !str_equal(name, STR("TableDescription")))
        return DM_OK;
    struct dm_str member = {start, (size_t)(reply->reader.at - start)};
    return description_read(member, reply->arena, reply->result, err);
}

enum dm_code dynamodb_describe(struct dm_store *store,
                               const struct store_describe *request, store_done_fn done,
                               void *ctx, struct store_call **ret_call,
                               struct dm_error *err)
{
    static const struct operation_kind kind = {"DescribeTable", REPLY_MAX, read_member,
                                               NULL};
    struct body body = operation_body(store, &request->base);
    body_string(&body, "TableName", request->table);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}

/* --- CreateTable --- */

static const struct key_schema *schema_at(const struct store_create *request, size_t i)
{
    return i == 0 ? request->schema : &request->indexes[i - 1].schema;
}

/* Key attribute number 2i and 2i + 1 are the hash and the range of schema i: the table's,
 * then the indexes'. */
static const struct key_attribute *attribute_at(const struct store_create *request,
                                                size_t number)
{
    const struct key_schema *schema = schema_at(request, number / 2);
    return number % 2 ? &schema->range : &schema->hash;
}

/* Two types under one name are DynamoDB's to refuse. */
static bool defined_before(const struct store_create *request, size_t number)
{
    const struct key_attribute *attribute = attribute_at(request, number);
    for (size_t i = 0; i < number; i++) {
        const struct key_attribute *other = attribute_at(request, i);
        if (str_equal(other->name, attribute->name) && other->type == attribute->type)
            return true;
    }
    return false;
}

static void write_definitions(struct body *body, const struct store_create *request)
{
    size_t count = 2 * (request->index_count + 1);
    body_open(body, "AttributeDefinitions", '[');
    for (size_t i = 0; i < count; i++) {
        const struct key_attribute *attribute = attribute_at(request, i);
        if (str_empty(attribute->name) || defined_before(request, i))
            continue;
        body_open(body, NULL, '{');
        body_string(body, "AttributeName", attribute->name);
        body_string(body, "AttributeType", dm_str(type_name(attribute->type)));
        body_close(body, '}');
    }
    body_close(body, ']');
}

static void write_element(struct body *body, const struct key_attribute *attribute,
                          struct dm_str role)
{
    if (str_empty(attribute->name))
        return;
    body_open(body, NULL, '{');
    body_string(body, "AttributeName", attribute->name);
    body_string(body, "KeyType", role);
    body_close(body, '}');
}

static void write_schema(struct body *body, const struct key_schema *schema)
{
    body_open(body, "KeySchema", '[');
    write_element(body, &schema->hash, STR("HASH"));
    write_element(body, &schema->range, STR("RANGE"));
    body_close(body, ']');
}

static bool is_provisioned(const struct store_create *request)
{
    return request->read_capacity_units || request->write_capacity_units;
}

static void write_throughput(struct body *body, const struct store_create *request)
{
    if (!is_provisioned(request))
        return;
    body_open(body, "ProvisionedThroughput", '{');
    body_number(body, "ReadCapacityUnits", request->read_capacity_units);
    body_number(body, "WriteCapacityUnits", request->write_capacity_units);
    body_close(body, '}');
}

static void write_projection(struct body *body, const struct store_index *index)
{
    static const char *const types[] = {
        [PROJECT_ALL] = "ALL",
        [PROJECT_KEYS_ONLY] = "KEYS_ONLY",
        [PROJECT_INCLUDE] = "INCLUDE",
    };
    body_open(body, "Projection", '{');
    body_string(body, "ProjectionType", dm_str(types[index->projection]));
    if (index->projection == PROJECT_INCLUDE) {
        body_open(body, "NonKeyAttributes", '[');
        for (size_t i = 0; i < index->included_count; i++)
            body_string(body, NULL, index->included[i]);
        body_close(body, ']');
    }
    body_close(body, '}');
}

/* A global index has throughput of its own: here the table's. */
static void write_index(struct body *body, const struct store_create *request,
                        const struct store_index *index)
{
    body_open(body, NULL, '{');
    body_string(body, "IndexName", index->name);
    write_schema(body, &index->schema);
    write_projection(body, index);
    if (index->global)
        write_throughput(body, request);
    body_close(body, '}');
}

static void write_indexes(struct body *body, const char *name,
                          const struct store_create *request, bool global)
{
    bool any = false;
    for (size_t i = 0; i < request->index_count; i++) {
        const struct store_index *index = &request->indexes[i];
        if (index->global != global)
            continue;
        if (!any)
            body_open(body, name, '[');
        any = true;
        write_index(body, request, index);
    }
    if (any)
        body_close(body, ']');
}

enum dm_code dynamodb_create(struct dm_store *store, const struct store_create *request,
                             store_done_fn done, void *ctx, struct store_call **ret_call,
                             struct dm_error *err)
{
    static const struct operation_kind kind = {"CreateTable", REPLY_MAX, read_member,
                                               NULL};
    struct body body = operation_body(store, &request->base);

    body_string(&body, "TableName", request->table);
    write_definitions(&body, request);
    write_schema(&body, request->schema);
    write_indexes(&body, "GlobalSecondaryIndexes", request, true);
    write_indexes(&body, "LocalSecondaryIndexes", request, false);
    body_string(&body, "BillingMode",
                is_provisioned(request) ? STR("PROVISIONED") : STR("PAY_PER_REQUEST"));
    write_throughput(&body, request);
    return operation_send(&body, &kind, NULL, done, ctx, ret_call, err);
}
