/* Keys out of a request's text. */
#include "value/key.h"

#include <assert.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "value/number.h"
#include "value/quote.h"

static const char *const expected[] = {
    [DM_S] = "a string (S)",
    [DM_N] = "a number (N)",
    [DM_B] = "base64url of binary (B)",
};

static bool attribute_equal(const struct key_attribute *a, const struct key_attribute *b)
{
    return str_equal(a->name, b->name) && (str_empty(a->name) || a->type == b->type);
}

bool key_schema_equal(const struct key_schema *a, const struct key_schema *b)
{
    return attribute_equal(&a->hash, &b->hash) && attribute_equal(&a->range, &b->range);
}

static enum dm_code wrong(const struct key_attribute *attribute, struct dm_str text,
                          const char *rule, struct dm_error *err)
{
    error_set(err, DM_E_INVALID_KEY, "key \"%s\" must be %s: got \"%s\"",
              quote(attribute->name).text, expected[attribute->type], quote(text).text);
    error_hint(err, "%s", rule);
    return DM_E_INVALID_KEY;
}

static enum dm_code read_string(const struct key_attribute *attribute, struct dm_str text,
                                struct arena *arena, struct dm_str *ret_text,
                                struct dm_error *err)
{
    if (!utf8_valid(text))
        return wrong(attribute, text, "a string is valid UTF-8", err);
    struct dm_str copy = arena_str(arena, text);
    if (!copy.ptr)
        return error_nomem(err);
    *ret_text = copy;
    return DM_OK;
}

static enum dm_code read_number(const struct key_attribute *attribute, struct dm_str text,
                                struct arena *arena, struct dm_str *ret_text,
                                struct dm_error *err)
{
    struct number number;
    struct dm_error rule = {0};
    if (number_parse(text, &number, &rule))
        return wrong(attribute, text, rule.message, err);
    struct dm_str copy = arena_str(arena, (struct dm_str){number.text, number.len});
    if (!copy.ptr)
        return error_nomem(err);
    *ret_text = copy;
    return DM_OK;
}

static enum dm_code read_binary(const struct key_attribute *attribute, struct dm_str text,
                                struct arena *arena, struct dm_str *ret_bytes,
                                struct dm_error *err)
{
    enum dm_code code = base64url_read(text, arena, ret_bytes, err);
    if (code == DM_E_INVALID)
        return wrong(attribute, text, "base64url is written in A-Z a-z 0-9 - _", err);
    return code;
}

static enum dm_code check_present(const struct key_attribute *attribute,
                                  struct dm_str text, struct dm_error *err)
{
    if (!text.ptr)
        return error_set(err, DM_E_INVALID_KEY, "key \"%s\" is missing: it must be %s",
                         quote(attribute->name).text, expected[attribute->type]);
    if (str_empty(text))
        return error_set(err, DM_E_INVALID_KEY,
                         "key \"%s\" must be %s, and not empty: got \"\"",
                         quote(attribute->name).text, expected[attribute->type]);
    return DM_OK;
}

/* N cannot be too long: a valid one is canonical by then. */
static enum dm_code check_length(const struct key_attribute *attribute, size_t len,
                                 size_t max, struct dm_error *err)
{
    if (len <= max)
        return DM_OK;
    return error_set(err, DM_E_INVALID_KEY,
                     "key \"%s\" must be %s of at most %zu bytes: got %zu",
                     quote(attribute->name).text, expected[attribute->type], max, len);
}

static enum dm_code read_half(const struct key_attribute *attribute, struct dm_str text,
                              size_t max, struct arena *arena, struct dm_value *ret_value,
                              struct dm_error *err)
{
    static enum dm_code (*const read[])(const struct key_attribute *, struct dm_str,
                                        struct arena *, struct dm_str *,
                                        struct dm_error *) = {
        [DM_S] = read_string, [DM_N] = read_number, [DM_B] = read_binary};
    assert(attribute->type <= DM_B);
    struct dm_value value = {.type = attribute->type};
    DM_TRY(check_present(attribute, text, err));
    DM_TRY(read[attribute->type](attribute, text, arena, &value.as.text, err));
    DM_TRY(check_length(attribute, value.as.text.len, max, err));
    *ret_value = value;
    return DM_OK;
}

enum dm_code key_parse(const struct key_schema *schema, struct dm_str hash,
                       struct dm_str range, struct arena *arena, struct key *ret_key,
                       struct dm_error *err)
{
    struct key key = {.hash_attribute = schema->hash, .range_attribute = schema->range};
    bool composite = !str_empty(schema->range.name);
    if (!composite && range.ptr)
        return error_set(
            err, DM_E_INVALID_KEY,
            "the table has no range key: its key is \"%s\" alone, got \"%s\"",
            quote(schema->hash.name).text, quote(range).text);

    DM_TRY(read_half(&schema->hash, hash, KEY_HASH_MAX, arena, &key.hash, err));
    if (composite)
        DM_TRY(read_half(&schema->range, range, KEY_RANGE_MAX, arena, &key.range, err));
    *ret_key = key;
    return DM_OK;
}

/* --- of an item --- */

static bool take_half(const struct key_attribute *attribute, const struct dm_value *item,
                      struct dm_value *ret_half)
{
    const struct dm_value *half = value_member(item, attribute->name);
    if (!half || half->type != attribute->type)
        return false;
    *ret_half = *half;
    return true;
}

bool key_of_item(const struct key_schema *schema, const struct dm_value *item,
                 struct key *ret_key)
{
    struct key key = {.hash_attribute = schema->hash, .range_attribute = schema->range};
    if (!take_half(&schema->hash, item, &key.hash))
        return false;
    if (schema->range.name.len && !take_half(&schema->range, item, &key.range))
        return false;
    *ret_key = key;
    return true;
}
