/* Items as clients write them. */
#include "model/new_item.h"

#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_item.h"
#include "codec/plain_json.h"
#include "expr/evaluate.h"
#include "model/defaults.h"
#include "model/secret.h"
#include "value/number.h"
#include "value/quote.h"
#include "value/size.h"

/* --- the text --- */

static enum dm_code read_json(struct dm_str json, enum dm_format format,
                              struct arena *arena, struct dm_value *ret_written,
                              struct dm_error *err)
{
    struct json_reader reader;
    reader_init(&reader, json, DDB_JSON_DEPTH, arena);
    if (format == DM_TYPED)
        DM_TRY(ddb_json_read_item(&reader, arena, ret_written, err));
    else
        DM_TRY(plain_json_read(&reader, arena, ret_written, err));
    return reader_end(&reader, err);
}

enum dm_code new_item_read(struct dm_str json, enum dm_format format, struct arena *arena,
                           struct dm_value *ret_written, struct dm_error *err)
{
    struct dm_value written;
    struct dm_error why = {0};
    enum dm_code code = read_json(json, format, arena, &written, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return error_set(err, DM_E_INVALID_ITEM, "not good JSON: %s", why.message);
    *ret_written = written;
    return DM_OK;
}

enum dm_code new_item_read_key(struct dm_str json, enum dm_format format,
                               struct arena *arena, struct dm_value *ret_written,
                               struct dm_error *err)
{
    struct dm_error why = {0};
    enum dm_code code = new_item_read(json, format, arena, ret_written, &why);
    if (code == DM_E_INVALID_ITEM)
        return error_set(err, DM_E_INVALID_KEY, "%s", why.message);
    return code ? error_nomem(err) : DM_OK;
}

/* --- numbers --- */

static enum dm_code settle_number(struct dm_str *text, struct arena *arena,
                                  struct dm_error *err)
{
    struct number number;
    DM_TRY(number_parse(*text, &number, err));
    struct dm_str canonical = {number.text, number.len};
    if (!str_equal(*text, canonical))
        *text = arena_str(arena, canonical);
    return text->ptr ? DM_OK : error_nomem(err);
}

/* As DynamoDB stores them, so that what was written is what will be read. */
static enum dm_code settle_numbers(struct dm_value *value, struct arena *arena,
                                   struct dm_error *err)
{
    if (value->type == DM_N)
        return settle_number(&value->as.text, arena, err);
    for (size_t i = 0; value->type == DM_NS && i < value->as.set.count; i++)
        DM_TRY(settle_number(&value->as.set.at[i], arena, err));
    for (size_t i = 0; value->type == DM_L && i < value->as.list.count; i++)
        DM_TRY(settle_numbers(&value->as.list.at[i], arena, err));
    for (size_t i = 0; value->type == DM_M && i < value->as.map.count; i++)
        DM_TRY(settle_numbers(&value->as.map.at[i].value, arena, err));
    return DM_OK;
}

/* --- attributes --- */

static enum dm_code read_attribute(const struct new_item_place *place,
                                   const struct attribute *attribute,
                                   struct dm_value *written, struct arena *arena,
                                   struct dm_value *ret_stored, struct dm_error *err)
{
    struct dm_value stored = *written;
    if (place->format == DM_TYPED)
        DM_TRY(plain_item_check_attribute(attribute, written, err));
    else
        DM_TRY(plain_item_attribute(attribute, written, arena, &stored, err));
    DM_TRY(settle_numbers(&stored, arena, err));
    *ret_stored = stored;
    return DM_OK;
}

/* --- the key --- */

/* One half of the key: as it is declared, if so of the type that the table has. */
static enum dm_code read_half(const struct new_item_place *place,
                              const struct key_attribute *half, struct dm_value *written,
                              size_t max, struct arena *arena, struct dm_value *ret_half,
                              struct dm_error *err)
{
    struct attribute of_table = {.name = half->name, .type = half->type};
    struct dm_error why = {0};
    const struct attribute *attribute =
        attributes_find(place->model->attributes, half->name);
    if (!attribute || attribute->type != half->type)
        attribute = &of_table;
    if (written->type <= DM_B && !written->as.text.len)
        return error_set(err, DM_E_INVALID_KEY, "key \"%s\" must not be empty",
                         quote(half->name).text);
    enum dm_code code = read_attribute(place, attribute, written, arena, ret_half, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return error_set(err, DM_E_INVALID_KEY, "%s", why.message);
    if (ret_half->as.text.len > max)
        return error_set(err, DM_E_INVALID_KEY,
                         "key \"%s\" must be at most %zu bytes: got %zu",
                         quote(half->name).text, max, ret_half->as.text.len);
    return DM_OK;
}

/* What the item says of that half, and what the path says. */
static enum dm_code settle_half(const struct new_item_place *place,
                                const struct key_attribute *half,
                                const struct dm_value *of_path, size_t max,
                                struct dm_value *written, struct arena *arena,
                                struct dm_value *ret_half, struct dm_error *err)
{
    struct dm_value *member = NULL;
    for (size_t i = 0; i < written->as.map.count && !member; i++)
        if (str_equal(written->as.map.at[i].name, half->name))
            member = &written->as.map.at[i].value;
    if (!member && !of_path)
        return error_set(err, DM_E_INVALID_KEY, "key \"%s\" is missing",
                         quote(half->name).text);
    if (member)
        DM_TRY(read_half(place, half, member, max, arena, ret_half, err));
    if (member && of_path && !value_equal(ret_half, of_path))
        return error_set(err, DM_E_INVALID_KEY,
                         "key \"%s\" is \"%s\" in the item, and \"%s\" in the path",
                         quote(half->name).text, quote(ret_half->as.text).text,
                         quote(of_path->as.text).text);
    if (of_path)
        *ret_half = *of_path;
    return DM_OK;
}

static enum dm_code settle_key(const struct new_item_place *place,
                               const struct key *of_path, struct dm_value *written,
                               struct arena *arena, struct key *ret_key,
                               struct dm_error *err)
{
    const struct key_schema *schema = place->schema;
    struct key key = {.hash_attribute = schema->hash, .range_attribute = schema->range};
    DM_TRY(settle_half(place, &schema->hash, of_path ? &of_path->hash : NULL,
                       KEY_HASH_MAX, written, arena, &key.hash, err));
    if (schema->range.name.len)
        DM_TRY(settle_half(place, &schema->range, of_path ? &of_path->range : NULL,
                           KEY_RANGE_MAX, written, arena, &key.range, err));
    *ret_key = key;
    return DM_OK;
}

static bool is_key(const struct key_schema *schema, struct dm_str name)
{
    return str_equal(name, schema->hash.name) ||
           (schema->range.name.len && str_equal(name, schema->range.name));
}

enum dm_code new_item_key(const struct new_item_place *place, struct dm_value *written,
                          struct arena *arena, struct key *ret_key, struct dm_error *err)
{
    if (written->type != DM_M)
        return error_set(err, DM_E_INVALID_KEY, "a key is an object of key attributes");
    for (size_t i = 0; i < written->as.map.count; i++)
        if (!is_key(place->schema, written->as.map.at[i].name))
            return error_set(err, DM_E_INVALID_KEY, "\"%s\" is no attribute of the key",
                             quote(written->as.map.at[i].name).text);
    return settle_key(place, NULL, written, arena, ret_key, err);
}

/* --- the item --- */

/* Under a name of its own: the schema may be gone before the item. */
static enum dm_code add_half(const struct key_attribute *half,
                             const struct dm_value *value, struct arena *arena,
                             struct dm_value *item, struct dm_error *err)
{
    if (!half->name.len)
        return DM_OK;
    struct dm_str name = arena_str(arena, half->name);
    if (!name.ptr)
        return error_nomem(err);
    item->as.map.at[item->as.map.count++] = (struct value_member){name, *value};
    return DM_OK;
}

/* All but the key and the version. */
static enum dm_code add_attributes(const struct new_item_place *place,
                                   struct dm_value *written, struct arena *arena,
                                   struct new_item *item, struct dm_error *err)
{
    const struct attributes *attributes = place->model->attributes;
    for (size_t i = 0; i < written->as.map.count; i++) {
        struct value_member *member = &written->as.map.at[i];
        const struct attribute *attribute = attributes_find(attributes, member->name);
        struct dm_value stored;
        if (is_key(place->schema, member->name))
            continue;
        DM_TRY(secret_check_name(attributes, member->name, DM_E_INVALID_ITEM, err));
        DM_TRY(read_attribute(place, attribute, &member->value, arena, &stored, err));
        if (attribute && attribute->kind == ATTRIBUTE_VERSION)
            item->version = stored.as.text;
        else
            item->value.as.map.at[item->value.as.map.count++] =
                (struct value_member){member->name, stored};
    }
    return DM_OK;
}

enum dm_code new_item_too_large(struct dm_error *err)
{
    return error_set(err, DM_E_TOO_LARGE,
                     "the body holds more than an item: DynamoDB takes %d bytes",
                     NEW_ITEM_SIZE_MAX);
}

enum dm_code new_item_check_size(const struct dm_value *item, struct dm_error *err)
{
    size_t size = value_item_size(item);
    if (size <= NEW_ITEM_SIZE_MAX)
        return DM_OK;
    return error_set(err, DM_E_TOO_LARGE, "the item is %zu bytes: DynamoDB takes %d",
                     size, NEW_ITEM_SIZE_MAX);
}

enum dm_code new_item_make(const struct new_item_place *place, struct dm_value *written,
                           const struct key *key, struct arena *arena,
                           struct new_item *ret_item, struct dm_error *err)
{
    enum { KEY_AND_VERSION = 3 };
    struct new_item item = {.value.type = DM_M};
    if (written->type != DM_M)
        return error_set(err, DM_E_INVALID_ITEM, "an item is a JSON object");
    size_t most =
        written->as.map.count + dm_value_count(&place->model->defaults) + KEY_AND_VERSION;
    item.value.as.map.at = arena_alloc(arena, most * sizeof *item.value.as.map.at);
    if (!item.value.as.map.at)
        return error_nomem(err);
    DM_TRY(settle_key(place, key, written, arena, &item.key, err));
    DM_TRY(add_half(&place->schema->hash, &item.key.hash, arena, &item.value, err));
    DM_TRY(add_half(&place->schema->range, &item.key.range, arena, &item.value, err));
    DM_TRY(add_attributes(place, written, arena, &item, err));
    DM_TRY(defaults_add(place->model, &item.value, arena, err));
    DM_TRY(required_check(place->model, &item.value, err));
    DM_TRY(new_item_check_size(&item.value, err));
    *ret_item = item;
    return DM_OK;
}
