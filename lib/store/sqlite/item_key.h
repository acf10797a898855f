/* Which item a request speaks of, and whether it speaks of one twice. */
#ifndef DYNAMOD_STORE_SQLITE_ITEM_KEY_H
#define DYNAMOD_STORE_SQLITE_ITEM_KEY_H

#include "value/key.h"

/* One item of one table. Borrows. */
struct item_key {
    struct dm_str table;
    struct key key;
};

/* Numbers are compared by what they are worth. */
bool item_keys_repeat(const struct item_key *keys, size_t count);

#endif
