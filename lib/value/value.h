/* AttributeValue: the ten types, as a tree in an arena. */
#ifndef DYNAMOD_VALUE_VALUE_H
#define DYNAMOD_VALUE_VALUE_H

#include "base/arena.h"

/* DynamoDB refuses documents nested deeper (ServiceQuotas: "Nested attribute depth"). */
enum { VALUE_MAX_DEPTH = 32 };

/* A member of a map. Names are unique in their map; order is the order of arrival. */
struct value_member;

/*
 * Everything it points at lives in one arena. Sets hold their members as text: SS as
 * UTF-8, NS as number text, BS as bytes.
 */
struct dm_value {
    enum dm_type type;
    union {
        struct dm_str text; /* S, N, B (bytes, decoded) */
        bool boolean;       /* BOOL */
        struct {
            struct dm_value *at;
            size_t count;
        } list; /* L */
        struct {
            struct value_member *at;
            size_t count;
        } map; /* M */
        struct {
            struct dm_str *at;
            size_t count;
        } set; /* SS, NS, BS */
    } as;
};

struct value_member {
    struct dm_str name;
    struct dm_value value;
};

/* The map's member of that name, or NULL. NULL too when `map` is no M. */
const struct dm_value *value_member(const struct dm_value *map, struct dm_str name);

/* A deep copy in `arena`. DM_E_NOMEM at its ceiling. */
DM_MUST_USE enum dm_code value_copy(const struct dm_value *value, struct arena *arena,
                                    struct dm_value *ret_copy, struct dm_error *err);

/* "S", "N", … as in DynamoDB JSON. Static. */
const char *type_name(enum dm_type type);

/* The type of that name; false when there is none. */
bool type_from_name(struct dm_str name, enum dm_type *ret_type);

#endif
