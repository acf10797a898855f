/*
 * The caches of an app's models, shared by all its threads, and by a configuration of the
 * app and the one that takes its place: who keeps what of which table, and the fences
 * that the app's own writes set up before all of them. A lock is taken to add and to
 * remove one, and by a stripe of it; none by all who ask.
 */
#ifndef DYNAMOD_STORE_CACHE_CACHE_H
#define DYNAMOD_STORE_CACHE_CACHE_H

#include "store/cache/space.h"

struct cache;

/* With none of any table. The caller holds one reference. */
DM_MUST_USE enum dm_code cache_new(struct cache **ret_cache, struct dm_error *err);
struct cache *cache_ref(struct cache *cache);
void cache_unref(struct cache *cache);
DM_AUTO_DEFINE(cache, cache_unref)

/* One more for that table, as long as it is not removed. Others may write meanwhile: to a
 * table that had none before, without its knowledge. */
DM_MUST_USE enum dm_code cache_add(struct cache *cache, struct dm_str table,
                                   const struct cache_options *options,
                                   struct cache_space **ret_space, struct dm_error *err);

/* Once nobody asks it any more; its table stays. NULL: nothing. */
void cache_remove(struct cache *cache, struct cache_space *space);

const struct siphash_key *cache_seed(const struct cache *cache);

/* A table of which something is kept, or was; NULL: nothing is. It lives as long as the
 * cache. */
struct cache_table;
struct cache_table *cache_find_table(struct cache *cache, struct dm_str name);

/* Set up by writes of the group; keys share them by chance, which costs an answer that is
 * not kept. */
struct fence *cache_fence(struct cache *cache, const struct cache_key *group);

/* Set up by all writes to the table. */
struct fence *cache_table_fence(struct cache_table *table);

/* What is kept of the group goes, whoever keeps it. */
void cache_table_remove(struct cache_table *table, const struct cache_groups *groups);

#endif
