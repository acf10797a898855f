/* Retries: whether, and after how long. */
#include "net/retry.h"

#include "support/test.h"

enum { TRIES = 2000, ANY_COST = 99 };

struct bound {
    unsigned base_ms, attempt;
    bool throttled;
    int64_t most_ms;
};

/* full jitter: evenly from 0 to min(cap, base * 2^(attempt - 1)) */
static const struct bound bounds[] = {
    {25, 1, false, 25},       {25, 2, false, 50},
    {25, 3, false, 100},      {25, 10, false, 12800},
    {25, 11, false, 20000},   {25, 4000000, false, 20000},
    {25, 1, true, 1000},      {25, 2, true, 2000},
    {25, 5, true, 16000},     {25, 6, true, 20000},
    {1500, 1, true, 1500},    {0, 1, false, 0},
    {0, 4000000, false, 0},   {0, 2, true, 2000},
    {50000, 1, false, 20000}, {UINT32_MAX, 40, false, 20000},
};

static struct retry_policy policy_of(unsigned max_retries, unsigned base_ms)
{
    struct retry_policy policy;
    retry_init(&policy, max_retries, base_ms, 42);
    return policy;
}

TEST(retry, waits_anything_up_to_the_backoff)
{
    for (size_t i = 0; i < DM_COUNT(bounds); i++) {
        const struct bound *bound = &bounds[i];
        struct retry_policy policy = policy_of(UINT32_MAX, bound->base_ms);
        int64_t least = INT64_MAX, most = 0, delay_ms = -1, sum = 0;
        unsigned cost = 0;
        for (int n = 0; n < TRIES; n++) {
            policy.tokens = RETRY_BUCKET;
            cr_assert(retry_next(&policy, bound->attempt, bound->throttled, -1, &delay_ms,
                                 &cost));
            least = delay_ms < least ? delay_ms : least;
            most = delay_ms > most ? delay_ms : most;
            sum += delay_ms;
        }
        cr_assert_geq(least, 0);
        cr_assert_leq(most, bound->most_ms, "row %zu", i);
        cr_assert_leq(least, bound->most_ms / 20, "row %zu", i);
        cr_assert_geq(most, bound->most_ms * 19 / 20, "row %zu", i);
        cr_assert_leq(llabs(sum / TRIES - bound->most_ms / 2), bound->most_ms / 20 + 1);
    }
}

TEST(retry, stops_after_the_retries_that_are_allowed)
{
    struct retry_policy policy = policy_of(3, 25);
    int64_t delay_ms = -1;
    unsigned cost = ANY_COST;
    for (unsigned attempt = 1; attempt <= 3; attempt++)
        cr_assert(retry_next(&policy, attempt, false, -1, &delay_ms, &cost));
    delay_ms = -1, cost = ANY_COST;
    unsigned tokens = policy.tokens;
    cr_assert_not(retry_next(&policy, 4, false, -1, &delay_ms, &cost));
    cr_assert_eq(delay_ms, -1);
    cr_assert_eq(cost, ANY_COST);
    cr_assert_eq(policy.tokens, tokens);

    policy = policy_of(0, 25);
    cr_assert_not(retry_next(&policy, 1, true, 10, &delay_ms, &cost));
}

struct advice {
    int64_t after_ms, least_ms, most_ms;
};

TEST(retry, follows_the_servers_advice_within_limits)
{
    /* ours is 0 … 1000 */
    static const struct advice advices[] = {
        {-1, 0, 1000},       {0, 0, 1000},
        {1000, 1000, 1000},  {1700, 1700, 1700},
        {5000, 5000, 5000},  {6000, 5000, 6000},
        {60000, 5000, 6000}, {INT64_MAX, 5000, 6000},
    };
    for (size_t i = 0; i < DM_COUNT(advices); i++) {
        struct retry_policy policy = policy_of(UINT32_MAX, 25);
        for (int n = 0; n < TRIES; n++) {
            int64_t delay_ms = -1;
            unsigned cost = 0;
            policy.tokens = RETRY_BUCKET;
            cr_assert(
                retry_next(&policy, 1, true, advices[i].after_ms, &delay_ms, &cost));
            cr_assert_geq(delay_ms, advices[i].least_ms, "row %zu", i);
            cr_assert_leq(delay_ms, advices[i].most_ms, "row %zu", i);
        }
    }
}

TEST(retry, stops_while_most_retries_fail)
{
    struct retry_policy policy = policy_of(3, 25);
    int64_t delay_ms = 0;
    unsigned cost = 0, retries = 0;
    while (retry_next(&policy, 1, false, -1, &delay_ms, &cost))
        retries++;
    cr_assert_eq(retries, RETRY_BUCKET / RETRY_COST);
    cr_assert_eq(cost, RETRY_COST);
    cr_assert_eq(policy.tokens, 10);

    /* what is left is enough after throttling */
    cr_assert(retry_next(&policy, 1, true, -1, &delay_ms, &cost));
    cr_assert_eq(cost, RETRY_COST_THROTTLED);
    cr_assert(retry_next(&policy, 1, true, -1, &delay_ms, &cost));
    cr_assert_not(retry_next(&policy, 1, true, -1, &delay_ms, &cost));
}

TEST(retry, success_gives_tokens_back_up_to_the_full_bucket)
{
    struct retry_policy policy = policy_of(3, 25);
    policy.tokens = 0;
    retry_succeeded(&policy, 0);
    cr_assert_eq(policy.tokens, 1);
    retry_succeeded(&policy, RETRY_COST);
    cr_assert_eq(policy.tokens, 1 + RETRY_COST);
    policy.tokens = RETRY_BUCKET - 3;
    retry_succeeded(&policy, RETRY_COST_THROTTLED);
    cr_assert_eq(policy.tokens, RETRY_BUCKET);
    retry_succeeded(&policy, 0);
    cr_assert_eq(policy.tokens, RETRY_BUCKET);
}

TEST(retry, jitter_works_from_any_seed)
{
    struct retry_policy policy;
    retry_init(&policy, 3, 20000, 0);
    int64_t first_ms = 0, second_ms = 0;
    unsigned cost = 0;
    cr_assert(retry_next(&policy, 1, false, -1, &first_ms, &cost));
    cr_assert(retry_next(&policy, 1, false, -1, &second_ms, &cost));
    cr_assert_neq(first_ms, second_ms);
}

TEST(retry, one_that_is_not_made_gives_back_what_it_took)
{
    struct retry_policy policy = policy_of(3, 25);
    int64_t delay_ms = 0;
    unsigned cost = 0;
    cr_assert(retry_next(&policy, 1, false, -1, &delay_ms, &cost));
    retry_unused(&policy, cost);
    cr_assert_eq(policy.tokens, RETRY_BUCKET);
}
