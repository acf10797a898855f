/* Deadlines, by a clock that stands until it is moved. */
#include "daemon/limit/deadline.h"

#include "daemon/log/log.h"
#include "support/test.h"

struct stopped_clock {
    struct clock clock;
    int64_t now_ms;
};

static int64_t read_clock(const struct clock *clock)
{
    return ((const struct stopped_clock *)(const void *)clock)->now_ms;
}

struct fixture {
    struct stopped_clock clock;
    struct dm_loop *loop;
    struct deadlines deadlines;
    struct deadline at[4];
    unsigned passed[4];
    bool again; /* what passes begins anew */
};

static void passed(struct deadline *deadline, void *ctx)
{
    struct fixture *f = ctx;
    f->passed[deadline - f->at]++;
    if (f->again)
        deadline_set(&f->deadlines, deadline, deadline->kind);
}

static void begin(struct fixture *f)
{
    struct dm_error err = {0};
    *f = (struct fixture){.clock.clock.monotonic_ms = read_clock, .clock.now_ms = 1000};
    assert_ok(loop_new(&f->clock.clock, &f->loop, &err), err);
    deadlines_init(&f->deadlines, f->loop, passed, f);
    deadlines_set_span(&f->deadlines, DEADLINE_HEAD, 100);
    deadlines_set_span(&f->deadlines, DEADLINE_BODY, 300);
}

static void turn_at(struct fixture *f, int64_t now_ms)
{
    struct dm_error err = {0};
    f->clock.now_ms = now_ms;
    assert_ok(dm_loop_turn(f->loop, 0, &err), err);
}

static void end(struct fixture *f)
{
    deadlines_done(&f->deadlines);
    dm_loop_free(f->loop);
}

TEST(deadline, passes_after_its_span_and_once)
{
    struct fixture f;
    begin(&f);
    deadline_set(&f.deadlines, &f.at[0], DEADLINE_HEAD);
    turn_at(&f, 1099);
    cr_assert_eq(f.passed[0], 0);
    turn_at(&f, 1100);
    cr_assert_eq(f.passed[0], 1);
    turn_at(&f, 5000);
    cr_assert_eq(f.passed[0], 1);
    end(&f);
}

TEST(deadline, that_is_kept_does_not_pass)
{
    struct fixture f;
    begin(&f);
    for (size_t i = 0; i < 3; i++)
        deadline_set(&f.deadlines, &f.at[i], DEADLINE_HEAD);
    deadline_set(&f.deadlines, &f.at[1], DEADLINE_NONE);
    deadline_set(&f.deadlines, &f.at[2], DEADLINE_BODY);
    turn_at(&f, 1100);
    cr_assert(f.passed[0] == 1 && f.passed[1] == 0 && f.passed[2] == 0);
    turn_at(&f, 1300);
    cr_assert_eq(f.passed[2], 1);
    deadline_set(&f.deadlines, &f.at[1], DEADLINE_NONE);
    end(&f);
}

TEST(deadline, may_begin_anew_when_it_passes)
{
    struct fixture f;
    begin(&f);
    f.again = true;
    deadline_set(&f.deadlines, &f.at[0], DEADLINE_HEAD);
    turn_at(&f, 1100);
    turn_at(&f, 1199);
    cr_assert_eq(f.passed[0], 1);
    turn_at(&f, 1200);
    cr_assert_eq(f.passed[0], 2);
    end(&f);
}

TEST(deadline, heeds_a_span_that_is_made_shorter)
{
    struct fixture f;
    begin(&f);
    deadline_set(&f.deadlines, &f.at[0], DEADLINE_BODY);
    deadlines_set_span(&f.deadlines, DEADLINE_BODY, 10);
    turn_at(&f, 1010);
    cr_assert_eq(f.passed[0], 1);
    end(&f);
}

TEST(deadline, without_memory_for_a_timer_is_set_all_the_same)
{
    log_set_level(LOG_ERROR);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct fixture f = {.again = false};
        struct dm_error err = {0};
        f.clock = (struct stopped_clock){.clock.monotonic_ms = read_clock};
        if (loop_new(&f.clock.clock, &f.loop, &err)) {
            cr_assert(mem_failed());
            continue;
        }
        deadlines_init(&f.deadlines, f.loop, passed, &f);
        deadline_set(&f.deadlines, &f.at[0], DEADLINE_HEAD);
        cr_assert(f.at[0].queue);
        deadline_set(&f.deadlines, &f.at[0], DEADLINE_NONE);
        end(&f);
    }
}
