/* An item: a map of attributes and the arena that it lives in. */
#ifndef DYNAMOD_VALUE_ITEM_H
#define DYNAMOD_VALUE_ITEM_H

#include "value/attribute.h"

/* An item is at most 400 KB; its JSON, its tree and its spare room fit in this. */
enum { ITEM_ARENA_MAX = 64 * 1024 * 1024 };

struct cache_entry;

struct dm_item {
    struct arena arena;
    struct dm_value value;         /* M */
    struct attributes *attributes; /* how it is seen; NULL: as it is stored */
    struct cache_entry *cached; /* that it is of, as it stands, held by the arena; NULL:
                                   none */
};

/* An empty item, or NULL. dm_item_free it. Takes a reference to the attributes (NULL:
 * none are declared) unless all are seen as they are stored and none is a version. */
struct dm_item *item_new(struct attributes *attributes);
DM_AUTO_DEFINE(dm_item, dm_item_free)

#endif
