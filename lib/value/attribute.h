/*
 * What a model declares of its attributes: how each is stored, and how clients see it.
 * The two differ for dates, times to live, JSON and keys made by a template.
 */
#ifndef DYNAMOD_VALUE_ATTRIBUTE_H
#define DYNAMOD_VALUE_ATTRIBUTE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"
#include "value/value.h"

enum attribute_kind {
    ATTRIBUTE_AS_STORED,
    ATTRIBUTE_UTC_DATETIME, /* S, "2024-01-02T03:04:05.000006+0000" as PynamoDB has it;
                               seen as ISO 8601 with Z */
    ATTRIBUTE_JSON,         /* S that holds JSON; seen as that JSON */
    ATTRIBUTE_TTL,          /* N, seconds since 1970; seen as ISO 8601 */
    ATTRIBUTE_VERSION       /* N that counts the item's writes */
};

/* Borrows its texts from the set that it is in. */
struct attribute {
    struct dm_str name;
    enum dm_type type; /* as stored */
    enum attribute_kind kind;
    struct dm_str prefix, suffix; /* S: stored as prefix + what clients see + suffix */
};

/* A model's attributes, counted: its items refer to them and may outlive the app. */
struct attributes {
    atomic_uint references;
    struct arena arena;
    struct attribute *at;
    size_t count;
    bool as_stored;              /* none is seen otherwise than stored */
    const struct attribute *ttl; /* the first of that kind, or NULL */
    const struct attribute *version;
    struct dm_str *hidden; /* names that clients have nothing to do with */
    size_t hidden_count;
};

/* Copies all of them, in their order; no name comes twice. The caller has one reference.
 */
DM_MUST_USE enum dm_code attributes_new(const struct attribute *at, size_t count,
                                        struct attributes **ret_attributes,
                                        struct dm_error *err);
struct attributes *attributes_ref(struct attributes *attributes);
void attributes_unref(struct attributes *attributes);
DM_AUTO_DEFINE(attributes, attributes_unref)

/* Hides those names, declared or not; copied. Once, before others have the attributes. */
DM_MUST_USE enum dm_code attributes_hide(struct attributes *attributes,
                                         const struct dm_str *names, size_t count,
                                         struct dm_error *err);

/* Whether the name is hidden. attributes may be NULL: nothing is. */
bool attributes_hides(const struct attributes *attributes, struct dm_str name);

/* What is declared of that name, or NULL. attributes may be NULL: nothing is. */
const struct attribute *attributes_find(const struct attributes *attributes,
                                        struct dm_str name);

/* The type and kind that a name in the configuration stands for: "S", "utc_datetime". */
bool attribute_type_from_name(struct dm_str name, enum dm_type *ret_type,
                              enum attribute_kind *ret_kind);
const char *attribute_type_name(const struct attribute *attribute);

/* Whether a table's or an index's key may be one: S, N and B, but not JSON. */
bool attribute_can_be_key(const struct attribute *attribute);

/* Whether clients see it as it is stored: it has no form of its own and no template. */
bool attribute_is_as_stored(const struct attribute *attribute);

/*
 * What clients see of a stored S or N where it differs as text: a date, a time to live, a
 * key without its template. Appends it and returns true; false where the value is seen as
 * it is stored, because it is declared so or because it is not of the declared form.
 */
bool attribute_show(const struct attribute *attribute, const struct dm_value *stored,
                    struct dm_buf *out);

/* What the template of its key stands around, lent by the value; false where it has no
 * template, or the value does not fit it. */
bool attribute_inside(const struct attribute *attribute, const struct dm_value *stored,
                      struct dm_str *ret_text);

/* The stored text of what a client wrote: dates and times to live in ISO 8601 (times to
 * live also as a number), keys without their template. DM_E_INVALID names the attribute
 * and what it expects. Kinds without a form of their own: the text as it is. */
DM_MUST_USE enum dm_code attribute_store(const struct attribute *attribute,
                                         struct dm_str text, struct arena *arena,
                                         struct dm_str *ret_stored, struct dm_error *err);

/* Whether a text fits the attribute's template; true where it has none. */
bool attribute_fits(const struct attribute *attribute, const struct dm_value *stored);

/* Whether the item's time to live is over: an N not after now_s. False without one. */
bool attributes_expired(const struct attributes *attributes, const struct dm_value *item,
                        int64_t now_s);

#endif
