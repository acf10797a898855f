/*
 * A store around a store, for one model and one loop: gets and pages of queries come out
 * of the model's cache where they can, and what is written goes past all caches of its
 * table, on all threads. Consistent reads ask the table, and refresh the cache. Equal
 * reads that the cache cannot answer become one.
 */
#ifndef DYNAMOD_STORE_CACHE_CACHED_H
#define DYNAMOD_STORE_CACHE_CACHED_H

#include "store/cache/cache.h"

/* space NULL: the model has no cache, its writes concern those of others. The cache and
 * the inner store are lent: they outlive this one. store_free it. */
DM_MUST_USE enum dm_code cached_new(struct cache *cache, struct cache_space *space,
                                    struct dm_store *inner, struct dm_loop *loop,
                                    struct dm_store **ret_store, struct dm_error *err);

#endif
