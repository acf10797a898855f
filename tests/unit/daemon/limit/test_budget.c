/* Memory that several threads share. */
#include "daemon/limit/budget.h"

#include "support/test.h"

static size_t taken(const struct budget *budget)
{
    return atomic_load(&budget->taken);
}

TEST(budget, is_taken_from_in_steps)
{
    struct budget budget = {0};
    struct purse purse = {.budget = &budget, .most = 10 * BUDGET_STEP};
    size_t held = 0;
    cr_assert(purse_hold(&purse, &held, 1));
    cr_assert_eq(taken(&budget), BUDGET_STEP);
    cr_assert(purse_hold(&purse, &held, BUDGET_STEP));
    cr_assert_eq(taken(&budget), BUDGET_STEP);
    cr_assert(purse_hold(&purse, &held, BUDGET_STEP + 1));
    cr_assert_eq(taken(&budget), 2 * BUDGET_STEP);
    purse_release(&purse, &held);
    cr_assert_eq(held, 0);
    cr_assert_eq(taken(&budget), BUDGET_STEP);
    purse_done(&purse);
    cr_assert_eq(taken(&budget), 0);
}

TEST(budget, is_one_for_all_purses)
{
    struct budget budget = {0};
    struct purse a = {.budget = &budget, .most = 3 * BUDGET_STEP}, b = a;
    size_t of_a = 0, of_b = 0;
    cr_assert(purse_hold(&a, &of_a, 2 * BUDGET_STEP));
    cr_assert_not(purse_hold(&b, &of_b, BUDGET_STEP + 1));
    cr_assert_eq(of_b, 0);
    cr_assert_eq(b.used, 0);
    cr_assert_eq(taken(&budget), 2 * BUDGET_STEP);
    cr_assert(purse_hold(&b, &of_b, BUDGET_STEP));
    cr_assert_not(purse_hold(&a, &of_a, 3 * BUDGET_STEP));
    cr_assert_eq(of_a, 2 * BUDGET_STEP);
    cr_assert(purse_hold(&a, &of_a, 1));
    purse_done(&a);
    purse_done(&b);
    cr_assert_eq(taken(&budget), 0);
}

TEST(budget, that_was_made_smaller_gives_no_more)
{
    struct budget budget = {0};
    struct purse purse = {.budget = &budget, .most = 4 * BUDGET_STEP};
    size_t held = 0;
    cr_assert(purse_hold(&purse, &held, 4 * BUDGET_STEP));
    purse.most = BUDGET_STEP;
    cr_assert_not(purse_hold(&purse, &held, 5 * BUDGET_STEP));
    cr_assert(purse_hold(&purse, &held, 1));
    purse_done(&purse);
}

TEST(budget, is_endless_where_there_is_none)
{
    struct purse purse = {.budget = NULL};
    size_t held = 0;
    cr_assert(purse_hold(&purse, &held, (size_t)1 << 40));
    purse_release(&purse, &held);
    cr_assert_eq(purse.used, 0);
}
