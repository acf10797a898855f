/* Maps by hash. */
#include "base/hash_map.h"

#include "support/test.h"

enum { MANY = 1000 };

static bool has(const struct hash_map *map, const struct hash_node *node, uint64_t hash)
{
    for (struct hash_node *at = hash_map_first(map, hash); at; at = hash_map_next(at))
        if (at == node)
            return true;
    return false;
}

TEST(hash_map, is_empty_at_first)
{
    struct hash_map map = {0};
    cr_assert_null(hash_map_first(&map, 0));
    hash_map_done(&map);
}

TEST(hash_map, finds_what_was_added_until_it_is_removed)
{
    struct hash_map map = {0};
    static struct hash_node nodes[MANY];
    for (uint64_t i = 0; i < MANY; i++)
        cr_assert(hash_map_add(&map, &nodes[i], i * 7));
    cr_assert_eq(map.count, MANY);
    for (uint64_t i = 0; i < MANY; i += 2)
        hash_map_remove(&map, &nodes[i]);
    cr_assert_eq(map.count, MANY / 2);
    for (uint64_t i = 0; i < MANY; i++)
        cr_assert_eq(has(&map, &nodes[i], i * 7), i % 2 == 1);
    cr_assert_null(hash_map_first(&map, 1));
    hash_map_done(&map);
}

TEST(hash_map, keeps_all_of_one_hash)
{
    struct hash_map map = {0};
    struct hash_node nodes[3];
    for (size_t i = 0; i < DM_COUNT(nodes); i++)
        cr_assert(hash_map_add(&map, &nodes[i], 5));
    hash_map_remove(&map, &nodes[1]);
    cr_assert(has(&map, &nodes[0], 5));
    cr_assert_not(has(&map, &nodes[1], 5));
    cr_assert(has(&map, &nodes[2], 5));
    hash_map_done(&map);
}

TEST(hash_map, needs_memory_for_the_first_alone)
{
    struct hash_map map = {0};
    static struct hash_node nodes[MANY];
    mem_fail_at(1);
    cr_assert_not(hash_map_add(&map, &nodes[0], 0));
    mem_fail_at(0);
    cr_assert(hash_map_add(&map, &nodes[0], 0));
    mem_fail_at(1);
    for (uint64_t i = 1; i < MANY; i++)
        cr_assert(hash_map_add(&map, &nodes[i], i));
    mem_fail_at(0);
    for (uint64_t i = 0; i < MANY; i++)
        cr_assert(has(&map, &nodes[i], i));
    hash_map_done(&map);
}
