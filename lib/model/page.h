/* A page of items, with the arena that they live in. */
#ifndef DYNAMOD_MODEL_PAGE_H
#define DYNAMOD_MODEL_PAGE_H

#include "base/arena.h"
#include "value/attribute.h"

/* 1 MB of items of the smallest attributes, as a tree. */
enum { PAGE_ARENA_MAX = 64 * 1024 * 1024 };

struct dm_page {
    struct arena arena;
    const struct dm_value *items; /* array of M; NULL: the page only counts */
    size_t item_count;
    size_t count;                  /* of what was counted */
    struct dm_str next;            /* the token; len 0: the end */
    struct attributes *attributes; /* how items are seen; NULL: as they are stored */
};

/* An empty page, or NULL. dm_page_free it. Takes a reference to the attributes unless all
 * are seen as they are stored. */
struct dm_page *page_new(struct attributes *attributes);
DM_AUTO_DEFINE(dm_page, dm_page_free)

#endif
