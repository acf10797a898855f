/* Keys in order. */
#include "model/key_order.h"

#include "support/test.h"

static const struct key_schema schema = {{{"id", 2}, DM_S}, {{"at", 2}, DM_N}};

static struct key key(const char *id, const char *at)
{
    return (struct key){.hash_attribute = schema.hash,
                        .range_attribute = schema.range,
                        .hash = {.type = DM_S, .as.text = dm_str(id)},
                        .range = {.type = DM_N, .as.text = dm_str(at)}};
}

TEST(key_order, finds_keys_and_twins)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct key_order order;
    struct key keys[] = {key("b", "1"), key("a", "10"), key("a", "9"), key("b", "1.0")};
    struct key other = key("a", "1E1"), none = key("a", "11");
    arena_init(&arena, 1 << 16);
    assert_ok(key_order_make(keys, 4, &arena, &order, &err), err);
    cr_assert_eq(order.at[0], &keys[2]);
    cr_assert_eq(order.at[1], &keys[1]);
    cr_assert_eq(key_order_twin(&order), 3);
    cr_assert_eq(key_order_find(&order, &other), &keys[1]);
    cr_assert_null(key_order_find(&order, &none));
    assert_ok(key_order_make(keys, 3, &arena, &order, &err), err);
    cr_assert_eq(key_order_twin(&order), 3);
    assert_ok(key_order_make(keys, 0, &arena, &order, &err), err);
    cr_assert_null(key_order_find(&order, &other));
}

TEST(key_order, sees_keys_of_other_types_as_others)
{
    struct key left = key("a", "1"), right = key("a", "1");
    right.range.type = DM_S;
    cr_assert_neq(key_compare(&left, &right), 0);
    cr_assert_eq(key_compare(&left, &right) < 0, key_compare(&right, &left) > 0);
}
