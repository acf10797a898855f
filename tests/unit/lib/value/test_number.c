/* Exact numbers. */
#include "support/cases.h"
#include "value/number.h"

TEST(number, has_one_text_whatever_its_spelling)
{
    struct cases cases = cases_open(TEST_DATA "/cases/number_accepted.txt");
    while (cases_next(&cases)) {
        struct number number;
        struct dm_error err = {0};
        cr_assert_eq(number_parse(cases.input, &number, &err), DM_OK, "%.*s: %s",
                     STR_ARG(cases.input), err.message);
        struct dm_str text = {number.text, number.len};
        cr_assert(str_equal(text, cases.expected), "%.*s is %.*s, expected %.*s",
                  STR_ARG(cases.input), STR_ARG(text), STR_ARG(cases.expected));
        cr_assert_eq(number_check(cases.input, NULL), DM_OK);
        cr_assert_eq(number_parse(text, &number, &err), DM_OK);
        cr_assert(str_equal((struct dm_str){number.text, number.len}, cases.expected));
    }
}

TEST(number, is_refused_with_the_rule_that_it_breaks)
{
    struct cases cases = cases_open(TEST_DATA "/cases/number_refused.txt");
    while (cases_next(&cases)) {
        struct number number = {.len = 77};
        struct dm_error err = {0};
        cr_assert_eq(number_parse(cases.input, &number, &err), DM_E_INVALID, "%.*s",
                     STR_ARG(cases.input));
        cr_assert_eq(number.len, 77);
        struct dm_str rule = cases.expected;
        cr_assert(memmem(err.message, strlen(err.message), rule.ptr, rule.len),
                  "%.*s: %s", STR_ARG(cases.input), err.message);
        cr_assert_eq(number_check(cases.input, NULL), DM_E_INVALID);
        cr_assert_neq(number_check(cases.input, NULL), DM_OK);
    }
}

TEST(number, is_not_empty)
{
    cr_assert_neq(number_check(STR(""), NULL), DM_OK);
    cr_assert_neq(number_check((struct dm_str){NULL, 0}, NULL), DM_OK);
    cr_assert_neq(number_check(STR("1\0"), NULL), DM_OK);
}
