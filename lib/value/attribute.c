/* Declared attributes: how they are kept together, stored and shown. */
#include "value/attribute.h"

#include <stdio.h>

#include "base/error.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/str.h"
#include "value/decimal.h"
#include "value/quote.h"

/* What one model may declare. */
enum { ATTRIBUTES_MAX = 16 * 1024 * 1024 };

/* The kinds that have a name of their own in the configuration. */
static const struct {
    const char *name;
    enum dm_type type;
} kinds[] = {
    [ATTRIBUTE_UTC_DATETIME] = {"utc_datetime", DM_S},
    [ATTRIBUTE_JSON] = {"json", DM_S},
    [ATTRIBUTE_TTL] = {"ttl", DM_N},
    [ATTRIBUTE_VERSION] = {"version", DM_N},
};

/* --- a model's attributes --- */

static bool has_template(const struct attribute *attribute)
{
    return attribute->prefix.len || attribute->suffix.len;
}

bool attribute_is_as_stored(const struct attribute *attribute)
{
    return !has_template(attribute) && (attribute->kind == ATTRIBUTE_AS_STORED ||
                                        attribute->kind == ATTRIBUTE_VERSION);
}

static bool copy_text(struct arena *arena, struct dm_str *text)
{
    *text = arena_str(arena, *text);
    return text->ptr;
}

static bool copy_all(struct attributes *attributes, const struct attribute *at,
                     size_t count)
{
    struct arena *arena = &attributes->arena;
    attributes->at = arena_new(arena, (count + !count) * sizeof *attributes->at);
    if (!attributes->at)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct attribute *copy = &attributes->at[i];
        *copy = at[i];
        if (!copy_text(arena, &copy->name) || !copy_text(arena, &copy->prefix) ||
            !copy_text(arena, &copy->suffix))
            return false;
    }
    attributes->count = count;
    return true;
}

static const struct attribute *first_of_kind(const struct attributes *attributes,
                                             enum attribute_kind kind)
{
    for (size_t i = 0; i < attributes->count; i++)
        if (attributes->at[i].kind == kind)
            return &attributes->at[i];
    return NULL;
}

enum dm_code attributes_new(const struct attribute *at, size_t count,
                            struct attributes **ret_attributes, struct dm_error *err)
{
    DM_AUTO(attributes) *attributes = mem_new(sizeof *attributes);
    if (!attributes)
        return error_nomem(err);
    atomic_init(&attributes->references, 1);
    arena_init(&attributes->arena, ATTRIBUTES_MAX);
    if (!copy_all(attributes, at, count))
        return error_nomem(err);

    attributes->ttl = first_of_kind(attributes, ATTRIBUTE_TTL);
    attributes->version = first_of_kind(attributes, ATTRIBUTE_VERSION);
    attributes->as_stored = true;
    for (size_t i = 0; i < count; i++)
        attributes->as_stored &= attribute_is_as_stored(&attributes->at[i]);
    *ret_attributes = DM_TAKE(attributes);
    return DM_OK;
}

struct attributes *attributes_ref(struct attributes *attributes)
{
    atomic_fetch_add(&attributes->references, 1);
    return attributes;
}

void attributes_unref(struct attributes *attributes)
{
    if (!attributes || atomic_fetch_sub(&attributes->references, 1) != 1)
        return;
    arena_done(&attributes->arena);
    mem_free(attributes);
}

enum dm_code attributes_hide(struct attributes *attributes, const struct dm_str *names,
                             size_t count, struct dm_error *err)
{
    struct dm_str *hidden =
        arena_alloc(&attributes->arena, (count + !count) * sizeof *hidden);
    if (!hidden)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        hidden[i] = arena_str(&attributes->arena, names[i]);
        if (!hidden[i].ptr)
            return error_nomem(err);
    }
    attributes->hidden = hidden;
    attributes->hidden_count = count;
    return DM_OK;
}

bool attributes_hides(const struct attributes *attributes, struct dm_str name)
{
    for (size_t i = 0; attributes && i < attributes->hidden_count; i++)
        if (str_equal(attributes->hidden[i], name))
            return true;
    return false;
}

const struct attribute *attributes_find(const struct attributes *attributes,
                                        struct dm_str name)
{
    for (size_t i = 0; attributes && i < attributes->count; i++)
        if (str_equal(attributes->at[i].name, name))
            return &attributes->at[i];
    return NULL;
}

/* --- their types --- */

bool attribute_type_from_name(struct dm_str name, enum dm_type *ret_type,
                              enum attribute_kind *ret_kind)
{
    for (size_t i = ATTRIBUTE_UTC_DATETIME; i < DM_COUNT(kinds); i++) {
        if (str_equal(name, dm_str(kinds[i].name))) {
            *ret_type = kinds[i].type;
            *ret_kind = (enum attribute_kind)i;
            return true;
        }
    }
    if (!type_from_name(name, ret_type))
        return false;
    *ret_kind = ATTRIBUTE_AS_STORED;
    return true;
}

const char *attribute_type_name(const struct attribute *attribute)
{
    return attribute->kind == ATTRIBUTE_AS_STORED ? type_name(attribute->type)
                                                  : kinds[attribute->kind].name;
}

bool attribute_can_be_key(const struct attribute *attribute)
{
    return attribute->type <= DM_B && attribute->kind != ATTRIBUTE_JSON;
}

/* --- what clients see --- */

/* "2024-01-02T03:04:05.000006+0000" and nothing else, so that what is seen can be turned
 * back into what is stored. */
static bool show_datetime(struct dm_str text, struct dm_buf *out)
{
    struct instant instant;
    if (text.len != strlen("2024-01-02T03:04:05.000006+0000") || text.ptr[10] != 'T' ||
        text.ptr[19] != '.' || !str_ends(text, STR("+0000")) ||
        !iso8601_read(text, &instant))
        return false;
    iso8601_write(&instant, out);
    return true;
}

/* Whole seconds from 1970 to the end of the year 9999; any other number stays one. */
static bool show_ttl(struct dm_str text, struct dm_buf *out)
{
    struct number number;
    size_t seconds;
    if (number_parse(text, &number, NULL) ||
        !str_to_size((struct dm_str){number.text, number.len}, 253402300799, &seconds))
        return false;
    iso8601_write(&(struct instant){.seconds = (int64_t)seconds}, out);
    return true;
}

bool attribute_fits(const struct attribute *attribute, const struct dm_value *stored)
{
    if (!has_template(attribute))
        return true;
    struct dm_str text = dm_value_text(stored);
    return stored->type == DM_S &&
           text.len >= attribute->prefix.len + attribute->suffix.len &&
           str_starts(text, attribute->prefix) && str_ends(text, attribute->suffix);
}

bool attribute_inside(const struct attribute *attribute, const struct dm_value *stored,
                      struct dm_str *ret_text)
{
    if (!has_template(attribute) || !attribute_fits(attribute, stored))
        return false;
    size_t around = attribute->prefix.len + attribute->suffix.len;
    *ret_text = (struct dm_str){stored->as.text.ptr + attribute->prefix.len,
                                stored->as.text.len - around};
    return true;
}

bool attribute_show(const struct attribute *attribute, const struct dm_value *stored,
                    struct dm_buf *out)
{
    if (stored->type != attribute->type)
        return false;
    if (attribute->kind == ATTRIBUTE_UTC_DATETIME)
        return show_datetime(stored->as.text, out);
    if (attribute->kind == ATTRIBUTE_TTL)
        return show_ttl(stored->as.text, out);
    struct dm_str inside;
    if (!attribute_inside(attribute, stored, &inside))
        return false;
    buf_add_str(out, inside);
    return true;
}

/* --- what is stored --- */

static enum dm_code publish(struct dm_str made, struct dm_str *ret_stored,
                            struct dm_error *err)
{
    if (!made.ptr)
        return error_nomem(err);
    *ret_stored = made;
    return DM_OK;
}

static enum dm_code read_instant(const struct attribute *attribute, struct dm_str text,
                                 const char *expected, struct instant *ret_instant,
                                 struct dm_error *err)
{
    if (iso8601_read(text, ret_instant))
        return DM_OK;
    return error_set(err, DM_E_INVALID, "attribute \"%s\" must be %s: got \"%s\"",
                     quote(attribute->name).text, expected, quote(text).text);
}

static enum dm_code store_datetime(const struct attribute *attribute, struct dm_str text,
                                   struct arena *arena, struct dm_str *ret_stored,
                                   struct dm_error *err)
{
    struct instant instant;
    DM_TRY(read_instant(attribute, text, "a date in ISO 8601, like 2024-01-02T03:04:05Z",
                        &instant, err));
    struct civil_time time = instant_civil(&instant);
    return publish(arena_printf(arena, "%04d-%02u-%02uT%02u:%02u:%02u.%06u+0000",
                                time.year, time.month, time.day, time.hour, time.minute,
                                time.second, instant.micros),
                   ret_stored, err);
}

/* A number before a date: 2024 are seconds, and no year. */
static enum dm_code store_ttl(const struct attribute *attribute, struct dm_str text,
                              struct arena *arena, struct dm_str *ret_stored,
                              struct dm_error *err)
{
    struct number number;
    struct instant instant;
    if (number_parse(text, &number, NULL) == DM_OK)
        return publish(arena_str(arena, (struct dm_str){number.text, number.len}),
                       ret_stored, err);
    DM_TRY(read_instant(attribute, text,
                        "a date in ISO 8601, like 2024-01-02T03:04:05Z, or seconds since "
                        "1970",
                        &instant, err));
    return publish(arena_printf(arena, "%lld", (long long)instant.seconds), ret_stored,
                   err);
}

/* A key may have a NUL in it, which printf would end at. */
static enum dm_code store_template(const struct attribute *attribute, struct dm_str text,
                                   struct arena *arena, struct dm_str *ret_stored,
                                   struct dm_error *err)
{
    const struct dm_str parts[] = {attribute->prefix, text, attribute->suffix};
    char *joined = arena_alloc(arena, parts[0].len + text.len + parts[2].len);
    size_t len = 0;
    if (!joined)
        return error_nomem(err);
    for (size_t i = 0; i < DM_COUNT(parts); i++) {
        if (parts[i].len)
            memcpy(joined + len, parts[i].ptr, parts[i].len);
        len += parts[i].len;
    }
    *ret_stored = (struct dm_str){joined, len};
    return DM_OK;
}

enum dm_code attribute_store(const struct attribute *attribute, struct dm_str text,
                             struct arena *arena, struct dm_str *ret_stored,
                             struct dm_error *err)
{
    if (attribute->kind == ATTRIBUTE_UTC_DATETIME)
        return store_datetime(attribute, text, arena, ret_stored, err);
    if (attribute->kind == ATTRIBUTE_TTL)
        return store_ttl(attribute, text, arena, ret_stored, err);
    if (has_template(attribute))
        return store_template(attribute, text, arena, ret_stored, err);
    *ret_stored = text;
    return DM_OK;
}

bool attributes_expired(const struct attributes *attributes, const struct dm_value *item,
                        int64_t now_s)
{
    if (!attributes || !attributes->ttl)
        return false;
    const struct dm_value *end = value_member(item, attributes->ttl->name);
    if (!end || end->type != DM_N)
        return false;
    char now[32];
    int len = snprintf(now, sizeof now, "%lld", (long long)now_s);
    return decimal_compare(end->as.text, (struct dm_str){now, (size_t)len}) <= 0;
}
