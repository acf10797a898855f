/* Whether DynamoDB would make such a table. */
#include "base/str.h"
#include "expr/validation.h"
#include "store/sqlite/tables.h"
#include "value/table_name.h"

enum { KEY_NAME_MAX = 255 };

enum dm_code table_check_name(struct dm_str name, struct dm_error *err)
{
    if (table_name_valid(name))
        return DM_OK;
    return validation_error(err,
                            "Invalid table/index name.  Table/index names must be "
                            "between 3 and 255 characters long, and may contain only "
                            "the characters a-z, A-Z, 0-9, '_', '-', and '.'");
}

static enum dm_code check_attribute_name(struct dm_str name, struct dm_error *err)
{
    if (name.len >= 1 && name.len <= KEY_NAME_MAX)
        return DM_OK;
    return validation_error(err, "Names of key attributes and attributes projected into "
                                 "an index must be between 1 and 255 characters, "
                                 "inclusive");
}

static enum dm_code check_type(const struct key_attribute *attribute,
                               struct dm_error *err)
{
    if (attribute->type <= DM_B)
        return DM_OK;
    return validation_error(err, "Member must satisfy enum value set: [B, N, S]");
}

static enum dm_code check_schema(const struct key_schema *schema, struct dm_error *err)
{
    DM_TRY(check_attribute_name(schema->hash.name, err));
    DM_TRY(check_type(&schema->hash, err));
    if (str_empty(schema->range.name))
        return DM_OK;
    DM_TRY(check_attribute_name(schema->range.name, err));
    DM_TRY(check_type(&schema->range, err));
    if (str_equal(schema->hash.name, schema->range.name))
        return validation_error(err, "Two keys can not have the same name");
    return DM_OK;
}

static enum dm_code check_projection(const struct store_index *index,
                                     struct dm_error *err)
{
    if (index->projection != PROJECT_INCLUDE && index->included_count)
        return validation_error(err, "No attributes should be specified to be projected "
                                     "unless projection type is INCLUDE");
    if (index->projection == PROJECT_INCLUDE && !index->included_count)
        return validation_error(err, "If Projection type INCLUDE is specified, some "
                                     "non-key attributes to include in the projection "
                                     "must be specified as well");
    for (size_t i = 0; i < index->included_count; i++) {
        DM_TRY(check_attribute_name(index->included[i], err));
        for (size_t j = 0; j < i; j++)
            if (str_equal(index->included[i], index->included[j]))
                return validation_error(err,
                                        "Cannot have two attributes with the same name");
    }
    return DM_OK;
}

static enum dm_code check_local(const struct key_schema *table,
                                const struct key_schema *index, struct dm_error *err)
{
    if (str_empty(table->range.name))
        return validation_error(err, "Local Secondary indices are not allowed on hash "
                                     "tables, only hash and range tables");
    if (!str_equal(table->hash.name, index->hash.name))
        return validation_error(err,
                                "Local Secondary indices must have the same hash key "
                                "as the main table");
    if (str_empty(index->range.name))
        return validation_error(err, "Local secondary indices must have a range key");
    return DM_OK;
}

/* An attribute has one type, whichever keys it is part of. */
static bool types_agree(const struct key_attribute *key,
                        const struct key_attribute *other)
{
    return str_empty(key->name) || !str_equal(key->name, other->name) ||
           key->type == other->type;
}

static enum dm_code check_types(const struct key_schema *a, const struct key_schema *b,
                                struct dm_error *err)
{
    if (types_agree(&a->hash, &b->hash) && types_agree(&a->hash, &b->range) &&
        types_agree(&a->range, &b->hash) && types_agree(&a->range, &b->range))
        return DM_OK;
    return validation_error(err, "Cannot have two attributes with the same name");
}

static enum dm_code check_index(const struct store_create *request,
                                const struct store_index *index, struct dm_error *err)
{
    DM_TRY(table_check_name(index->name, err));
    DM_TRY(check_schema(&index->schema, err));
    DM_TRY(check_types(request->schema, &index->schema, err));
    if (!index->global)
        DM_TRY(check_local(request->schema, &index->schema, err));
    return check_projection(index, err);
}

static enum dm_code check_same_name(const struct store_index *a,
                                    const struct store_index *b, struct dm_error *err)
{
    if (!str_equal(a->name, b->name))
        return DM_OK;
    if (a->global != b->global)
        return validation_error(err, "Local Secondary Indices AND Global Secondary "
                                     "Indices must have different names");
    return validation_error(err, "Two %s secondary indices have the same name",
                            a->global ? "global" : "local");
}

static enum dm_code check_pair(const struct store_index *a, const struct store_index *b,
                               struct dm_error *err)
{
    DM_TRY(check_same_name(a, b, err));
    return check_types(&a->schema, &b->schema, err);
}

static enum dm_code check_capacity(const struct store_create *request,
                                   struct dm_error *err)
{
    if (!request->read_capacity_units == !request->write_capacity_units)
        return DM_OK;
    return validation_error(err, "Both ReadCapacityUnits and WriteCapacityUnits must be "
                                 "specified, or neither");
}

static enum dm_code check_counts(const struct store_create *request, struct dm_error *err)
{
    size_t global = 0, included = 0;
    for (size_t i = 0; i < request->index_count; i++) {
        global += request->indexes[i].global;
        included += request->indexes[i].included_count;
    }
    if (global > TABLE_GLOBAL_MAX)
        return validation_error(err,
                                "GlobalSecondaryIndex count exceeds the per-table limit");
    if (request->index_count - global > TABLE_LOCAL_MAX)
        return validation_error(
            err, "Cannot have more than %d local secondary indexes per table",
            TABLE_LOCAL_MAX);
    if (included > TABLE_INCLUDED_MAX)
        return validation_error(err,
                                "No more than %d attributes per table can be projected "
                                "into secondary indexes",
                                TABLE_INCLUDED_MAX);
    return DM_OK;
}

enum dm_code table_check(const struct store_create *request, struct dm_error *err)
{
    DM_TRY(table_check_name(request->table, err));
    DM_TRY(check_schema(request->schema, err));
    DM_TRY(check_counts(request, err));
    DM_TRY(check_capacity(request, err));
    for (size_t i = 0; i < request->index_count; i++) {
        DM_TRY(check_index(request, &request->indexes[i], err));
        for (size_t j = 0; j < i; j++)
            DM_TRY(check_pair(&request->indexes[i], &request->indexes[j], err));
    }
    return DM_OK;
}
