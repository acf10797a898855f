/* Objects that are found by a hash of what they are: chains, as many as there are
 * objects. The map owns none of them. */
#ifndef DYNAMOD_BASE_HASH_MAP_H
#define DYNAMOD_BASE_HASH_MAP_H

#include <stdint.h>

#include "base/macros.h"

/* Embedded in what is found. */
struct hash_node {
    struct hash_node *next;
    uint64_t hash;
};

/* Embedded; all zero is empty. */
struct hash_map {
    struct hash_node **chains;
    size_t chain_count; /* 0, or a power of two */
    size_t count;
};

/* The objects that are in it are in none afterwards. */
void hash_map_done(struct hash_map *map);

/* False: out of memory. Others of the same hash may be there. */
DM_MUST_USE bool hash_map_add(struct hash_map *map, struct hash_node *node,
                              uint64_t hash);

/* The node is in the map. */
void hash_map_remove(struct hash_map *map, struct hash_node *node);

/* One of that hash, and the next of the same; NULL: there is none. */
struct hash_node *hash_map_first(const struct hash_map *map, uint64_t hash);
struct hash_node *hash_map_next(const struct hash_node *node);

#endif
