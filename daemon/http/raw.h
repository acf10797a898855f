/* raw=PATH: one attribute's bare value, for shells. */
#ifndef DYNAMOD_DAEMON_HTTP_RAW_H
#define DYNAMOD_DAEMON_HTTP_RAW_H

#include "base/buf.h"
#include "expr/path.h"
#include "value/item.h"

/* The path of a value, and what must be read to have it; in the arena. Zeroed: none. */
struct raw {
    struct path path;
    struct dm_str
        attributes_to_get; /* up to the first [index]: DynamoDB moves elements */
};

/* PROBLEM_INVALID_PARAMETER. */
DM_MUST_USE enum dm_code raw_parse(struct dm_str text, struct arena *arena,
                                   struct raw *ret_raw, struct dm_error *err);

/* PROBLEM_ATTRIBUTE_NOT_FOUND. */
DM_MUST_USE enum dm_code raw_find(const struct raw *raw, const struct dm_item *item,
                                  const struct dm_value **ret_value,
                                  struct dm_error *err);

/* Appends the value that was found, as clients see it, without anything around it. */
void raw_write(const struct raw *raw, const struct dm_item *item,
               const struct dm_value *value, struct dm_buf *out);

/* The value's Content-Type. Static. */
const char *raw_type(const struct dm_value *value);

#endif
