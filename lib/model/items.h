/* Items in the order in which they were asked for, with the arena that they live in. */
#ifndef DYNAMOD_MODEL_ITEMS_H
#define DYNAMOD_MODEL_ITEMS_H

#include "base/arena.h"
#include "value/attribute.h"

/* 32 MB of items, as trees, and what it takes to ask for them. */
enum { ITEMS_ARENA_MAX = 256 * 1024 * 1024 };

struct items_entry {
    const struct dm_value *item;   /* an M; NULL: there is none */
    struct attributes *attributes; /* how it is seen; NULL: as it is stored */
};

struct dm_items {
    struct arena arena;
    struct items_entry *at; /* in the arena */
    size_t count;
};

/* None yet; or NULL. dm_items_free it. */
struct dm_items *items_new(void);
DM_AUTO_DEFINE(dm_items, dm_items_free)

/* Room for so many, which are not there. */
DM_MUST_USE enum dm_code items_reserve(struct dm_items *items, size_t count,
                                       struct dm_error *err);

/* The item is in the arena, or NULL. Takes a reference to the attributes unless all are
 * seen as they are stored. */
void items_set(struct dm_items *items, size_t index, const struct dm_value *item,
               struct attributes *attributes);

#endif
