/* What became of a write: whether the item is new, the item, and its key. */
#include "model/outcome.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/etag.h"

/* The longest key there is, in base64 or without its template. */
enum { KEY_TEXT_MAX = 2 * KEY_HASH_MAX };

struct dm_outcome *outcome_new(struct attributes *attributes)
{
    DM_AUTO(dm_outcome) *outcome = mem_new(sizeof *outcome);
    if (outcome)
        outcome->item = item_new(attributes);
    return outcome && outcome->item ? DM_TAKE(outcome) : NULL;
}

void dm_outcome_free(struct dm_outcome *outcome)
{
    if (!outcome)
        return;
    dm_item_free(outcome->item);
    mem_free(outcome);
}

bool dm_outcome_created(const struct dm_outcome *outcome)
{
    return outcome->created;
}

const struct dm_item *dm_outcome_item(const struct dm_outcome *outcome)
{
    return outcome->has_item ? outcome->item : NULL;
}

struct dm_str dm_outcome_hash_key(const struct dm_outcome *outcome)
{
    return outcome->hash_key;
}

struct dm_str dm_outcome_range_key(const struct dm_outcome *outcome)
{
    return outcome->range_key;
}

/* --- its key --- */

/* RFC 4648 section 5, without padding. */
static void add_base64url(struct dm_str bytes, struct dm_buf *out)
{
    base64_write(bytes, out);
    for (size_t i = 0; i < out->len; i++)
        if (out->ptr[i] == '+' || out->ptr[i] == '/')
            out->ptr[i] = out->ptr[i] == '+' ? '-' : '_';
    while (out->len && out->ptr[out->len - 1] == '=')
        out->len--;
}

static enum dm_code show(const struct attributes *attributes,
                         const struct key_attribute *half, const struct dm_value *value,
                         struct arena *arena, struct dm_str *ret_text,
                         struct dm_error *err)
{
    const struct attribute *attribute = attributes_find(attributes, half->name);
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, KEY_TEXT_MAX);
    bool is_shown = attribute && attribute_show(attribute, value, &text);
    if (!is_shown && value->type == DM_B)
        add_base64url(value->as.text, &text);
    else if (!is_shown)
        buf_add_str(&text, value->as.text);
    DM_TRY(buf_check(&text, "key", err));
    *ret_text = arena_str(arena, buf_str(&text));
    return ret_text->ptr ? DM_OK : error_nomem(err);
}

enum dm_code outcome_set_key(struct dm_outcome *outcome,
                             const struct attributes *attributes, const struct key *key,
                             struct dm_error *err)
{
    struct arena *arena = &outcome->item->arena;
    DM_TRY(show(attributes, &key->hash_attribute, &key->hash, arena, &outcome->hash_key,
                err));
    if (!key->range_attribute.name.len)
        return DM_OK;
    return show(attributes, &key->range_attribute, &key->range, arena,
                &outcome->range_key, err);
}

/* --- tags --- */

enum dm_code dm_item_etag(const struct dm_item *item, enum dm_format format,
                          char **ret_etag, struct dm_error *err)
{
    struct etag etag;
    DM_AUTO(etag_maker) *maker = NULL;
    DM_TRY(etag_maker_new(&maker, err));
    DM_TRY(etag_of_item(maker, item->attributes, &item->value,
                        format == DM_TYPED ? STR("typed") : STR("plain"), &etag, err));
    char *text = str_dup(dm_str(etag.text));
    if (!text)
        return error_nomem(err);
    *ret_etag = text;
    return DM_OK;
}
