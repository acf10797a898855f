/* The last hour: points, and what came lately. */
#include "daemon/admin/history.h"

#include <stdio.h>

#include "base/error.h"
#include "support/test.h"

static struct tally tally_of(uint64_t requests, uint64_t failed)
{
    return (struct tally){
        .requests = requests, .failed = failed, .durations.counts[3] = requests};
}

static struct history *made(void)
{
    struct dm_error err = {0};
    struct history *history = NULL;
    assert_ok(history_new(0, &history, &err), err);
    return history;
}

/* A round at that time, with the totals of the only model. */
static void gather(struct history *history, int64_t now_ms, uint64_t requests)
{
    struct tally tally = tally_of(requests, requests / 10), other = tally_of(1, 0);
    history_gather(history, now_ms);
    history_add(history, "todo", "task", &tally);
    history_add(history, "", "", &other);
}

TEST(history, keeps_what_came_in_each_step)
{
    DM_AUTO(history) *history = made();
    gather(history, 10000, 40);
    history_step(history);
    gather(history, 25000, 100);
    history_step(history);
    const struct series *task = history_find(history, "todo", "task");
    struct history_point newest = series_point(history, task, 0);
    struct history_point first = series_point(history, history_all(history), 1);
    cr_assert_eq(newest.requests, 60);
    cr_assert_eq(newest.failed, 6);
    cr_assert_eq(newest.span_ms, 15000);
    cr_assert_eq(newest.durations[3], 60);
    cr_assert_eq(first.requests, 41);
    cr_assert_eq(series_point(history, task, 2).span_ms, 0);
    cr_assert_null(history_find(history, "todo", "other"));
}

TEST(history, tells_what_came_lately_up_to_now)
{
    DM_AUTO(history) *history = made();
    int64_t span_ms = 0;
    for (int i = 1; i <= 9; i++) {
        gather(history, 10000 * i, (uint64_t)(100 * i));
        history_step(history);
    }
    gather(history, 93000, 907);
    const struct series *task = history_find(history, "todo", "task");
    struct tally recent = series_recent(history, task, 2, &span_ms);
    cr_assert_eq(recent.requests, 207);
    cr_assert_eq(span_ms, 23000);
    recent = series_recent(history, task, HISTORY_POINTS, &span_ms);
    cr_assert_eq(recent.requests, 907);
    cr_assert_eq(span_ms, 93000);
}

TEST(history, forgets_what_is_older_than_an_hour)
{
    DM_AUTO(history) *history = made();
    int64_t span_ms = 0;
    for (int i = 1; i <= HISTORY_POINTS + 5; i++) {
        gather(history, 10000 * i, (uint64_t)i);
        history_step(history);
    }
    const struct series *task = history_find(history, "todo", "task");
    cr_assert_eq(history_points(history), HISTORY_POINTS);
    cr_assert_eq(series_point(history, task, HISTORY_POINTS).span_ms, 0);
    cr_assert_eq(series_recent(history, task, HISTORY_POINTS, &span_ms).requests,
                 HISTORY_POINTS);
    cr_assert_eq(span_ms, 3600 * 1000);
}

TEST(history, takes_totals_that_began_anew_as_they_are)
{
    DM_AUTO(history) *history = made();
    gather(history, 10000, 40);
    history_step(history);
    gather(history, 20000, 7);
    history_step(history);
    const struct series *task = history_find(history, "todo", "task");
    cr_assert_eq(series_point(history, task, 0).requests, 7);
}

TEST(history, names_so_many_models_and_counts_all)
{
    DM_AUTO(history) *history = made();
    struct tally one = tally_of(1, 0);
    char name[16];
    for (int i = 0; i < SERIES_MAX + 10; i++) {
        snprintf(name, sizeof name, "m%d", i);
        history_add(history, "todo", name, &one);
    }
    cr_assert_null(history_find(history, "todo", name));
    history_step(history);
    cr_assert_eq(series_point(history, history_all(history), 0).requests,
                 SERIES_MAX + 10);
}

TEST(history, leaves_out_what_there_is_no_memory_for)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(history) *history = NULL;
        if (history_new(0, &history, &err) == DM_OK) {
            gather(history, 10000, 40);
            history_step(history);
            cr_assert_eq(series_point(history, history_all(history), 0).requests, 41);
            cr_assert(history_find(history, "todo", "task") || mem_failed());
        }
    }
}
