/* Gets through the cache: what is answered out of it, and when the table is asked. */
#include "unit/lib/store/cache/cache_fixture.h"

static const struct store_cache_outcome *outcome_of(const struct asked *asked)
{
    return &asked->result.cache;
}

TEST(cached_get, answers_again_without_asking_until_the_ttl_is_over)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    pass_ms(f, 4999);
    assert_hit(f, f->a, "k", "one");
    pass_ms(f, 1);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

TEST(cached_get, is_shared_by_the_stores_of_all_threads)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    assert_hit(f, f->b, "k", "one");
    cache_down(f);
}

TEST(cached_get, tells_what_the_cache_did)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct asked *first = do_get(f, f->a, "k");
    inner_answer(f, 0, "one");
    cr_assert_eq(outcome_of(first)->status, STORE_CACHE_MISS);
    cr_assert(outcome_of(first)->stored);
    cr_assert_eq(first->result.consumed_capacity, 0.5);
    pass_ms(f, 1200);
    struct asked *second = do_get(f, f->a, "k");
    settle(f);
    cr_assert_eq(outcome_of(second)->status, STORE_CACHE_HIT);
    cr_assert_eq(outcome_of(second)->age_ms, 1200);
    cr_assert_eq(outcome_of(second)->ttl_ms, 5000);
    cr_assert_eq(second->result.consumed_capacity, 0);
    cache_down(f);
}

TEST(cached_get, never_answers_before_the_call_has_returned)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    struct asked *asked = do_get(f, f->a, "k");
    cr_assert_not(asked->done);
    settle(f);
    cr_assert(asked->done);
    cache_down(f);
}

TEST(cached_get, gives_at_once_what_is_there_and_else_declines)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    cr_assert_not(do_get_now(f, f->a, "k")->done);
    inner_answer(f, 0, "one");
    struct asked *asked = do_get_now(f, f->a, "k");
    cr_assert(asked->done);
    assert_str(v_of(asked), "one");
    cache_down(f);
}

TEST(cached_get, keeps_parts_of_an_item_apart)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "whole");
    do_get_part(f, f->a, "k", "v");
    cr_assert_eq(f->inner.count, 2);
    inner_answer(f, 1, "part");
    do_get_part(f, f->a, "k", "w");
    cr_assert_eq(f->inner.count, 3);
    inner_answer(f, 2, "other");
    struct asked *again = do_get_part(f, f->a, "k", "v");
    settle(f);
    assert_str(v_of(again), "part");
    assert_hit(f, f->a, "k", "whole");
    cache_down(f);
}

/* --- items that are not there --- */

TEST(cached_get, asks_again_for_what_is_not_there)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", NULL);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

TEST(cached_get, remembers_what_is_not_there_for_the_negative_ttl)
{
    struct cache_options options = options_of(5000);
    options.negative_ttl_ms = 1000;
    struct cache_fixture *f = cache_up(options);
    warm(f, "k", NULL);
    pass_ms(f, 999);
    assert_hit(f, f->a, "k", "");
    pass_ms(f, 1);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

TEST(cached_get, forgets_what_was_there_once_it_is_seen_to_be_gone)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    do_get_strongly(f, f->a, "k");
    inner_answer(f, 1, NULL);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

/* --- consistent reads --- */

TEST(cached_get, passes_by_when_consistent_and_is_refreshed)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    struct asked *strong = do_get_strongly(f, f->a, "k");
    cr_assert_eq(f->inner.count, 2);
    inner_answer(f, 1, "two");
    cr_assert_eq(outcome_of(strong)->status, STORE_CACHE_PASSED);
    assert_str(v_of(strong), "two");
    assert_hit(f, f->b, "k", "two");
    cache_down(f);
}

TEST(cached_get, is_not_joined_by_a_consistent_one)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_get(f, f->a, "k");
    do_get_strongly(f, f->a, "k");
    do_get_strongly(f, f->a, "k");
    cr_assert_eq(f->inner.count, 3);
    cache_down(f);
}

TEST(cached_get, keeps_what_was_asked_for_last)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_get(f, f->a, "k");
    pass_ms(f, 10);
    do_get_strongly(f, f->a, "k");
    inner_answer(f, 1, "new");
    inner_answer(f, 0, "old");
    assert_hit(f, f->a, "k", "new");
    cache_down(f);
}

/* --- one flight --- */

TEST(cached_get, asks_once_for_a_burst)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct asked *asked[10];
    for (size_t i = 0; i < 10; i++)
        asked[i] = do_get(f, f->a, "k");
    cr_assert_eq(f->inner.count, 1);
    inner_answer(f, 0, "one");
    double capacity = 0;
    for (size_t i = 0; i < 10; i++) {
        cr_assert(asked[i]->done);
        assert_str(v_of(asked[i]), "one");
        capacity += asked[i]->result.consumed_capacity;
        cr_assert_eq(outcome_of(asked[i])->joined, i > 0);
    }
    cr_assert_eq(capacity, 0.5);
    cache_down(f);
}

TEST(cached_get, fails_a_burst_alike)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct asked *first = do_get(f, f->a, "k"), *second = do_get(f, f->a, "k");
    inner_fail(f, 0, DM_E_UPSTREAM);
    cr_assert_eq(first->code, DM_E_UPSTREAM);
    cr_assert_eq(second->code, DM_E_UPSTREAM);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

TEST(cached_get, goes_on_while_anybody_waits)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct asked *first = do_get(f, f->a, "k"), *second = do_get(f, f->a, "k");
    store_cancel(DM_TAKE(first->call));
    cr_assert_eq(f->inner.cancelled, 0);
    inner_answer(f, 0, "one");
    cr_assert_not(first->done);
    assert_str(v_of(second), "one");
    cache_down(f);
}

TEST(cached_get, ends_when_nobody_waits_any_more)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct asked *first = do_get(f, f->a, "k"), *second = do_get(f, f->a, "k");
    store_cancel(DM_TAKE(first->call));
    store_cancel(DM_TAKE(second->call));
    cr_assert_eq(f->inner.cancelled, 1);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

TEST(cached_get, ends_each_at_its_own_deadline)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct asked *first = do_get(f, f->a, "k");
    pass_ms(f, 600);
    struct asked *second = do_get(f, f->a, "k");
    cr_assert_eq(f->inner.count, 1);
    pass_ms(f, 400);
    cr_assert(first->done && first->code == DM_E_TIMEOUT);
    cr_assert_not(second->done);
    inner_answer(f, 0, "one");
    assert_str(v_of(second), "one");
    cache_down(f);
}

TEST(cached_get, asks_anew_for_who_would_wait_longer_than_the_flight)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    for (int i = 0; i < 4; i++) {
        do_get(f, f->a, "k");
        pass_ms(f, 400);
    }
    cr_assert_eq(f->inner.count, 2);
    cache_down(f);
}

/* --- past its time --- */

TEST(cached_get, answers_what_is_stale_and_gets_a_newer_one_once)
{
    struct cache_options options = options_of(5000);
    options.stale_while_revalidate_ms = 2000;
    struct cache_fixture *f = cache_up(options);
    warm(f, "k", "one");
    pass_ms(f, 5500);
    struct asked *first = do_get_now(f, f->a, "k"), *second = do_get_now(f, f->b, "k");
    assert_str(v_of(first), "one");
    assert_str(v_of(second), "one");
    cr_assert_eq(outcome_of(first)->age_ms, 5500);
    cr_assert_eq(f->inner.count, 2);
    inner_answer(f, 1, "two");
    assert_hit(f, f->b, "k", "two");
    cache_down(f);
}

TEST(cached_get, tries_to_refresh_again_after_a_failure)
{
    struct cache_options options = options_of(5000);
    options.stale_while_revalidate_ms = 2000;
    struct cache_fixture *f = cache_up(options);
    warm(f, "k", "one");
    pass_ms(f, 5500);
    do_get_now(f, f->a, "k");
    inner_fail(f, 1, DM_E_UPSTREAM);
    f->inner.refuses = DM_E_OVERLOADED;
    assert_str(v_of(do_get_now(f, f->a, "k")), "one");
    f->inner.refuses = DM_OK;
    do_get_now(f, f->a, "k");
    cr_assert_eq(f->inner.count, 3);
    cache_down(f);
}

TEST(cached_get, waits_for_the_table_when_it_is_too_stale)
{
    struct cache_options options = options_of(5000);
    options.stale_while_revalidate_ms = 2000;
    struct cache_fixture *f = cache_up(options);
    warm(f, "k", "one");
    pass_ms(f, 7000);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

static struct cache_fixture *up_with_rescue(void)
{
    struct cache_options options = options_of(5000);
    options.stale_if_error_ms = 60000;
    struct cache_fixture *f = cache_up(options);
    warm(f, "k", "one");
    pass_ms(f, 20000);
    return f;
}

TEST(cached_get, answers_what_it_knew_when_the_table_fails)
{
    static const enum dm_code codes[] = {DM_E_UPSTREAM, DM_E_TIMEOUT, DM_E_THROTTLED,
                                         DM_E_OVERLOADED, DM_E_UNAVAILABLE};
    struct cache_fixture *f = up_with_rescue();
    for (size_t i = 0; i < DM_COUNT(codes); i++) {
        struct asked *asked = do_get(f, f->a, "k");
        inner_fail(f, f->inner.count - 1, codes[i]);
        cr_assert_eq(asked->code, DM_OK);
        assert_str(v_of(asked), "one");
        cr_assert(outcome_of(asked)->rescued);
        cr_assert_eq(outcome_of(asked)->age_ms, 20000);
    }
    cache_down(f);
}

TEST(cached_get, answers_it_when_the_table_is_not_even_asked)
{
    struct cache_fixture *f = up_with_rescue();
    f->inner.refuses = DM_E_UNAVAILABLE;
    struct asked *asked = do_get(f, f->a, "k");
    cr_assert_not(asked->done);
    settle(f);
    assert_str(v_of(asked), "one");
    cache_down(f);
}

/* Which reading of the clock has another thread's write before it. */
static struct {
    struct cache_fixture *f;
    unsigned reading;
} intruder;

static int64_t intruded_now_ms(const struct clock *clock)
{
    if (intruder.reading && --intruder.reading == 0) {
        do_update(intruder.f, intruder.f->b, "k");
        inner_answer(intruder.f, intruder.f->inner.count - 1, NULL);
    }
    return fake_now_ms(clock);
}

/* The first reading is for the look, the second for what follows. */
TEST(cached_get, answers_none_who_comes_after_a_write_with_what_it_knew_before_it)
{
    struct cache_fixture *f = up_with_rescue();
    intruder.f = f;
    intruder.reading = 2;
    f->base->clock.clock.monotonic_ms = intruded_now_ms;
    do_get(f, f->a, "k");
    cr_assert_eq(intruder.reading, 0);
    struct asked *later = do_get(f, f->a, "k");
    inner_fail(f, 2, DM_E_UPSTREAM);
    cr_assert_not(later->done);
    inner_fail(f, 3, DM_E_UPSTREAM);
    cr_assert_eq(later->code, DM_E_UPSTREAM);
    cache_down(f);
}

TEST(cached_get, answers_it_at_the_deadline)
{
    struct cache_fixture *f = up_with_rescue();
    struct asked *asked = do_get(f, f->a, "k");
    pass_ms(f, 1000);
    assert_str(v_of(asked), "one");
    cr_assert(outcome_of(asked)->rescued);
    cache_down(f);
}

TEST(cached_get, does_not_hide_what_the_table_refuses)
{
    struct cache_fixture *f = up_with_rescue();
    struct asked *asked = do_get(f, f->a, "k");
    inner_fail(f, 1, DM_E_REFUSED);
    cr_assert_eq(asked->code, DM_E_REFUSED);
    cache_down(f);
}

TEST(cached_get, forgets_it_when_it_is_too_old)
{
    struct cache_fixture *f = up_with_rescue();
    pass_ms(f, 45000);
    struct asked *asked = do_get(f, f->a, "k");
    inner_fail(f, 1, DM_E_UPSTREAM);
    cr_assert_eq(asked->code, DM_E_UPSTREAM);
    cache_down(f);
}

/* --- an inner store that has it at hand --- */

TEST(cached_get, passes_at_hand_what_the_inner_store_has_at_hand)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    f->inner.at_hand = "one";
    inner_has_at_hand(f);
    struct asked *first = do_get_now(f, f->a, "k"), *second = do_get_now(f, f->a, "k");
    cr_assert(first->done && second->done);
    cr_assert_eq(outcome_of(first)->status, STORE_CACHE_MISS);
    cr_assert_eq(outcome_of(second)->status, STORE_CACHE_HIT);
    assert_str(v_of(second), "one");
    cr_assert_eq(f->inner.count, 1);
    cache_down(f);
}

TEST(cached_get, rescues_at_once_too)
{
    struct cache_fixture *f = up_with_rescue();
    inner_has_at_hand(f);
    f->inner.refuses = DM_E_OVERLOADED;
    struct asked *asked = do_get_now(f, f->a, "k");
    assert_str(v_of(asked), "one");
    cr_assert(outcome_of(asked)->rescued);
    cache_down(f);
}

/* --- its end --- */

TEST(cached_get, ends_all_with_the_store)
{
    struct cache_options options = options_of(5000);
    options.stale_while_revalidate_ms = 2000;
    struct cache_fixture *f = cache_up(options);
    warm(f, "k", "one");
    pass_ms(f, 5500);
    do_get(f, f->a, "k");
    do_get(f, f->a, "other");
    do_get_strongly(f, f->a, "k");
    cache_down(f);
    cr_assert_eq(f->inner.cancelled, 3);
}

TEST(cached_get, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct cache_fixture *f;
        mem_fail_at(0);
        f = cache_up(options_of(5000));
        mem_fail_at(nth_);
        struct asked *asked = do_get(f, f->a, "k");
        if (asked->code == DM_OK)
            inner_answer(f, 0, "one");
        struct asked *again = do_get_now(f, f->a, "k");
        if (again->code == DM_OK && !again->done)
            inner_answer(f, f->inner.count - 1, "one");
        cr_assert(again->done);
        cr_assert(again->code == DM_OK || again->code == DM_E_NOMEM);
        do_get_strongly(f, f->a, "k");
        cache_down(f);
    }
}
