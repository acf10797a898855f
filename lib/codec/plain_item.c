/* Plain JSON in the form that the model declares. */
#include "codec/plain_item.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"
#include "codec/plain_json.h"
#include "value/number.h"
#include "value/quote.h"
#include "value/twin.h"

/* In JSON's words where it has any: it is a client that reads them. */
static const char *const words[] = {
    [DM_S] = "a string",      [DM_N] = "a number",      [DM_B] = "binary",
    [DM_BOOL] = "a boolean",  [DM_NULL] = "null",       [DM_L] = "an array",
    [DM_M] = "an object",     [DM_SS] = "a string set", [DM_NS] = "a number set",
    [DM_BS] = "a binary set",
};

static enum dm_code does_not_fit(const struct attribute *attribute, const char *expected,
                                 const struct dm_value *value, struct dm_error *err)
{
    return error_set(err, DM_E_INVALID_ITEM, "attribute \"%s\" must be %s: got %s",
                     quote(attribute->name).text, expected, words[value->type]);
}

/* --- scalars --- */

static enum dm_code read_binary(const struct attribute *attribute,
                                const struct dm_value *plain, struct arena *arena,
                                struct dm_str *ret_bytes, struct dm_error *err)
{
    enum dm_code code = DM_E_INVALID;
    if (plain->type == DM_S)
        code = base64_read(plain->as.text, arena, ret_bytes, NULL);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    return code ? does_not_fit(attribute, "a string of base64", plain, err) : DM_OK;
}

/* JSON keeps its order and its spelling of numbers; white space goes. */
static enum dm_code write_json(const struct dm_value *plain, struct arena *arena,
                               struct dm_str *ret_text, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) json;
    buf_init(&json, arena->max);
    plain_json_write(plain, &json);
    DM_TRY(buf_check(&json, "json", err));
    *ret_text = arena_str(arena, buf_str(&json));
    return ret_text->ptr ? DM_OK : error_nomem(err);
}

/* Dates, times to live, keys with a template: texts with a form of their own. */
static enum dm_code read_formed(const struct attribute *attribute,
                                const struct dm_value *plain, struct arena *arena,
                                struct dm_value *ret_stored, struct dm_error *err)
{
    bool is_ttl = attribute->kind == ATTRIBUTE_TTL;
    struct dm_error why = {0};
    if (plain->type != DM_S && !(is_ttl && plain->type == DM_N))
        return does_not_fit(
            attribute, is_ttl ? "a date in ISO 8601, or seconds since 1970" : "a string",
            plain, err);
    if (!plain->as.text.len)
        return does_not_fit(attribute, "a string that is not empty", plain, err);
    enum dm_code code =
        attribute_store(attribute, plain->as.text, arena, &ret_stored->as.text, &why);
    if (code == DM_E_INVALID)
        return error_set(err, DM_E_INVALID_ITEM, "%s", why.message);
    if (code)
        return error_nomem(err);
    return DM_OK;
}

/* --- sets --- */

static const struct {
    enum dm_type member;
    const char *expected;
} sets[] = {
    [DM_SS] = {DM_S, "an array of strings, at least one and no two equal"},
    [DM_NS] = {DM_N, "an array of numbers, at least one and no two equal"},
    [DM_BS] = {DM_S, "an array of base64 strings, at least one and no two equal"},
};

static enum dm_code read_member(const struct attribute *attribute,
                                const struct dm_value *plain, struct arena *arena,
                                struct dm_str *ret_member, struct dm_error *err)
{
    struct number number;
    if (plain->type != sets[attribute->type].member)
        return does_not_fit(attribute, sets[attribute->type].expected, plain, err);
    *ret_member = plain->as.text;
    if (attribute->type == DM_BS)
        return read_binary(attribute, plain, arena, ret_member, err);
    if (attribute->type == DM_SS)
        return DM_OK;
    if (number_parse(plain->as.text, &number, NULL))
        return does_not_fit(attribute, sets[DM_NS].expected, plain, err);
    *ret_member = arena_str(arena, (struct dm_str){number.text, number.len});
    return ret_member->ptr ? DM_OK : error_nomem(err);
}

static enum dm_code read_set(const struct attribute *attribute,
                             const struct dm_value *plain, struct arena *arena,
                             struct dm_value *ret_stored, struct dm_error *err)
{
    size_t count = plain->type == DM_L ? plain->as.list.count : 0;
    if (!count)
        return does_not_fit(attribute, sets[attribute->type].expected, plain, err);
    struct dm_str *members = arena_alloc(arena, count * sizeof *members);
    struct dm_str *sorted = arena_alloc(arena, count * sizeof *sorted);
    if (!members || !sorted)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_member(attribute, &plain->as.list.at[i], arena, &members[i], err));

    memcpy(sorted, members, count * sizeof *sorted);
    if (twin_find(sorted, count))
        return does_not_fit(attribute, sets[attribute->type].expected, plain, err);
    ret_stored->as.set.at = members;
    ret_stored->as.set.count = count;
    return DM_OK;
}

/* --- the attribute --- */

static enum dm_code read_as_declared(const struct attribute *attribute,
                                     const struct dm_value *plain, struct arena *arena,
                                     struct dm_value *ret_stored, struct dm_error *err)
{
    ret_stored->type = attribute->type;
    if (attribute->kind == ATTRIBUTE_JSON)
        return write_json(plain, arena, &ret_stored->as.text, err);
    if (!attribute_is_as_stored(attribute))
        return read_formed(attribute, plain, arena, ret_stored, err);
    if (attribute->type == DM_B)
        return read_binary(attribute, plain, arena, &ret_stored->as.text, err);
    if (attribute->type >= DM_SS)
        return read_set(attribute, plain, arena, ret_stored, err);
    if (plain->type != attribute->type)
        return does_not_fit(attribute, words[attribute->type], plain, err);
    *ret_stored = *plain;
    return DM_OK;
}

enum dm_code plain_item_attribute(const struct attribute *attribute,
                                  const struct dm_value *plain, struct arena *arena,
                                  struct dm_value *ret_stored, struct dm_error *err)
{
    struct dm_value stored = *plain;
    if (attribute)
        DM_TRY(read_as_declared(attribute, plain, arena, &stored, err));
    *ret_stored = stored;
    return DM_OK;
}

enum dm_code plain_item_read(const struct attributes *attributes,
                             const struct dm_value *plain, struct arena *arena,
                             struct dm_value *ret_item, struct dm_error *err)
{
    size_t count = plain->as.map.count;
    struct value_member *at = arena_alloc(arena, (count + 1) * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const struct value_member *member = &plain->as.map.at[i];
        at[i].name = member->name;
        DM_TRY(plain_item_attribute(attributes_find(attributes, member->name),
                                    &member->value, arena, &at[i].value, err));
    }
    *ret_item = (struct dm_value){.type = DM_M};
    ret_item->as.map.at = at;
    ret_item->as.map.count = count;
    return DM_OK;
}

/* --- what is typed already --- */

/* A date's text is the longest that is shown and looked at. */
enum { SHOWN_MAX = 64 };

static const char *form_name(const struct attribute *attribute)
{
    if (attribute->kind == ATTRIBUTE_UTC_DATETIME)
        return "2024-01-02T03:04:05.000006+0000";
    return attribute->kind == ATTRIBUTE_JSON ? "JSON" : "its template";
}

/* A date that PynamoDB would read, or a key that a request can name. */
static bool has_form(const struct attribute *attribute, const struct dm_value *stored)
{
    DM_AUTO_DONE(dm_buf) shown;
    struct dm_str inside;
    buf_init(&shown, SHOWN_MAX);
    if (attribute->kind == ATTRIBUTE_UTC_DATETIME)
        return attribute_show(attribute, stored, &shown);
    return attribute_fits(attribute, stored) &&
           (!attribute_inside(attribute, stored, &inside) || inside.len > 0);
}

static enum dm_code check_form(const struct attribute *attribute,
                               const struct dm_value *stored, struct dm_error *err)
{
    char type[64];
    enum dm_code code = DM_OK;
    snprintf(type, sizeof type, "of type %s, as the model declares it",
             type_name(attribute->type));
    if (stored->type != attribute->type)
        return does_not_fit(attribute, type, stored, err);
    if (attribute->kind == ATTRIBUTE_JSON)
        code = plain_json_check(stored->as.text);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code || !has_form(attribute, stored))
        return error_set(err, DM_E_INVALID_ITEM,
                         "attribute \"%s\" must be of the form in which it is stored (%s)"
                         ": got \"%s\"",
                         quote(attribute->name).text, form_name(attribute),
                         quote(stored->as.text).text);
    return DM_OK;
}

enum dm_code plain_item_check_attribute(const struct attribute *attribute,
                                        const struct dm_value *stored,
                                        struct dm_error *err)
{
    return attribute ? check_form(attribute, stored, err) : DM_OK;
}
