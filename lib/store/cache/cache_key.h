/*
 * Under what an answer is kept: the bytes of all that the request says. They begin with
 * its group, which is what a write makes invalid together: an item, in all projections;
 * or the pages of a partition.
 */
#ifndef DYNAMOD_STORE_CACHE_CACHE_KEY_H
#define DYNAMOD_STORE_CACHE_CACHE_KEY_H

#include "base/siphash.h"
#include "store/store.h"

struct cache_key {
    struct dm_str bytes;
    size_t group_len;
    uint64_t hash; /* the group's */
    uint64_t full; /* of all bytes */
};

/* In the arena. */
DM_MUST_USE enum dm_code cache_key_of_get(const struct siphash_key *seed,
                                          const struct store_get *request,
                                          struct arena *arena, struct cache_key *ret_key,
                                          struct dm_error *err);

/* A page of an index is a group of its own. */
DM_MUST_USE enum dm_code cache_key_of_query(const struct siphash_key *seed,
                                            const struct store_query *request,
                                            struct arena *arena,
                                            struct cache_key *ret_key,
                                            struct dm_error *err);

/* The groups that a write of that item concerns: the item's (which is the key of a get of
 * all of it too), and that of its partition's pages. */
struct cache_groups {
    struct cache_key item, partition;
};
DM_MUST_USE enum dm_code cache_groups_of(const struct siphash_key *seed,
                                         const struct key *key, struct arena *arena,
                                         struct cache_groups *ret_groups,
                                         struct dm_error *err);

/* With its bytes in the arena. */
DM_MUST_USE enum dm_code cache_key_copy(const struct cache_key *key, struct arena *arena,
                                        struct cache_key *ret_copy, struct dm_error *err);

static inline struct dm_str cache_key_group(const struct cache_key *key)
{
    return (struct dm_str){key->bytes.ptr, key->group_len};
}

bool cache_key_equal(const struct cache_key *a, const struct cache_key *b);
bool cache_key_in_group(const struct cache_key *key, const struct cache_key *group);

#endif
