/* Keys: the schema of a table's primary key, and a key read from a request's text. */
#ifndef DYNAMOD_VALUE_KEY_H
#define DYNAMOD_VALUE_KEY_H

#include "value/value.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
enum { KEY_HASH_MAX = 2048, KEY_RANGE_MAX = 1024 };

/* One half of a key schema. Borrows its name. */
struct key_attribute {
    struct dm_str name; /* len 0: the table has no such key */
    enum dm_type type;  /* DM_S, DM_N or DM_B */
};

struct key_schema {
    struct key_attribute hash;
    struct key_attribute range;
};

bool key_schema_equal(const struct key_schema *a, const struct key_schema *b);

/* A primary key: values of types S, N (canonical) or B. Lives in the arena it was parsed
 * into. */
struct key {
    struct key_attribute hash_attribute, range_attribute;
    struct dm_value hash, range; /* range: only where range_attribute has a name */
};

/*
 * Reads the texts of a request (percent-decoded): S as it is, which must be UTF-8; N in
 * any spelling; B as base64url, padded or not. range.ptr NULL means not given.
 * DM_E_INVALID_KEY for a wrong type, empty, too long, missing or superfluous half; the
 * message names the attribute.
 */
DM_MUST_USE enum dm_code key_parse(const struct key_schema *schema, struct dm_str hash,
                                   struct dm_str range, struct arena *arena,
                                   struct key *ret_key, struct dm_error *err);

/* The key of an item (an M), whose texts it borrows; false when it has none of that
 * schema. */
bool key_of_item(const struct key_schema *schema, const struct dm_value *item,
                 struct key *ret_key);

#endif
