/* Exact sums: as Python's decimal has them. */
#include "support/cases.h"
#include "value/decimal.h"

static struct dm_str outcome(enum decimal_fault fault, const struct number *number)
{
    static const char *const faults[] = {
        [DECIMAL_PRECISION] = "precision",
        [DECIMAL_OVERFLOW] = "overflow",
        [DECIMAL_UNDERFLOW] = "underflow",
    };
    return fault ? dm_str(faults[fault]) : (struct dm_str){number->text, number->len};
}

static void check(struct dm_str a, char sign, struct dm_str b, struct dm_str expected)
{
    struct number number = {.len = 77};
    enum decimal_fault fault =
        sign == '+' ? decimal_add(a, b, &number) : decimal_subtract(a, b, &number);
    struct dm_str actual = outcome(fault, &number);
    cr_assert(str_equal(actual, expected), "%.*s %c %.*s is %.*s, expected %.*s",
              STR_ARG(a), sign, STR_ARG(b), STR_ARG(actual), STR_ARG(expected));
    cr_assert(!fault || number.len == 77);
}

static int sign_of(int order)
{
    return (order > 0) - (order < 0);
}

TEST(decimal, adds_subtracts_and_compares_exactly)
{
    struct cases cases = cases_open(TEST_DATA "/cases/sums.txt");
    while (cases_next(&cases)) {
        struct dm_str b = cases.input, a = str_split(&b, ' ');
        struct dm_str rest = cases.expected, sum = str_split(&rest, ' '),
                      difference = str_split(&rest, ' ');
        int order = rest.ptr[0] == '-' ? -1 : rest.ptr[0] - '0';
        check(a, '+', b, sum);
        check(b, '+', a, sum);
        check(a, '-', b, difference);
        cr_assert_eq(sign_of(decimal_compare(a, b)), order, "%.*s", STR_ARG(cases.input));
        cr_assert_eq(sign_of(decimal_compare(b, a)), -order);
        cr_assert_eq(decimal_compare(a, a), 0);
    }
}

TEST(decimal, orders_numbers_whatever_their_spelling)
{
    static const char *const sorted[] = {"-9.9999999999999999999999999999999999999E+125",
                                         "-1e10",
                                         "-10",
                                         "-9.5",
                                         "-9",
                                         "-0.1",
                                         "-0.01",
                                         "-1e-130",
                                         "0",
                                         "1E-130",
                                         "0.001",
                                         "0.0011",
                                         "0.01",
                                         "0.1",
                                         "0.9",
                                         "1",
                                         "1.00001",
                                         "9",
                                         "10",
                                         "10.01",
                                         "1e10",
                                         "9.9999999999999999999999999999999999999E+125"};
    for (size_t i = 0; i < DM_COUNT(sorted); i++)
        for (size_t j = 0; j < DM_COUNT(sorted); j++)
            cr_assert_eq(sign_of(decimal_compare(dm_str(sorted[i]), dm_str(sorted[j]))),
                         (i > j) - (i < j), "%s %s", sorted[i], sorted[j]);
    cr_assert_eq(decimal_compare(STR("1e1"), STR("+010.00")), 0);
    cr_assert_eq(decimal_compare(STR("-0"), STR("0.00")), 0);
}

TEST(decimal, knows_where_a_numbers_digits_are)
{
    static const struct {
        const char *text;
        struct decimal_shape shape;
    } cases[] = {
        {"0", {false, 0, 0}},         {"-0.0", {false, 0, 0}},
        {"7", {false, 1, 0}},         {"-10", {true, 1, 1}},
        {"1200", {false, 2, 3}},      {"12.5", {false, 3, 1}},
        {"10.5", {false, 3, 1}},      {"0.5", {false, 1, -1}},
        {"-0.012", {true, 2, -2}},    {"1e125", {false, 1, 125}},
        {"1e-130", {false, 1, -130}},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct decimal_shape shape = decimal_shape(dm_str(cases[i].text));
        cr_assert_eq(shape.negative, cases[i].shape.negative, "%s", cases[i].text);
        cr_assert_eq(shape.digits, cases[i].shape.digits, "%s", cases[i].text);
        cr_assert_eq(shape.magnitude, cases[i].shape.magnitude, "%s", cases[i].text);
    }
}
