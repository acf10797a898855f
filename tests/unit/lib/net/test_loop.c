/* The event loop: its timers, its tasks, its making. */
#include "net/loop.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "support/loop_fixture.h"
#include "support/test.h"

/* --- timers ------------------------------------------------------------------------- */

struct note {
    struct dm_buf *log;
    char letter;
    struct loop_timer timer;
    struct loop_task task;
};

static struct note note_of(struct dm_buf *log, char letter)
{
    return (struct note){.log = log, .letter = letter};
}

static void write_note(void *ctx)
{
    struct note *note = ctx;
    buf_add_char(note->log, note->letter);
}

static void set(struct fixture *f, struct note *note, int64_t delay_ms)
{
    assert_ok(loop_timer_set(f->loop, &note->timer, delay_ms, write_note, note, &f->err),
              f->err);
}

TEST(loop, timers_expire_in_order_and_only_when_due)
{
    struct fixture *f = fixture_new();
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note a = note_of(&log, 'a'), b = note_of(&log, 'b'), c = note_of(&log, 'c'),
                d = note_of(&log, 'd');
    set(f, &c, 30);
    set(f, &a, 10);
    set(f, &b, 20);
    set(f, &d, 31);
    turn(f, 0);
    assert_str(buf_str(&log), "");
    f->clock.now_ms += 9;
    turn(f, 0);
    assert_str(buf_str(&log), "");
    f->clock.now_ms += 21;
    turn(f, -1);
    assert_str(buf_str(&log), "abc");
    loop_timer_stop(&d.timer);
    loop_timer_stop(&d.timer);
    f->clock.now_ms += 100;
    turn(f, 0);
    assert_str(buf_str(&log), "abc");
    dm_loop_free(f->loop);
}

TEST(loop, a_timer_set_anew_moves)
{
    struct fixture *f = fixture_new();
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note a = note_of(&log, 'a'), b = note_of(&log, 'b');
    set(f, &a, 10);
    set(f, &b, 20);
    set(f, &a, 30);
    f->clock.now_ms += 25;
    turn(f, 0);
    assert_str(buf_str(&log), "b");
    set(f, &a, 1);
    f->clock.now_ms += 1;
    turn(f, 0);
    assert_str(buf_str(&log), "ba");
    dm_loop_free(f->loop);
}

static void set_itself_again(void *ctx)
{
    struct note *note = ctx;
    struct dm_error err = {0};
    write_note(note);
    assert_ok(
        loop_timer_set(note->timer.loop, &note->timer, 0, set_itself_again, note, &err),
        err);
}

TEST(loop, a_timer_that_sets_itself_for_now_runs_once_a_turn_and_no_turn_waits)
{
    struct fixture *f = fixture_new();
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note a = note_of(&log, 'a');
    assert_ok(loop_timer_set(f->loop, &a.timer, 0, set_itself_again, &a, &f->err),
              f->err);
    turn(f, -1);
    assert_str(buf_str(&log), "a");
    turn(f, -1);
    assert_str(buf_str(&log), "aa");
    dm_loop_free(f->loop);
    cr_assert_eq(a.timer.place, 0);
}

static void stop_other(void *ctx)
{
    loop_timer_stop(ctx);
}

TEST(loop, a_timer_may_stop_another_that_is_due_too)
{
    struct fixture *f = fixture_new();
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note b = note_of(&log, 'b');
    struct loop_timer a = {0};
    assert_ok(loop_timer_set(f->loop, &a, 1, stop_other, &b.timer, &f->err), f->err);
    set(f, &b, 2);
    f->clock.now_ms += 5;
    turn(f, 0);
    assert_str(buf_str(&log), "");
    dm_loop_free(f->loop);
}

TEST(loop, a_waiting_turn_ends_when_a_timer_is_due_by_the_machines_clock)
{
    struct dm_error err = {0};
    struct dm_loop *loop = NULL;
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note late = note_of(&log, 'l'), a = note_of(&log, 'a'), b = note_of(&log, 'b');
    assert_ok(dm_loop_new(&loop, &err), err);
    cr_assert_eq(loop_clock(loop), clock_system());
    assert_ok(loop_timer_set(loop, &late.timer, 60000, write_note, &late, &err), err);
    assert_ok(loop_timer_set(loop, &b.timer, 5, write_note, &b, &err), err);
    assert_ok(loop_timer_set(loop, &a.timer, 2, write_note, &a, &err), err);
    loop_timer_stop(&a.timer);
    while (log.len < 1)
        assert_ok(dm_loop_turn(loop, -1, &err), err);
    assert_str(buf_str(&log), "b");
    dm_loop_free(loop);
}

TEST(loop, a_foreign_loop_sees_a_timer_become_due)
{
    struct dm_error err = {0};
    struct dm_loop *loop = NULL;
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note a = note_of(&log, 'a');
    assert_ok(dm_loop_new(&loop, &err), err);
    for (size_t round = 1; round <= 3; round++) {
        assert_ok(loop_timer_set(loop, &a.timer, 1, write_note, &a, &err), err);
        struct pollfd ready = {.fd = dm_loop_fd(loop), .events = POLLIN};
        while (log.len < round) {
            cr_assert_eq(poll(&ready, 1, -1), 1);
            assert_ok(dm_loop_turn(loop, 0, &err), err);
        }
        cr_assert_not(readable(dm_loop_fd(loop)));
    }
    dm_loop_free(loop);
}

struct now {
    struct fixture *f;
    int64_t before_ms, after_ms;
};

static void look_at_the_time(void *ctx)
{
    struct now *now = ctx;
    now->before_ms = loop_now_ms(now->f->loop);
    now->f->clock.now_ms += 50;
    now->after_ms = loop_now_ms(now->f->loop);
}

TEST(loop, the_time_stands_within_a_turn_and_is_fresh_outside)
{
    struct fixture *f = fixture_new();
    struct now now = {.f = f};
    struct loop_task task = {0};
    f->clock.now_ms = 5000;
    cr_assert_eq(loop_now_ms(f->loop), 5000);
    loop_post(f->loop, &task, look_at_the_time, &now);
    turn(f, -1);
    cr_assert_eq(now.before_ms, 5000);
    cr_assert_eq(now.after_ms, 5000);
    cr_assert_eq(loop_now_ms(f->loop), 5050);
    dm_loop_free(f->loop);
}

/* --- tasks -------------------------------------------------------------------------- */

static void post_again(void *ctx)
{
    struct note *note = ctx;
    struct dm_loop *loop = note->timer.loop;
    write_note(note);
    loop_post(loop, &note->task, write_note, note);
}

TEST(loop, tasks_run_in_order_once_and_those_they_post_in_the_next_turn)
{
    struct fixture *f = fixture_new();
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note a = note_of(&log, 'a'), b = note_of(&log, 'b'), c = note_of(&log, 'c');
    a.timer.loop = f->loop;
    cr_assert_not(readable(dm_loop_fd(f->loop)));
    loop_post(f->loop, &a.task, post_again, &a);
    loop_post(f->loop, &b.task, write_note, &b);
    loop_post(f->loop, &c.task, write_note, &c);
    loop_post(f->loop, &b.task, write_note, &b);
    assert_str(buf_str(&log), "");
    cr_assert(readable(dm_loop_fd(f->loop)));
    turn(f, -1);
    assert_str(buf_str(&log), "abc");
    cr_assert(readable(dm_loop_fd(f->loop)));
    turn(f, -1);
    assert_str(buf_str(&log), "abca");
    turn(f, 0);
    cr_assert_not(readable(dm_loop_fd(f->loop)));
    dm_loop_free(f->loop);
}

TEST(loop, its_descriptor_tells_of_what_was_posted_before_anybody_asked_for_it)
{
    struct fixture *f = fixture_new();
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note a = note_of(&log, 'a');
    a.timer.loop = f->loop;
    loop_post(f->loop, &a.task, post_again, &a);
    turn(f, -1);
    cr_assert(readable(dm_loop_fd(f->loop)));
    turn(f, -1);
    turn(f, 0);
    assert_str(buf_str(&log), "aa");
    cr_assert_not(readable(dm_loop_fd(f->loop)));
    dm_loop_free(f->loop);
}

static void cancel_task(void *ctx)
{
    loop_task_cancel(ctx);
}

TEST(loop, a_task_can_be_cancelled_first_last_between_and_from_a_task)
{
    struct fixture *f = fixture_new();
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note notes[6];
    for (size_t i = 0; i < DM_COUNT(notes); i++) {
        notes[i] = note_of(&log, (char)('0' + i));
        loop_post(f->loop, &notes[i].task, write_note, &notes[i]);
    }
    loop_task_cancel(&notes[0].task);
    loop_task_cancel(&notes[2].task);
    loop_task_cancel(&notes[5].task);
    loop_task_cancel(&notes[5].task);
    struct loop_task canceller = {0};
    loop_task_cancel(&notes[4].task);
    loop_post(f->loop, &canceller, cancel_task, &notes[4].task);
    loop_post(f->loop, &notes[4].task, write_note, &notes[4]);
    turn(f, 0);
    assert_str(buf_str(&log), "13");
    loop_post(f->loop, &notes[5].task, write_note, &notes[5]);
    turn(f, 0);
    assert_str(buf_str(&log), "135");
    dm_loop_free(f->loop);
}

TEST(loop, a_loop_that_goes_forgets_its_tasks_and_timers)
{
    struct fixture *f = fixture_new();
    struct note a = note_of(NULL, 'a');
    loop_post(f->loop, &a.task, write_note, &a);
    set(f, &a, 1);
    dm_loop_free(f->loop);
    cr_assert_null(a.task.loop);
    cr_assert_eq(a.timer.place, 0);
    loop_task_cancel(&a.task);
    loop_timer_stop(&a.timer);
    dm_loop_free(NULL);
}

struct nested {
    struct fixture *f;
    struct note *inner;
};

static void turn_the_loop(void *ctx)
{
    struct nested *nested = ctx;
    loop_post(nested->f->loop, &nested->inner->task, write_note, nested->inner);
    turn(nested->f, -1);
    cr_assert_eq(nested->inner->log->len, 2);
}

TEST(loop, a_callback_may_turn_the_loop)
{
    struct fixture *f = fixture_new();
    DM_AUTO_DONE(dm_buf) log;
    buf_init(&log, 100);
    struct note inner = note_of(&log, 'i'), after = note_of(&log, 'a');
    struct nested nested = {f, &inner};
    struct loop_task task = {0};
    loop_post(f->loop, &task, turn_the_loop, &nested);
    loop_post(f->loop, &after.task, write_note, &after);
    turn(f, -1);
    assert_str(buf_str(&log), "ai");
    dm_loop_free(f->loop);
}

/* --- making ------------------------------------------------------------------------- */

TEST(loop, cannot_be_made_without_descriptors)
{
    struct dm_error err = {0};
    struct dm_loop *loop = NULL;
    struct rlimit limit;
    int spare[4]; /* those that are free, of which others may lie between */
    for (size_t i = 0; i < DM_COUNT(spare); i++)
        spare[i] = dup(0);
    for (size_t i = 0; i < DM_COUNT(spare); i++)
        close(spare[i]);
    getrlimit(RLIMIT_NOFILE, &limit);
    for (size_t room = 0; room < 3; room++) {
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)spare[room], limit.rlim_max});
        cr_assert_eq(dm_loop_new(&loop, &err), DM_E_NOMEM);
        cr_assert_null(loop);
        assert_str(dm_str(err.message), "event loop: Too many open files");
    }
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)spare[3], limit.rlim_max});
    assert_ok(dm_loop_new(&loop, &err), err);
    dm_loop_free(loop);
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void unexpected(uint32_t events, void *ctx)
{
    (void)events, (void)ctx;
    cr_assert(false, "called");
}

static enum dm_code make_all(struct dm_error *err)
{
    struct loop_timer timer = {0};
    struct loop_watch *watch = NULL;
    DM_AUTO(dm_loop) *loop = NULL;
    int fd = eventfd(0, EFD_CLOEXEC);
    enum dm_code code = dm_loop_new(&loop, err);
    if (!code)
        code = loop_timer_set(loop, &timer, 1, write_note, NULL, err);
    if (!code)
        code = loop_watch_new(loop, fd, EPOLLIN, unexpected, NULL, &watch, err);
    loop_watch_free(watch);
    close(fd);
    return code;
}

TEST(loop, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        enum dm_code code = make_all(&err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
