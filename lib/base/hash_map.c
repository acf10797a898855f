/* Maps by hash. */
#include "base/hash_map.h"

#include "base/mem.h"

enum { CHAINS_MIN = 16 };

void hash_map_done(struct hash_map *map)
{
    mem_free(map->chains);
    *map = (struct hash_map){.chains = NULL};
}

static struct hash_node **chain(const struct hash_map *map, uint64_t hash)
{
    return &map->chains[hash & (map->chain_count - 1)];
}

static void push(const struct hash_map *map, struct hash_node *node)
{
    struct hash_node **first = chain(map, node->hash);
    node->next = *first;
    *first = node;
}

static bool grow(struct hash_map *map)
{
    struct hash_map larger = {.chain_count =
                                  map->chain_count ? map->chain_count * 2 : CHAINS_MIN,
                              .count = map->count};
    larger.chains = mem_new(larger.chain_count * sizeof(struct hash_node *));
    if (!larger.chains)
        return false;
    for (size_t i = 0; i < map->chain_count; i++)
        while (map->chains[i]) {
            struct hash_node *node = map->chains[i];
            map->chains[i] = node->next;
            push(&larger, node);
        }
    mem_free(map->chains);
    *map = larger;
    return true;
}

/* Without memory for more chains those that there are become longer. */
bool hash_map_add(struct hash_map *map, struct hash_node *node, uint64_t hash)
{
    if (map->count == map->chain_count && !grow(map) && !map->chain_count)
        return false;
    node->hash = hash;
    push(map, node);
    map->count++;
    return true;
}

void hash_map_remove(struct hash_map *map, struct hash_node *node)
{
    struct hash_node **at = chain(map, node->hash);
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    map->count--;
}

static struct hash_node *find(struct hash_node *node, uint64_t hash)
{
    while (node && node->hash != hash)
        node = node->next;
    return node;
}

struct hash_node *hash_map_first(const struct hash_map *map, uint64_t hash)
{
    return map->chain_count ? find(*chain(map, hash), hash) : NULL;
}

struct hash_node *hash_map_next(const struct hash_node *node)
{
    return find(node->next, node->hash);
}
