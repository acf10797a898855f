/* Gets that become one: who leaves when, and with whom. */
#include "unit/lib/store/coalesce/coalesce_fixture.h"

#include <stdio.h>

TEST(coalesce, sends_a_get_that_is_alone_at_once)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "a");
    expect_asked(f, 1, "get a");
    cr_assert_eq(f->asked[0].arena, &f->readers[0].arena);
    coalesce_answer(f, 0, "a", "");
    expect_value(f, 0, "a");
    cr_assert_eq(f->readers[0].capacity, 0.5);
    coalesce_fixture_free(f);
}

TEST(coalesce, sends_as_many_at_once_as_it_is_wide)
{
    struct coalesce_fixture *f = coalesce_fixture(2);
    coalesce_get(f, 0, "a");
    coalesce_get(f, 1, "b");
    expect_asked(f, 2, "get b");
    coalesce_get(f, 2, "c");
    expect_asked(f, 2, "get b");
    coalesce_answer(f, 1, "", "");
    expect_value(f, 1, "");
    expect_asked(f, 3, "get c");
    coalesce_fixture_free(f);
}

TEST(coalesce, sends_what_has_waited_together)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    const char *const keys[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        coalesce_get(f, i, keys[i]);
    expect_asked(f, 1, "get a");
    coalesce_answer(f, 0, "a", "");
    expect_asked(f, 2, "batch b c d");
    expect_nothing(f, 1);
    coalesce_answer(f, 1, "d b", "");
    expect_value(f, 1, "b");
    expect_value(f, 2, "");
    expect_value(f, 3, "d");
    cr_assert_eq(f->readers[2].capacity, 0.5);
    coalesce_get(f, 0, "a");
    expect_asked(f, 3, "get a");
    coalesce_fixture_free(f);
}

TEST(coalesce, asks_for_no_more_than_a_hundred_at_a_time)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    char keys[151][8];
    for (size_t i = 0; i < DM_COUNT(keys); i++) {
        snprintf(keys[i], sizeof keys[i], "%zu", i);
        coalesce_get(f, i, keys[i]);
    }
    coalesce_answer(f, 0, "0", "");
    cr_assert_eq(f->asked[1].count, 100);
    coalesce_answer(f, 1, "1", "");
    expect_value(f, 1, "1");
    cr_assert_eq(f->asked[2].count, 50);
    coalesce_answer(f, 2, "101", "");
    expect_value(f, 101, "101");
    struct coalesce_figures figures = coalesce_figures(f);
    cr_assert_eq(figures.gets, 151);
    cr_assert_eq(figures.keys.counts[0], 1);
    cr_assert_eq(figures.keys.counts[HISTOGRAM_BUCKETS - 2], 1);
    cr_assert_eq(figures.keys.sum_us, 151);
    coalesce_fixture_free(f);
}

TEST(coalesce, asks_for_equal_keys_once)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "x");
    coalesce_get(f, 1, "a");
    coalesce_get(f, 2, "b");
    coalesce_get(f, 3, "a");
    coalesce_answer(f, 0, "x", "");
    expect_asked(f, 2, "batch a b");
    coalesce_answer(f, 1, "a b", "");
    expect_value(f, 1, "a");
    expect_value(f, 3, "a");
    cr_assert_eq(f->readers[1].capacity, 0.5);
    cr_assert_eq(f->readers[3].capacity, 0);
    cr_assert_eq(coalesce_figures(f).shared, 1);
    coalesce_fixture_free(f);
}

TEST(coalesce, lets_an_eventual_read_join_what_has_left)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "a");
    coalesce_get(f, 1, "a");
    coalesce_answer(f, 0, "a", "");
    expect_asked(f, 1, "get a");
    expect_value(f, 0, "a");
    expect_value(f, 1, "a");
    cr_assert_neq(f->readers[0].item, f->readers[1].item);
    coalesce_fixture_free(f);
}

TEST(coalesce, lets_nobody_join_what_left_long_ago)
{
    struct coalesce_fixture *f = coalesce_fixture(2);
    coalesce_get(f, 0, "a");
    coalesce_pass(f, 1001);
    coalesce_get(f, 1, "a");
    expect_asked(f, 2, "get a");
    coalesce_fixture_free(f);
}

TEST(coalesce, lets_no_strong_read_join_what_has_left)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    f->consistent = true;
    coalesce_get(f, 0, "a");
    coalesce_get(f, 1, "a");
    coalesce_get(f, 2, "a");
    coalesce_answer(f, 0, "", "");
    expect_asked(f, 2, "get a");
    cr_assert(f->asked[1].consistent);
    coalesce_answer(f, 1, "a", "");
    expect_value(f, 0, "");
    expect_value(f, 1, "a");
    expect_value(f, 2, "a");
    coalesce_fixture_free(f);
}

TEST(coalesce, lets_none_that_asks_anew_join_what_has_left)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "a");
    f->anew = true;
    coalesce_get(f, 1, "a");
    coalesce_answer(f, 0, "", "");
    expect_value(f, 0, "");
    expect_nothing(f, 1);
    expect_asked(f, 2, "get a");
    coalesce_answer(f, 1, "a", "");
    expect_value(f, 1, "a");
    coalesce_fixture_free(f);
}

TEST(coalesce, keeps_strong_and_eventual_reads_and_tables_apart)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "a");
    f->consistent = true;
    coalesce_get(f, 1, "a");
    f->table = "u";
    coalesce_get(f, 2, "a");
    expect_asked(f, 3, "get a");
    coalesce_fixture_free(f);
}

/* --- projections --- */

static struct path_step of_v[] = {{{"v", 1}, 0}}, of_id[] = {{{"id", 2}, 0}};
static struct path path_v = {of_v, 1}, paths_both[] = {{of_v, 1}, {of_id, 1}};
static const struct projection only_v = {&path_v, 1}, both = {paths_both, 2};

TEST(coalesce, reads_keys_along_that_nobody_asked_for)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    f->projection = &only_v;
    coalesce_get(f, 0, "x");
    coalesce_get(f, 1, "a");
    coalesce_get(f, 2, "b");
    cr_assert_eq(f->asked[0].projection->count, 1);
    coalesce_answer(f, 0, "x", "");
    cr_assert_eq(f->asked[1].projection->count, 2);
    assert_str(f->asked[1].projection->paths[1].steps[0].name, "id");
    coalesce_answer(f, 1, "a b", "");
    expect_value(f, 1, "a");
    cr_assert_null(value_member(f->readers[1].item, STR("id")));
    coalesce_fixture_free(f);
}

TEST(coalesce, keeps_projections_apart)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "a");
    f->projection = &only_v;
    coalesce_get(f, 1, "a");
    f->projection = &both;
    coalesce_get(f, 2, "a");
    expect_asked(f, 3, "get a");
    coalesce_get(f, 3, "a");
    coalesce_answer(f, 2, "a", "");
    expect_value(f, 3, "a");
    cr_assert(value_member(f->readers[3].item, STR("id")));
    coalesce_fixture_free(f);
}

/* --- deadlines --- */

TEST(coalesce, ends_one_whose_deadline_comes_first_alone)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "x");
    f->timeout_ms = 10;
    coalesce_get(f, 1, "a");
    f->timeout_ms = 90;
    coalesce_get(f, 2, "b");
    coalesce_get(f, 3, "a");
    coalesce_pass(f, 10);
    expect_code(f, 1, DM_E_TIMEOUT);
    expect_nothing(f, 3);
    coalesce_answer(f, 0, "x", "");
    expect_asked(f, 2, "batch a b");
    cr_assert_eq(f->asked[1].deadline_ms, f->clock.now_ms + 80);
    coalesce_pass(f, 80);
    expect_code(f, 2, DM_E_TIMEOUT);
    expect_code(f, 3, DM_E_TIMEOUT);
    cr_assert_eq(f->cancelled, 1);
    coalesce_fixture_free(f);
}

TEST(coalesce, asks_again_for_those_who_came_later)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    f->timeout_ms = 100;
    coalesce_get(f, 0, "a");
    coalesce_pass(f, 50);
    coalesce_get(f, 1, "a");
    f->clock.now_ms += 50;
    cr_assert_eq(f->asked[0].deadline_ms, f->clock.now_ms);
    coalesce_refuse(f, 0, DM_E_TIMEOUT, "");
    expect_code(f, 0, DM_E_TIMEOUT);
    expect_asked(f, 2, "get a");
    coalesce_answer(f, 1, "a", "");
    expect_value(f, 1, "a");
    coalesce_fixture_free(f);
}

TEST(coalesce, lets_others_leave_when_what_has_left_is_slow)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    const char *const keys[] = {"x", "a", "b"};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        coalesce_get(f, i, keys[i]);
    coalesce_pass(f, 99);
    expect_asked(f, 1, "get x");
    coalesce_pass(f, 1);
    expect_asked(f, 2, "batch a b");
    coalesce_get(f, 3, "c");
    coalesce_answer(f, 0, "x", "");
    expect_asked(f, 2, "batch a b");
    coalesce_answer(f, 1, "a b", "");
    expect_asked(f, 3, "get c");
    coalesce_fixture_free(f);
}

/* --- what cannot be sent --- */

TEST(coalesce, says_at_once_that_a_get_cannot_be_sent)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    f->refuse = DM_E_UNAVAILABLE;
    cr_assert_eq(coalesce_try(f, 0, "a"), DM_E_UNAVAILABLE);
    coalesce_fixture_free(f);
}

TEST(coalesce, tells_all_who_wait_that_they_cannot_be_sent)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    const char *const keys[] = {"x", "a", "b"};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        coalesce_get(f, i, keys[i]);
    f->refuse = DM_E_UNAVAILABLE;
    coalesce_answer(f, 0, "x", "");
    expect_value(f, 0, "x");
    expect_code(f, 1, DM_E_UNAVAILABLE);
    expect_code(f, 2, DM_E_UNAVAILABLE);
    coalesce_fixture_free(f);
}

TEST(coalesce, has_a_queue_that_ends)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    static char keys[READERS][8];
    for (size_t i = 0; i < 201; i++) {
        snprintf(keys[i], sizeof keys[i], "%zu", i);
        coalesce_get(f, i, keys[i]);
    }
    cr_assert_eq(coalesce_try(f, 202, "one more"), DM_E_OVERLOADED);
    coalesce_get(f, 203, "7");
    coalesce_fixture_free(f);
}

/* --- memory --- */

static void one_of_all(struct coalesce_fixture *f)
{
    f->projection = &only_v;
    const char *const keys[] = {"x", "a", "b", "a", "c"};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        if (coalesce_try(f, i, keys[i]))
            cr_assert_eq(f->err.code, DM_E_NOMEM);
    for (size_t i = 0; i < f->asked_count; i++)
        if (f->asked[i].open)
            coalesce_answer(f, i, i ? "a b" : "x", i == 1 ? "c" : "");
    coalesce_pass(f, 1001);
    for (size_t i = 0; i < f->asked_count; i++)
        if (f->asked[i].open)
            coalesce_answer(f, i, "c", "");
}

TEST(coalesce, tells_everybody_once_without_memory)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        mem_fail_at(0);
        struct coalesce_fixture *f = coalesce_fixture(1);
        mem_fail_at(nth_);
        one_of_all(f);
        for (size_t i = 0; i < 5; i++) {
            cr_assert_leq(f->readers[i].times, 1);
            cr_assert(mem_failed() || f->readers[i].code == DM_OK);
            cr_assert(f->readers[i].times == 1 || mem_failed());
            cr_assert_null(f->readers[i].call);
        }
        coalesce_fixture_free(f);
    }
}

TEST(coalesce, is_not_made_without_memory)
{
    struct coalesce_options options = {1, 1, 1, 1};
    struct fixture *f = fixture_new();
    struct dm_store inner = {0}, *store = NULL;
    mem_fail_at(1);
    cr_assert_eq(coalesce_new(&inner, f->loop, &options, &store, &f->err), DM_E_NOMEM);
    mem_fail_at(0);
    cr_assert_null(store);
    dm_loop_free(f->loop);
}
