/* What may be a key. */
#include "store/sqlite/key_check.h"

#include "base/str.h"
#include "expr/validation.h"
#include "store/sqlite/items.h"
#include "store/sqlite/place.h"
#include "value/quote.h"
#include "value/size.h"

#define INVALID "One or more parameter values were invalid: "
#define EMPTY "The AttributeValue for a key attribute cannot contain an empty %s value. "

static const char *kind(const struct dm_value *value)
{
    return value->type == DM_B ? "binary" : "string";
}

static enum dm_code check_length(bool hash, struct dm_str text, struct dm_error *err)
{
    if (hash && text.len > KEY_HASH_MAX)
        return validation_error(err, INVALID "Size of hashkey has exceeded the maximum "
                                             "size limit of2048 bytes");
    if (!hash && text.len > KEY_RANGE_MAX)
        return validation_error(err, INVALID "Aggregated size of all range keys has "
                                             "exceeded the size limit of 1024 bytes");
    return DM_OK;
}

enum dm_code key_check_text(const struct key_schema *schema, bool hash,
                            const struct dm_value *value, struct dm_error *err)
{
    struct dm_str name = hash ? schema->hash.name : schema->range.name;
    if (str_empty(value->as.text))
        return validation_error(
            err, "One or more parameter values are not valid. " EMPTY "Key: %s",
            kind(value), quote(name).text);
    return check_length(hash, value->as.text, err);
}

enum dm_code key_check_index_text(const struct store_index *index, bool hash,
                                  const struct dm_value *value, struct dm_error *err)
{
    const struct key_attribute *key = hash ? &index->schema.hash : &index->schema.range;
    if (str_empty(value->as.text))
        return validation_error(err,
                                "One or more parameter values are not valid. A value "
                                "specified for a secondary index key is not "
                                "supported. " EMPTY "IndexName: %s, IndexKey: %s",
                                kind(value), quote(index->name).text,
                                quote(key->name).text);
    return check_length(hash, value->as.text, err);
}

/* --- of keys to be read --- */

static bool attribute_fits(const struct key_attribute *schema,
                           const struct key_attribute *attribute,
                           const struct dm_value *value)
{
    return str_equal(schema->name, attribute->name) &&
           (str_empty(schema->name) || value->type == schema->type);
}

enum dm_code key_check(const struct key_schema *schema, const struct key *key,
                       struct dm_error *err)
{
    if (!attribute_fits(&schema->hash, &key->hash_attribute, &key->hash) ||
        !attribute_fits(&schema->range, &key->range_attribute, &key->range))
        return validation_error(err,
                                "The provided key element does not match the schema");
    DM_TRY(key_check_text(schema, true, &key->hash, err));
    if (str_empty(schema->range.name))
        return DM_OK;
    return key_check_text(schema, false, &key->range, err);
}

/* --- of items to be written --- */

static enum dm_code check_type(const struct key_attribute *attribute,
                               const struct dm_value *item, struct dm_error *err)
{
    if (str_empty(attribute->name))
        return DM_OK;
    const struct dm_value *value = value_member(item, attribute->name);
    if (!value)
        return validation_error(err, INVALID "Missing the key %s in the item",
                                quote(attribute->name).text);
    if (value->type != attribute->type)
        return validation_error(
            err, INVALID "Type mismatch for key %s expected: %s actual: %s",
            quote(attribute->name).text, type_name(attribute->type),
            type_name(value->type));
    return DM_OK;
}

static enum dm_code check_index_key(const struct store_index *index, bool hash,
                                    const struct dm_value *item, struct dm_error *err)
{
    const struct key_attribute *key = hash ? &index->schema.hash : &index->schema.range;
    const struct dm_value *value = value_member(item, key->name);
    if (!value)
        return DM_OK;
    if (value->type != key->type)
        return validation_error(
            err,
            INVALID
            "Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s",
            quote(key->name).text, type_name(key->type), type_name(value->type),
            quote(index->name).text);
    return key_check_index_text(index, hash, value, err);
}

static enum dm_code check_indexes(const struct table *table, const struct dm_value *item,
                                  struct dm_error *err)
{
    for (size_t i = 0; i < table->index_count; i++) {
        DM_TRY(check_index_key(&table->indexes[i], true, item, err));
        DM_TRY(check_index_key(&table->indexes[i], false, item, err));
    }
    return DM_OK;
}

/* The codec has bounded the depth. */
static bool names_are_given(const struct dm_value *value)
{
    if (value->type == DM_L)
        for (size_t i = 0; i < value->as.list.count; i++)
            if (!names_are_given(&value->as.list.at[i]))
                return false;
    if (value->type == DM_M)
        for (size_t i = 0; i < value->as.map.count; i++)
            if (str_empty(value->as.map.at[i].name) ||
                !names_are_given(&value->as.map.at[i].value))
                return false;
    return true;
}

enum dm_code items_key(const struct table *table, const struct dm_value *item,
                       struct key *ret_key, struct dm_error *err)
{
    struct key key;
    if (!names_are_given(item))
        return validation_error(err, "Empty attribute name");
    DM_TRY(check_type(&table->schema.hash, item, err));
    DM_TRY(check_type(&table->schema.range, item, err));
    (void)place_key(&table->schema, item, &key);
    DM_TRY(key_check(&table->schema, &key, err));
    if (value_item_size(item) > ITEM_SIZE_MAX)
        return validation_error(err, "Item size has exceeded the maximum allowed size");
    DM_TRY(check_indexes(table, item, err));
    *ret_key = key;
    return DM_OK;
}
