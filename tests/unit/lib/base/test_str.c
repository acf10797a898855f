/* Borrowed strings. */
#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"
#include "support/test.h"

TEST(str, equals_by_bytes_and_length)
{
    cr_assert(str_equal(STR("ab"), STR("ab")));
    cr_assert(str_equal(STR(""), (struct dm_str){NULL, 0}));
    cr_assert_not(str_equal(STR("ab"), STR("abc")));
    cr_assert_not(str_equal(STR("ab"), STR("aB")));
    cr_assert_not(str_equal(STR("a\0b"), STR("a\0c")));
}

TEST(str, equals_without_case_in_ascii_alone)
{
    cr_assert(str_equal_nocase(STR("Content-TYPE"), STR("content-type")));
    cr_assert_not(str_equal_nocase(STR("a"), STR("ab")));
    cr_assert_not(str_equal_nocase(STR("é"), STR("É")));
    cr_assert_not(str_equal_nocase(STR("@"), STR("`")));
}

TEST(str, knows_its_start_and_end)
{
    cr_assert(str_starts(STR("unix:/x"), STR("unix:")));
    cr_assert(str_starts(STR("x"), STR("")));
    cr_assert_not(str_starts(STR("uni"), STR("unix")));
    cr_assert(str_ends(STR("todo.conf"), STR(".conf")));
    cr_assert_not(str_ends(STR("conf"), STR(".conf")));
    cr_assert_not(str_ends(STR("todo.conG"), STR(".conf")));
}

TEST(str, trims_both_ends)
{
    assert_str(str_trim(STR(" \t a b \r\n")), "a b");
    assert_str(str_trim(STR(" \n ")), "");
    assert_str(str_trim(STR("")), "");
}

TEST(str, splits_until_nothing_is_left)
{
    struct dm_str rest = STR("a,,b");
    assert_str(str_split(&rest, ','), "a");
    assert_str(str_split(&rest, ','), "");
    cr_assert(rest.ptr);
    assert_str(str_split(&rest, ','), "b");
    cr_assert_null(rest.ptr);
}

TEST(str, splits_off_an_empty_part_after_the_last_separator)
{
    struct dm_str rest = STR("a,");
    assert_str(str_split(&rest, ','), "a");
    cr_assert(rest.ptr);
    assert_str(str_split(&rest, ','), "");
    cr_assert_null(rest.ptr);
}

TEST(str, reads_a_size_up_to_its_maximum)
{
    size_t size = 7;
    cr_assert(str_to_size(STR("0"), 10, &size) && size == 0);
    cr_assert(str_to_size(STR("10"), 10, &size) && size == 10);
    cr_assert(str_to_size(STR("0007"), 10, &size) && size == 7);
    cr_assert(str_to_size(STR("18446744073709551615"), SIZE_MAX, &size));
    cr_assert_eq(size, SIZE_MAX);
}

TEST(str, reads_no_other_size)
{
    static const char *const wrong[] = {"", "11", "-1", "+1", " 1", "1 ", "1x", "0x1"};
    size_t size = 7;
    for (size_t i = 0; i < DM_COUNT(wrong); i++)
        cr_assert_not(str_to_size(dm_str(wrong[i]), 10, &size), "\"%s\"", wrong[i]);
    cr_assert_not(str_to_size(STR("18446744073709551616"), SIZE_MAX, &size));
    cr_assert_not(str_to_size(STR("99"), 9, &size));
    cr_assert_not(str_to_size(STR("1"), 0, &size));
    cr_assert_eq(size, 7);
}

TEST(str, is_copied_to_the_heap)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        char *copy = str_dup((struct dm_str){"abcd", 3});
        cr_assert(mem_failed() ? !copy : strcmp(copy, "abc") == 0);
        mem_free(copy);
    }
}
