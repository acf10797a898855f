/* Where an item stands in its table, and an entry in its index. */
#ifndef DYNAMOD_STORE_SQLITE_PLACE_H
#define DYNAMOD_STORE_SQLITE_PLACE_H

#include "store/sqlite/database.h"
#include "store/sqlite/encode.h"

/* range.len 0: the schema has none. */
struct place {
    struct encoded hash, range;
};

/* One item in one index; indexes do not demand that keys be unique. */
struct entry {
    struct place at;
    struct place item;
};

/* The values that the item (an M, or NULL) has for a schema's keys; false when one is
 * missing or of another type. */
bool place_key(const struct key_schema *schema, const struct dm_value *item,
               struct key *ret_key);

void place_of(const struct key *key, struct place *out);

bool place_equal(const struct place *a, const struct place *b);

#endif
