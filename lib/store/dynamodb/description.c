/* Reading TableDescription
 * (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html).
 */
#include "store/dynamodb/description.h"

#include <jansson.h>

#include "base/error.h"
#include "base/str.h"

/* A description being read. */
struct description {
    const json_t *table;
    struct arena *arena;
};

static struct dm_str text(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return (struct dm_str){json_string_value(value), json_string_length(value)};
}

static enum dm_code copy(const struct description *description, struct dm_str name,
                         struct dm_str *ret_copy, struct dm_error *err)
{
    *ret_copy = arena_str(description->arena, name);
    return ret_copy->ptr ? DM_OK : error_nomem(err);
}

static bool attribute_type(const struct description *description, struct dm_str name,
                           enum dm_type *ret_type)
{
    const json_t *definitions =
        json_object_get(description->table, "AttributeDefinitions");
    for (size_t i = 0; i < json_array_size(definitions); i++) {
        const json_t *definition = json_array_get(definitions, i);
        if (str_equal(text(definition, "AttributeName"), name))
            return type_from_name(text(definition, "AttributeType"), ret_type) &&
                   *ret_type <= DM_B;
    }
    return false;
}

/* The KeySchema of the table or of an index of it. */
static enum dm_code read_schema(const struct description *description,
                                const json_t *owner, struct key_schema *ret_schema,
                                struct dm_error *err)
{
    const json_t *elements = json_object_get(owner, "KeySchema");
    struct key_schema schema = {0};
    for (size_t i = 0; i < json_array_size(elements); i++) {
        const json_t *element = json_array_get(elements, i);
        bool hash = str_equal(text(element, "KeyType"), STR("HASH"));
        struct key_attribute *attribute = hash ? &schema.hash : &schema.range;
        struct dm_str name = text(element, "AttributeName");
        if (!attribute_type(description, name, &attribute->type))
            return error_set(err, DM_E_INVALID, "a key without a definition");
        DM_TRY(copy(description, name, &attribute->name, err));
    }
    if (!schema.hash.name.len)
        return error_set(err, DM_E_INVALID, "a table without a partition key");
    *ret_schema = schema;
    return DM_OK;
}

static bool read_projection_type(const json_t *projection,
                                 enum index_projection *ret_projection)
{
    struct dm_str type = text(projection, "ProjectionType");
    if (str_equal(type, STR("ALL")))
        *ret_projection = PROJECT_ALL;
    else if (str_equal(type, STR("KEYS_ONLY")))
        *ret_projection = PROJECT_KEYS_ONLY;
    else if (str_equal(type, STR("INCLUDE")))
        *ret_projection = PROJECT_INCLUDE;
    else
        return false;
    return true;
}

static enum dm_code read_projection(const struct description *description,
                                    const json_t *projection, struct store_index *index,
                                    struct dm_error *err)
{
    const json_t *names = json_object_get(projection, "NonKeyAttributes");
    size_t count = json_array_size(names);
    if (!read_projection_type(projection, &index->projection))
        return error_set(err, DM_E_INVALID, "an index without a projection");
    if (index->projection != PROJECT_INCLUDE)
        return DM_OK;
    struct dm_str *included =
        arena_alloc(description->arena, (count + 1) * sizeof *included);
    if (!included)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_array_get(names, i);
        struct dm_str str = {json_string_value(name), json_string_length(name)};
        DM_TRY(copy(description, str, &included[i], err));
    }
    index->included = included;
    index->included_count = count;
    return DM_OK;
}

static enum dm_code read_index(const struct description *description, const json_t *json,
                               bool global, struct store_index *ret_index,
                               struct dm_error *err)
{
    struct store_index index = {.global = global};
    DM_TRY(copy(description, text(json, "IndexName"), &index.name, err));
    DM_TRY(read_schema(description, json, &index.schema, err));
    DM_TRY(
        read_projection(description, json_object_get(json, "Projection"), &index, err));
    *ret_index = index;
    return DM_OK;
}

static enum dm_code read_indexes(const struct description *description,
                                 struct store_result *result, struct dm_error *err)
{
    const json_t *global = json_object_get(description->table, "GlobalSecondaryIndexes");
    const json_t *local = json_object_get(description->table, "LocalSecondaryIndexes");
    size_t globals = json_array_size(global), count = globals + json_array_size(local);
    struct store_index *indexes =
        arena_alloc(description->arena, (count + 1) * sizeof *indexes);
    if (!indexes)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        bool is_global = i < globals;
        const json_t *index =
            is_global ? json_array_get(global, i) : json_array_get(local, i - globals);
        DM_TRY(read_index(description, index, is_global, &indexes[i], err));
    }
    result->indexes = indexes;
    result->index_count = count;
    return DM_OK;
}

static enum table_status read_status(const struct description *description)
{
    struct dm_str status = text(description->table, "TableStatus");
    if (str_equal(status, STR("CREATING")))
        return TABLE_NOT_YET;
    if (str_equal(status, STR("DELETING")))
        return TABLE_GOING;
    return TABLE_ACTIVE;
}

static enum dm_code read_all(const struct description *description,
                             struct store_result *result, struct dm_error *err)
{
    DM_TRY(read_schema(description, description->table, &result->schema, err));
    DM_TRY(read_indexes(description, result, err));
    result->status = read_status(description);
    return DM_OK;
}

enum dm_code description_read(struct dm_str json, struct arena *arena,
                              struct store_result *result, struct dm_error *err)
{
    json_t *table = json_loadb(json.ptr, json.len, 0, NULL);
    if (!table)
        return error_set(err, DM_E_INVALID, "no JSON");
    struct description description = {table, arena};
    enum dm_code code = read_all(&description, result, err);
    json_decref(table);
    return code;
}
