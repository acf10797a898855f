/* Editing trees in place, and twins. */
#include <stdio.h>

#include "support/test.h"
#include "value/edit.h"
#include "value/twin.h"

enum { MEMORY_MAX = 1024 * 1024 };

static struct dm_value number(const char *text)
{
    return (struct dm_value){.type = DM_N, .as.text = dm_str(text)};
}

static struct dm_value empty(enum dm_type type, struct arena *arena)
{
    struct dm_value nothing = {.type = type}, copy = {.type = type};
    cr_assert_eq(edit_copy(&nothing, arena, &copy, NULL), DM_OK);
    return copy;
}

TEST(edit, members_are_put_replaced_and_removed)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, MEMORY_MAX);
    struct dm_value map = empty(DM_M, &arena), one = number("1"), two = number("2");
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    for (size_t i = 0; i < DM_COUNT(names); i++)
        cr_assert_eq(edit_set_member(&map, dm_str(names[i]), &one, &arena, NULL), DM_OK);
    cr_assert_eq(edit_set_member(&map, STR("b"), &two, &arena, NULL), DM_OK);
    edit_remove_member(&map, STR("a"));
    edit_remove_member(&map, STR("e"));
    edit_remove_member(&map, STR("none"));
    cr_assert_eq(dm_value_count(&map), 3);
    assert_str(dm_value_name_at(&map, 0), "b");
    assert_str(dm_value_text(edit_member(&map, STR("b"))), "2");
    assert_str(dm_value_name_at(&map, 2), "d");
    cr_assert_null(edit_member(&map, STR("a")));
    cr_assert_null(edit_member(&one, STR("a")));
}

static void assert_list(const struct dm_value *list, const char *digits)
{
    cr_assert_eq(dm_value_count(list), strlen(digits));
    for (size_t i = 0; digits[i]; i++)
        cr_assert_eq(dm_value_text(dm_value_at(list, i)).ptr[0], digits[i], "%s", digits);
}

static void insert(struct dm_value *list, size_t index, const char *digit,
                   struct arena *arena)
{
    struct dm_value value = number(digit);
    cr_assert_eq(edit_insert_element(list, index, &value, arena, NULL), DM_OK);
}

TEST(edit, elements_are_inserted_and_removed)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, MEMORY_MAX);
    struct dm_value list = empty(DM_L, &arena);
    insert(&list, 0, "3", &arena);
    insert(&list, 0, "1", &arena);
    insert(&list, 1, "2", &arena);
    insert(&list, 3, "4", &arena);
    insert(&list, 4, "5", &arena);
    assert_list(&list, "12345");
    edit_remove_element(&list, 4);
    edit_remove_element(&list, 0);
    edit_remove_element(&list, 1);
    assert_list(&list, "24");
    insert(&list, 1, "3", &arena);
    insert(&list, 0, "1", &arena);
    assert_list(&list, "1234");
}

TEST(edit, a_copy_shares_nothing_that_is_edited)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, MEMORY_MAX);
    struct dm_value elements[3] = {number("1"), number("2"), number("3")}, copy;
    struct value_member members[1] = {{STR("l"), {DM_L, {.list = {elements, 3}}}}};
    struct dm_value map = {DM_M, {.map = {members, 1}}};
    cr_assert_eq(edit_copy(&map, &arena, &copy, NULL), DM_OK);
    insert(edit_member(&copy, STR("l")), 3, "4", &arena);
    edit_remove_element(edit_member(&copy, STR("l")), 0);
    assert_list(value_member(&copy, STR("l")), "234");
    assert_list(&members[0].value, "123");
}

/* Copied each time, they would take 64 MB. */
TEST(edit, many_elements_take_memory_in_proportion)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, MEMORY_MAX);
    struct dm_value list = empty(DM_L, &arena);
    for (size_t i = 0; i < 2000; i++)
        insert(&list, i, "1", &arena);
    cr_assert_eq(dm_value_count(&list), 2000);
}

TEST(edit, memory_that_runs_out_is_said_so)
{
    struct dm_value elements[2] = {number("1"), number("2")}, value = number("3");
    struct value_member members[1] = {{STR("l"), {DM_L, {.list = {elements, 2}}}}};
    struct dm_value map = {DM_M, {.map = {members, 1}}};
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        struct dm_value copy;
        arena_init(&arena, MEMORY_MAX);
        enum dm_code code = edit_copy(&map, &arena, &copy, NULL);
        for (size_t i = 0; !code && i < 100; i++)
            code = edit_insert_element(edit_member(&copy, STR("l")), 0, &value, &arena,
                                       NULL);
        if (!code)
            code = edit_set_member(&copy, STR("x"), &value, &arena, NULL);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}

TEST(twin, is_found_among_few_and_many)
{
    enum { MANY = 100 };
    static char digits[MANY][4];
    struct dm_str texts[MANY];
    for (size_t count = 0; count <= MANY; count++) {
        for (size_t i = 0; i < count; i++) {
            snprintf(digits[i], sizeof digits[i], "%zu", i);
            texts[i] = dm_str(digits[i]);
        }
        cr_assert_null(twin_find(texts, count));
        if (count < 2)
            continue;
        struct dm_str twice = texts[0] = texts[count - 1];
        const struct dm_str *twin = twin_find(texts, count);
        cr_assert(twin && str_equal(*twin, twice), "%zu", count);
    }
}

TEST(twin, empty_texts_are_equal)
{
    struct dm_str texts[] = {{NULL, 0}, STR("a"), STR("")};
    cr_assert_not_null(twin_find(texts, DM_COUNT(texts)));
}
