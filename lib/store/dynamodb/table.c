/* DescribeTable and CreateTable: both answer with a table's description. */
#include <jansson.h>

#include "base/error.h"
#include "base/str.h"
#include "codec/json_writer.h"
#include "store/dynamodb/operation.h"

/* A table with all its indexes and replicas. */
enum { REPLY_MAX = 1024 * 1024 };

static struct dm_str text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return (struct dm_str){json_string_value(value), json_string_length(value)};
}

static bool attribute_type(const json_t *table, struct dm_str name,
                           enum dm_type *ret_type)
{
    size_t i;
    json_t *definition;
    json_array_foreach(
        json_object_get(table, "AttributeDefinitions"), i,
        definition) if (str_equal(text(definition, "AttributeName"),
                                  name)) return type_from_name(text(definition,
                                                                    "AttributeType"),
                                                               ret_type) &&
        *ret_type <= DM_B;
    return false;
}

static enum dm_code read_schema(const json_t *table, struct arena *arena,
                                struct key_schema *ret_schema, struct dm_error *err)
{
    struct key_schema schema = {0};
    size_t i;
    json_t *element;
    json_array_foreach(json_object_get(table, "KeySchema"), i, element)
    {
        bool hash = str_equal(text(element, "KeyType"), STR("HASH"));
        struct key_attribute *attribute = hash ? &schema.hash : &schema.range;
        struct dm_str name = text(element, "AttributeName");
        if (!attribute_type(table, name, &attribute->type))
            return error_set(err, DM_E_INVALID, "a key without a definition");
        attribute->name = arena_str(arena, name);
        if (!attribute->name.ptr)
            return error_nomem(err);
    }
    if (!schema.hash.name.len)
        return error_set(err, DM_E_INVALID, "a table without a partition key");
    *ret_schema = schema;
    return DM_OK;
}

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
 */
static enum table_status read_status(const json_t *table)
{
    struct dm_str status = text(table, "TableStatus");
    if (str_equal(status, STR("CREATING")))
        return TABLE_NOT_YET;
    if (str_equal(status, STR("DELETING")))
        return TABLE_GOING;
    return TABLE_ACTIVE;
}

static enum dm_code read_table(struct dm_str reply, struct arena *arena,
                               struct store_result *result, struct dm_error *err)
{
    json_t *table = json_loadb(reply.ptr, reply.len, 0, NULL);
    if (!table)
        return error_set(err, DM_E_INVALID, "no JSON");
    enum dm_code code = read_schema(table, arena, &result->schema, err);
    result->status = read_status(table);
    json_decref(table);
    return code;
}

static enum dm_code read_member(struct dm_str name, struct json_reader *reader,
                                struct arena *arena, struct store_result *result,
                                struct dm_error *err)
{
    const char *start = reader->at;
    DM_TRY(reader_skip(reader, err));
    if (!str_equal(name, STR("Table")) && !str_equal(name, STR("TableDescription")))
        return DM_OK;
    struct dm_str member = {start, (size_t)(reader->at - start)};
    return read_table(member, arena, result, err);
}

enum dm_code dynamodb_describe_table(struct dm_store *store,
                                     const struct store_describe *request,
                                     store_done_fn done, void *ctx,
                                     struct store_call **ret_call, struct dm_error *err)
{
    static const struct operation_kind kind = {"DescribeTable", REPLY_MAX, read_member};
    struct dm_buf *body = operation_body(store);

    buf_add_str(body, STR("{\"TableName\":"));
    json_write_string(request->table, body);
    buf_add_char(body, '}');
    return operation_send(store, &kind, request->deadline_ms, request->arena, done, ctx,
                          ret_call, err);
}

static void write_definition(const struct key_attribute *attribute, struct dm_buf *body)
{
    buf_add_str(body, STR("{\"AttributeName\":"));
    json_write_string(attribute->name, body);
    buf_printf(body, ",\"AttributeType\":\"%s\"}", type_name(attribute->type));
}

static void write_element(const struct key_attribute *attribute, const char *role,
                          struct dm_buf *body)
{
    buf_add_str(body, STR("{\"AttributeName\":"));
    json_write_string(attribute->name, body);
    buf_printf(body, ",\"KeyType\":\"%s\"}", role);
}

static void write_schema(const struct key_schema *schema, struct dm_buf *body)
{
    bool composite = schema->range.name.len > 0;
    buf_add_str(body, STR(",\"AttributeDefinitions\":["));
    write_definition(&schema->hash, body);
    if (composite) {
        buf_add_char(body, ',');
        write_definition(&schema->range, body);
    }
    buf_add_str(body, STR("],\"KeySchema\":["));
    write_element(&schema->hash, "HASH", body);
    if (composite) {
        buf_add_char(body, ',');
        write_element(&schema->range, "RANGE", body);
    }
    buf_add_char(body, ']');
}

static void write_capacity(const struct store_create *request, struct dm_buf *body)
{
    if (!request->read_capacity_units) {
        buf_add_str(body, STR(",\"BillingMode\":\"PAY_PER_REQUEST\""));
        return;
    }
    buf_printf(body,
               ",\"BillingMode\":\"PROVISIONED\",\"ProvisionedThroughput\":"
               "{\"ReadCapacityUnits\":%u,\"WriteCapacityUnits\":%u}",
               request->read_capacity_units, request->write_capacity_units);
}

enum dm_code dynamodb_create_table(struct dm_store *store,
                                   const struct store_create *request, store_done_fn done,
                                   void *ctx, struct store_call **ret_call,
                                   struct dm_error *err)
{
    static const struct operation_kind kind = {"CreateTable", REPLY_MAX, read_member};
    struct dm_buf *body = operation_body(store);

    buf_add_str(body, STR("{\"TableName\":"));
    json_write_string(request->table, body);
    write_schema(request->schema, body);
    write_capacity(request, body);
    buf_add_char(body, '}');
    return operation_send(store, &kind, request->deadline_ms, request->arena, done, ctx,
                          ret_call, err);
}
