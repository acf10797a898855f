/* So much a second. Times are the test's own. */
#include "base/rate.h"

#include <pthread.h>

#include "support/test.h"

enum { SECOND = 1000000 };

static unsigned take_all(struct rate *rate, double per_second, int64_t now_us)
{
    unsigned taken = 0;
    int64_t wait_us;
    while (taken < 1000 && rate_take(rate, per_second, now_us, &wait_us))
        taken++;
    return taken;
}

TEST(rate, lets_a_second_s_worth_come_at_once)
{
    struct rate rate = {0}, slow = {0};
    cr_assert_eq(take_all(&rate, 10, 5 * SECOND), 10);
    cr_assert_eq(take_all(&rate, 10, 5 * SECOND + SECOND / 2), 5);
    cr_assert_eq(take_all(&rate, 10, 9 * SECOND), 10);
    cr_assert_eq(take_all(&slow, 0.5, 5 * SECOND), 1);
}

TEST(rate, says_when_there_is_room_again)
{
    struct rate rate = {0};
    int64_t wait_us = 0;
    cr_assert(rate_take(&rate, 0.1, SECOND, &wait_us));
    cr_assert_not(rate_take(&rate, 0.1, SECOND, &wait_us));
    cr_assert_eq(wait_us, 10 * SECOND);
    cr_assert_not(rate_take(&rate, 0.1, 11 * SECOND - 1, &wait_us));
    cr_assert_eq(wait_us, 1);
    cr_assert(rate_take(&rate, 0.1, 11 * SECOND, &wait_us));
}

TEST(rate, keeps_its_rate_over_a_long_time)
{
    struct rate rate = {0};
    int64_t wait_us;
    unsigned taken = 0;
    for (int64_t at_us = SECOND; at_us < 101 * SECOND; at_us += 1000)
        taken += rate_take(&rate, 7.5, at_us, &wait_us);
    cr_assert_geq(taken, 750);
    cr_assert_leq(taken, 758);
}

TEST(rate, is_owed_what_was_charged_beyond)
{
    struct rate rate = {0};
    int64_t wait_us = 0;
    cr_assert(rate_has_room(&rate, 10, SECOND, &wait_us));
    rate_charge(&rate, 10, SECOND, 45);
    cr_assert_not(rate_has_room(&rate, 10, SECOND, &wait_us));
    cr_assert_geq(wait_us, 3 * SECOND + SECOND / 2);
    cr_assert_leq(wait_us, 3 * SECOND + SECOND / 2 + 1);
    cr_assert(rate_has_room(&rate, 10, SECOND + wait_us, &wait_us));
}

TEST(rate, is_owed_an_hour_at_most)
{
    struct rate rate = {0};
    int64_t wait_us = 0;
    for (int i = 0; i < 3; i++)
        rate_charge(&rate, 0.001, SECOND, 1e18);
    cr_assert_not(rate_has_room(&rate, 0.001, SECOND, &wait_us));
    cr_assert_leq(wait_us, (int64_t)3601 * SECOND);
}

TEST(rate, that_changes_goes_on_with_what_was_taken)
{
    struct rate rate = {0};
    int64_t wait_us = 0;
    cr_assert_eq(take_all(&rate, 10, SECOND), 10);
    cr_assert_eq(take_all(&rate, 100, SECOND), 0);
    cr_assert_eq(take_all(&rate, 100, SECOND + SECOND / 10), 10);
    (void)wait_us;
}

static void *take_many(void *arg)
{
    struct rate *rate = arg;
    return (void *)(uintptr_t)take_all(rate, 500, SECOND);
}

TEST(rate, is_one_for_all_threads)
{
    struct rate rate = {0};
    pthread_t threads[4];
    uintptr_t sum = 0;
    for (size_t i = 0; i < DM_COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, take_many, &rate), 0);
    for (size_t i = 0; i < DM_COUNT(threads); i++) {
        void *taken;
        cr_assert_eq(pthread_join(threads[i], &taken), 0);
        sum += (uintptr_t)taken;
    }
    cr_assert_eq(sum, 500);
}
