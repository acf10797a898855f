/* Checks that the recorded cases do not show: other parameters, trees of odd shapes. */
#include "expr/evaluate.h"
#include "expression.h"
#include "support/test.h"

enum { ARENA_MAX = 1024 * 1024 };

TEST(check, names_the_parameter_of_a_filter)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    arena_init(&arena, ARENA_MAX);
    const struct condition *condition = read_condition(STR("a = a"), &arena);
    cr_assert_eq(filter_check(condition, &err), DM_E_VALIDATION);
    cr_assert_str_eq(err.message,
                     "Invalid FilterExpression: The first operand must be distinct from "
                     "the remaining operands for this operator or function; operator: =, "
                     "first operand: [a]");
    assert_ok(filter_check(read_condition(STR("a = b"), &arena), &err), err);
}

static struct dm_value scalar(enum dm_type type, const char *text)
{
    struct dm_value value = {.type = type};
    value.as.text = dm_str(text);
    return value;
}

TEST(check, refuses_key_conditions_as_dynamodb_does)
{
    static const struct {
        enum range_kind range;
        enum dm_type low_type;
        const char *low;
        enum dm_type high_type;
        const char *high, *why;
    } cases[] = {
        {RANGE_ALL, DM_S, "", DM_S, "", NULL},
        {RANGE_EQ, DM_S, "x", DM_S, "", NULL},
        {RANGE_LT, DM_BOOL, "", DM_S, "",
         "Incorrect operand type for operator or function; operator or function: <, "
         "operand "
         "type: BOOL"},
        {RANGE_BEGINS_WITH, DM_N, "1", DM_S, "",
         "Incorrect operand type for operator or function; operator or function: "
         "begins_with, operand type: N"},
        {RANGE_BETWEEN, DM_N, "1", DM_N, "10", NULL},
        {RANGE_BETWEEN, DM_S, "b", DM_S, "a",
         "The BETWEEN operator requires upper bound to be greater than or equal to lower "
         "bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: "
         "AttributeValue: {S:a}"},
        {RANGE_BETWEEN, DM_S, "b", DM_N, "1",
         "The BETWEEN operator requires same data type for lower and upper bounds; lower "
         "bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: "
         "{N:1}"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct key_condition keys = {.hash_name = STR("h"), .range_name = STR("r")};
        keys.hash = scalar(DM_S, "x");
        keys.range = cases[i].range;
        keys.low = scalar(cases[i].low_type, cases[i].low);
        keys.high = scalar(cases[i].high_type, cases[i].high);
        struct dm_error err = {0};
        enum dm_code code = key_condition_check(&keys, &err);
        cr_assert_eq(code, cases[i].why ? DM_E_VALIDATION : DM_OK, "%zu", i);
        if (code)
            cr_assert_str_eq(err.message + strlen("Invalid KeyConditionExpression: "),
                             cases[i].why);
    }
}

TEST(check, needs_no_error_to_fill_in)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    cr_assert_eq(condition_check(read_condition(STR("a = a"), &arena), NULL),
                 DM_E_VALIDATION);
}

TEST(check, cuts_long_paths_in_its_messages)
{
    struct path_step steps[32];
    for (size_t i = 0; i < 32; i++)
        steps[i] = (struct path_step){.name = STR("a rather long name of an attribute")};
    struct path path = {steps, 32};
    struct path_text shown = path_show(&path);
    cr_assert_lt(strlen(shown.text), sizeof shown.text);
    cr_assert(str_ends(dm_str(shown.text), STR("attribute…]")), "%s", shown.text);
}

TEST(check, holds_where_there_is_no_item)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    cr_assert(
        condition_holds(read_condition(STR("attribute_not_exists(id)"), &arena), NULL));
    cr_assert_not(condition_holds(read_condition(STR("a = {'N':'1'}"), &arena), NULL));
    cr_assert(condition_holds(read_condition(STR("a <> {'N':'1'}"), &arena), NULL));
}
