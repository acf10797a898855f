/* From items and keys to places. */
#include "store/sqlite/place.h"

#include "base/str.h"

static bool take(const struct key_attribute *attribute, const struct dm_value *item,
                 struct dm_value *ret_value)
{
    const struct dm_value *value = value_member(item, attribute->name);
    if (!value || value->type != attribute->type)
        return false;
    *ret_value = *value;
    return true;
}

bool place_key(const struct key_schema *schema, const struct dm_value *item,
               struct key *ret_key)
{
    struct key key = {.hash_attribute = schema->hash, .range_attribute = schema->range};
    if (!item || !take(&schema->hash, item, &key.hash))
        return false;
    if (schema->range.name.len && !take(&schema->range, item, &key.range))
        return false;
    *ret_key = key;
    return true;
}

void place_of(const struct key *key, struct place *out)
{
    out->range.len = 0;
    encode_key(&key->hash, &out->hash);
    if (key->range_attribute.name.len)
        encode_key(&key->range, &out->range);
}

bool place_equal(const struct place *a, const struct place *b)
{
    return !encode_compare(&a->hash, &b->hash) && !encode_compare(&a->range, &b->range);
}
