/* Values and items. */
#include "base/mem.h"
#include "support/test.h"
#include "value/item.h"

static struct dm_value elements[] = {{.type = DM_NULL},
                                     {.type = DM_BOOL, .as.boolean = true}};
static struct dm_str members[] = {{"1", 1}, {"2.0", 3}};
static struct value_member attributes[] = {
    {{"s", 1}, {.type = DM_S, .as.text = {"text", 4}}},
    {{"n", 1}, {.type = DM_N, .as.text = {"-1.5", 4}}},
    {{"b", 1}, {.type = DM_B, .as.text = {"\0\xFF", 2}}},
    {{"l", 1}, {.type = DM_L, .as.list = {elements, 2}}},
    {{"set", 3}, {.type = DM_NS, .as.set = {members, 2}}},
    {{"none", 4}, {.type = DM_L}},
    {{"empty", 5}, {.type = DM_M}},
};
static const struct dm_value tree = {.type = DM_M, .as.map = {attributes, 7}};

TEST(value, gives_the_text_of_strings_numbers_and_binary_alone)
{
    assert_str(dm_value_text(dm_value_member(&tree, "s")), "text");
    assert_str(dm_value_text(dm_value_member(&tree, "n")), "-1.5");
    cr_assert_eq(dm_value_text(dm_value_member(&tree, "b")).len, 2);
    cr_assert_null(dm_value_text(&elements[0]).ptr);
    cr_assert_null(dm_value_text(&tree).ptr);
}

TEST(value, gives_the_truth_of_booleans_alone)
{
    cr_assert(dm_value_bool(&elements[1]));
    cr_assert_not(dm_value_bool(&elements[0]));
    cr_assert_not(dm_value_bool(dm_value_member(&tree, "s")));
}

TEST(value, counts_elements_members_and_set_members)
{
    cr_assert_eq(dm_value_count(&tree), 7);
    cr_assert_eq(dm_value_count(dm_value_member(&tree, "l")), 2);
    cr_assert_eq(dm_value_count(dm_value_member(&tree, "set")), 2);
    cr_assert_eq(dm_value_count(dm_value_member(&tree, "s")), 0);
    cr_assert_eq(dm_value_count(dm_value_member(&tree, "empty")), 0);
}

TEST(value, gives_what_stands_at_an_index)
{
    const struct dm_value *list = dm_value_member(&tree, "l");
    const struct dm_value *set = dm_value_member(&tree, "set");
    cr_assert_eq(dm_value_at(list, 1), &elements[1]);
    cr_assert_null(dm_value_at(list, 2));
    cr_assert_eq(dm_value_at(&tree, 3), list);
    cr_assert_null(dm_value_at(set, 0));
    assert_str(dm_value_name_at(&tree, 4), "set");
    cr_assert_null(dm_value_name_at(&tree, 7).ptr);
    cr_assert_null(dm_value_name_at(list, 0).ptr);
    assert_str(dm_value_text_at(set, 1), "2.0");
    cr_assert_null(dm_value_text_at(set, 2).ptr);
    cr_assert_null(dm_value_text_at(list, 0).ptr);
}

TEST(value, finds_members_of_maps_alone)
{
    cr_assert_eq(dm_value_type(dm_value_member(&tree, "empty")), DM_M);
    cr_assert_null(dm_value_member(&tree, "se"));
    cr_assert_null(dm_value_member(&tree, ""));
    cr_assert_null(dm_value_member(dm_value_member(&tree, "l"), "s"));
    cr_assert_eq(value_member(&tree, STR("b")), &attributes[2].value);
}

TEST(value, that_is_not_there_has_nothing)
{
    const struct dm_value *none = dm_value_member(&tree, "nobody");
    cr_assert_null(dm_value_text(none).ptr);
    cr_assert_not(dm_value_bool(none));
    cr_assert_eq(dm_value_count(none), 0);
    cr_assert_null(dm_value_at(none, 0));
    cr_assert_null(dm_value_member(none, "s"));
}

TEST(value, has_types_with_names)
{
    static const char *const names[] = {"S", "N", "B",  "BOOL", "NULL",
                                        "L", "M", "SS", "NS",   "BS"};
    for (size_t i = 0; i < DM_COUNT(names); i++) {
        enum dm_type type;
        cr_assert_str_eq(type_name((enum dm_type)i), names[i]);
        cr_assert(type_from_name(dm_str(names[i]), &type));
        cr_assert_eq((size_t)type, i);
    }
    enum dm_type type;
    cr_assert_not(type_from_name(STR("s"), &type));
    cr_assert_not(type_from_name(STR(""), &type));
    cr_assert_not(type_from_name(STR("SSS"), &type));
}

static void assert_same(const struct dm_value *copy, const struct dm_value *from)
{
    cr_assert_neq(copy, from);
    cr_assert_eq(copy->type, from->type);
    cr_assert_eq(dm_value_bool(copy), dm_value_bool(from));
    cr_assert_eq(dm_value_count(copy), dm_value_count(from));
    cr_assert(str_equal(dm_value_text(copy), dm_value_text(from)));
    cr_assert(!dm_value_text(copy).ptr ||
              dm_value_text(copy).ptr != dm_value_text(from).ptr);
    for (size_t i = 0; i < dm_value_count(from); i++) {
        cr_assert(str_equal(dm_value_name_at(copy, i), dm_value_name_at(from, i)));
        cr_assert(str_equal(dm_value_text_at(copy, i), dm_value_text_at(from, i)));
        if (dm_value_at(from, i))
            assert_same(dm_value_at(copy, i), dm_value_at(from, i));
    }
}

TEST(value, is_copied_whole)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct dm_value copy;
    arena_init(&arena, 1 << 16);
    assert_ok(value_copy(&tree, &arena, &copy, &err), err);
    assert_same(&copy, &tree);
}

TEST(value, is_not_copied_past_the_ceiling)
{
    for (size_t max = 0; max < 1000; max += 10) {
        DM_AUTO_DONE(arena) arena;
        struct dm_value copy = {.type = DM_BS};
        arena_init(&arena, max);
        cr_assert_eq(value_copy(&tree, &arena, &copy, NULL), DM_E_NOMEM);
        cr_assert_eq(copy.type, DM_BS);
    }
}

TEST(item, begins_empty_and_finds_its_attributes)
{
    DM_AUTO(dm_item) *item = item_new(NULL);
    cr_assert_eq(dm_value_type(dm_item_value(item)), DM_M);
    cr_assert_eq(dm_value_count(dm_item_value(item)), 0);
    cr_assert_null(dm_item_attr(item, "s"));
    item->value = tree;
    assert_str(dm_value_text(dm_item_attr(item, "s")), "text");
}

TEST(item, is_made_copied_into_and_freed_whatever_fails)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO(dm_item) *item = item_new(NULL);
        struct dm_error err = {0};
        cr_assert(item || mem_failed());
        enum dm_code code =
            item ? value_copy(&tree, &item->arena, &item->value, &err) : DM_E_NOMEM;
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
    dm_item_free(NULL);
}

TEST(item, text_is_released)
{
    dm_free(mem_new(1));
    dm_free(NULL);
}
