/* The circuit breaker: when it opens, how gently it probes, how it closes. */
#include "store/dynamodb/breaker.h"

#include "support/test.h"

enum { NOW = 1000000, FAR = 3600 * 1000 };

static struct breaker opened(void)
{
    struct breaker breaker = {0};
    for (int i = 1; i < BREAKER_FAILURES; i++)
        cr_assert_not(breaker_failed(&breaker, NOW));
    cr_assert_eq(breaker.state, BREAKER_CLOSED);
    cr_assert(breaker_failed(&breaker, NOW));
    cr_assert_eq(breaker.state, BREAKER_OPEN);
    return breaker;
}

TEST(breaker, opens_after_failures_that_come_one_after_the_other)
{
    struct breaker breaker = opened();
    cr_assert_not(breaker_admits(&breaker, NOW));
    cr_assert_not(breaker_failed(&breaker, NOW), "it is open already");
}

TEST(breaker, stays_closed_while_there_are_answers_in_between)
{
    struct breaker breaker = {0};
    for (int i = 0; i < 10 * BREAKER_FAILURES; i++) {
        breaker_failed(&breaker, NOW);
        if (i % (BREAKER_FAILURES - 1) == 0)
            breaker_answered(&breaker);
        cr_assert(breaker_admits(&breaker, NOW));
    }
}

TEST(breaker, takes_a_broken_connection_for_no_sign_of_anything)
{
    struct breaker breaker = {0};
    for (int i = 0; i < 10 * BREAKER_FAILURES; i++)
        breaker_lost(&breaker);
    cr_assert_eq(breaker.state, BREAKER_CLOSED);
}

TEST(breaker, lets_one_probe_pass_and_the_next_after_twice_the_time_up_to_a_second)
{
    struct breaker breaker = opened();
    int64_t now_ms = NOW, wait_ms = BREAKER_FIRST_WAIT_MS;
    for (int i = 0; i < 10; i++) {
        cr_assert_not(breaker_admits(&breaker, now_ms + wait_ms - 1));
        now_ms += wait_ms;
        cr_assert(breaker_admits(&breaker, now_ms));
        cr_assert_eq(breaker.state, BREAKER_HALF_OPEN);
        cr_assert_not(breaker_admits(&breaker, now_ms));
        cr_assert_not(breaker_failed(&breaker, now_ms));
        cr_assert_eq(breaker.state, BREAKER_OPEN);
        wait_ms = 2 * wait_ms < BREAKER_LAST_WAIT_MS ? 2 * wait_ms : BREAKER_LAST_WAIT_MS;
    }
    cr_assert_eq(wait_ms, BREAKER_LAST_WAIT_MS);
}

TEST(breaker, sends_another_probe_when_nothing_is_heard_of_the_first)
{
    struct breaker breaker = opened();
    cr_assert(breaker_admits(&breaker, NOW + FAR));
    cr_assert_not(breaker_admits(&breaker, NOW + FAR));
    cr_assert(breaker_admits(&breaker, NOW + FAR + BREAKER_LAST_WAIT_MS));
}

TEST(breaker, is_closed_by_any_answer_and_counts_anew)
{
    struct breaker breaker = opened();
    breaker_answered(&breaker);
    cr_assert(breaker_admits(&breaker, NOW));
    cr_assert_not(breaker_failed(&breaker, NOW));

    breaker = opened();
    cr_assert(breaker_admits(&breaker, NOW + FAR));
    breaker_lost(&breaker);
    cr_assert_eq(breaker.state, BREAKER_OPEN);
    cr_assert(breaker_admits(&breaker, NOW + 2 * FAR));
    breaker_answered(&breaker);
    cr_assert_eq(breaker.state, BREAKER_CLOSED);
    assert_str(dm_str(breaker_state_name(breaker.state)), "closed");
}
