/* From a request's texts to a key as it is stored. */
#include "model/request_key.h"

#include "base/error.h"

/* What is empty stays so, and is refused as such. */
static enum dm_code store(const struct attributes *attributes,
                          const struct key_attribute *key, struct arena *arena,
                          struct dm_str *text, struct dm_error *err)
{
    struct dm_error why = {0};
    const struct attribute *attribute = attributes_find(attributes, key->name);
    if (!attribute || attribute->type != key->type || !text->len)
        return DM_OK;
    enum dm_code code = attribute_store(attribute, *text, arena, text, &why);
    if (code == DM_E_INVALID)
        return error_set(err, DM_E_INVALID_KEY, "%s", why.message);
    return code ? error_nomem(err) : DM_OK;
}

enum dm_code request_key_parse(const struct attributes *attributes,
                               const struct key_schema *schema, struct dm_str hash,
                               struct dm_str range, struct arena *arena,
                               struct key *ret_key, struct dm_error *err)
{
    if (attributes && !attributes->as_stored) {
        DM_TRY(store(attributes, &schema->hash, arena, &hash, err));
        DM_TRY(store(attributes, &schema->range, arena, &range, err));
    }
    return key_parse(schema, hash, range, arena, ret_key, err);
}
