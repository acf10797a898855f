/* DynamoDB's order and equality. */
#include <stdio.h>

#include "expr/evaluate.h"
#include "expression.h"
#include "support/test.h"

enum { ARENA_MAX = 16 * 1024 * 1024, MANY = 1000 };

static struct dm_value scalar(enum dm_type type, const char *text)
{
    struct dm_value value = {.type = type};
    value.as.text = dm_str(text);
    return value;
}

TEST(compare, orders_bytes_as_unsigned_and_prefixes_first)
{
    static const char *const sorted[] = {"",  "a",    "a\x01", "ab",
                                         "b", "\x7F", "\x80",  "\xFF"};
    for (size_t i = 0; i < DM_COUNT(sorted); i++) {
        for (size_t j = 0; j < DM_COUNT(sorted); j++) {
            struct dm_value a = scalar(DM_B, sorted[i]), b = scalar(DM_B, sorted[j]);
            int order = value_compare(&a, &b);
            cr_assert_eq((order > 0) - (order < 0), (i > j) - (i < j), "%zu %zu", i, j);
        }
    }
}

/* A set of numbers 0, 1, …, spelled with `suffix`, from the back or from the front. */
static struct dm_value number_set(struct arena *arena, const char *suffix, bool backwards)
{
    struct dm_value set = {.type = DM_NS};
    set.as.set.at = arena_alloc(arena, MANY * sizeof(struct dm_str));
    set.as.set.count = MANY;
    for (size_t i = 0; i < MANY; i++)
        set.as.set.at[backwards ? MANY - 1 - i : i] =
            arena_printf(arena, "%zu%s", i, suffix);
    return set;
}

static struct dm_value string_map(struct arena *arena, bool backwards)
{
    struct dm_value map = {.type = DM_M};
    map.as.map.at = arena_alloc(arena, MANY * sizeof(struct value_member));
    map.as.map.count = MANY;
    for (size_t i = 0; i < MANY; i++) {
        struct value_member *member = &map.as.map.at[backwards ? MANY - 1 - i : i];
        member->name = arena_printf(arena, "%zu", i);
        member->value = (struct dm_value){.type = DM_S};
        member->value.as.text = member->name;
    }
    return map;
}

static void compare_many(struct arena *arena)
{
    struct dm_value a = number_set(arena, "", false), b = number_set(arena, ".0", true);
    cr_assert(value_equal(&a, &b));
    b.as.set.at[MANY / 2] = STR("1e9");
    cr_assert_not(value_equal(&a, &b));

    struct dm_value m = string_map(arena, false), n = string_map(arena, true);
    cr_assert(value_equal(&m, &n));
    n.as.map.at[7].value.as.text = STR("other");
    cr_assert_not(value_equal(&m, &n));
    n.as.map.at[7].value.as.text = n.as.map.at[7].name;
    n.as.map.at[7].name = STR("other");
    cr_assert_not(value_equal(&m, &n));
}

TEST(compare, finds_large_sets_and_maps_equal_in_any_order_even_without_memory)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    compare_many(&arena);

    struct dm_value a = number_set(&arena, "", false), b = number_set(&arena, ".0", true);
    struct dm_value m = string_map(&arena, false), n = string_map(&arena, true);
    WITH_EACH_ALLOCATION_FAILING
    {
        cr_assert(value_equal(&a, &b));
        cr_assert(value_equal(&m, &n));
    }
}
