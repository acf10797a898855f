/* The event loop: descriptors, and what ends a turn that waits. */
#include "net/loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "support/loop_fixture.h"

/* --- watches ------------------------------------------------------------------------ */

struct pair {
    struct loop_watch *watches[2];
    int fds[2];
    unsigned calls;
    uint32_t events;
};

static void pair_init(struct fixture *f, struct pair *pair, loop_watch_fn ready)
{
    *pair = (struct pair){0};
    for (size_t i = 0; i < 2; i++) {
        pair->fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        assert_ok(loop_watch_new(f->loop, pair->fds[i], EPOLLIN, ready, pair,
                                 &pair->watches[i], &f->err),
                  f->err);
    }
}

static void pair_done(struct pair *pair)
{
    for (size_t i = 0; i < 2; i++) {
        loop_watch_free(pair->watches[i]);
        close(pair->fds[i]);
    }
}

static void count_call(uint32_t events, void *ctx)
{
    struct pair *pair = ctx;
    pair->calls++;
    pair->events |= events;
}

static void free_both(uint32_t events, void *ctx)
{
    struct pair *pair = ctx;
    count_call(events, ctx);
    for (size_t i = 0; i < 2; i++) {
        loop_watch_free(pair->watches[i]);
        pair->watches[i] = NULL;
    }
}

static void mute_both(uint32_t events, void *ctx)
{
    struct pair *pair = ctx;
    struct dm_error err = {0};
    count_call(events, ctx);
    for (size_t i = 0; i < 2; i++)
        assert_ok(loop_watch_change(pair->watches[i], EPOLLPRI, &err), err);
}

TEST(loop, a_watch_reports_while_its_descriptor_is_ready)
{
    struct fixture *f = fixture_new();
    struct pair pair;
    pair_init(f, &pair, count_call);
    turn(f, 0);
    cr_assert_eq(pair.calls, 0);
    cr_assert_not(readable(dm_loop_fd(f->loop)));
    eventfd_write(pair.fds[0], 1);
    cr_assert(readable(dm_loop_fd(f->loop)));
    turn(f, -1);
    turn(f, -1);
    cr_assert_eq(pair.calls, 2);
    cr_assert_eq(pair.events, EPOLLIN);
    assert_ok(loop_watch_change(pair.watches[0], EPOLLIN | EPOLLOUT, &f->err), f->err);
    turn(f, -1);
    cr_assert_eq(pair.events, EPOLLIN | EPOLLOUT);
    pair_done(&pair);
    dm_loop_free(f->loop);
}

TEST(loop, a_watch_that_goes_behind_others_sees_what_is_ready_still)
{
    struct fixture *f = fixture_new();
    struct pair pair;
    pair_init(f, &pair, count_call);
    eventfd_write(pair.fds[0], 1);
    turn(f, -1);
    assert_ok(loop_watch_requeue(pair.watches[0], &f->err), f->err);
    turn(f, -1);
    cr_assert_eq(pair.calls, 2);

    close(pair.fds[1]);
    pair.fds[1] = -1;
    cr_assert_eq(loop_watch_requeue(pair.watches[1], &f->err), DM_E_INTERNAL);
    pair_done(&pair);
    dm_loop_free(f->loop);
}

TEST(loop, a_watch_freed_by_the_turn_that_has_its_event_is_silent)
{
    struct fixture *f = fixture_new();
    struct pair pair;
    pair_init(f, &pair, free_both);
    eventfd_write(pair.fds[0], 1);
    eventfd_write(pair.fds[1], 1);
    turn(f, -1);
    turn(f, 0);
    cr_assert_eq(pair.calls, 1);
    pair_done(&pair);
    dm_loop_free(f->loop);
}

TEST(loop, a_watch_changed_by_the_turn_that_has_its_event_gets_what_it_wants_only)
{
    struct fixture *f = fixture_new();
    struct pair pair;
    pair_init(f, &pair, mute_both);
    eventfd_write(pair.fds[0], 1);
    eventfd_write(pair.fds[1], 1);
    turn(f, -1);
    cr_assert_eq(pair.calls, 1);
    pair_done(&pair);
    dm_loop_free(f->loop);
}

TEST(loop, a_descriptor_that_cannot_be_watched_is_an_error)
{
    struct fixture *f = fixture_new();
    struct loop_watch *watch = NULL;
    cr_assert_eq(loop_watch_new(f->loop, -1, EPOLLIN, count_call, NULL, &watch, &f->err),
                 DM_E_INTERNAL);
    cr_assert_null(watch);
    assert_str(dm_str(f->err.message), "watching a descriptor: Bad file descriptor");

    int fd = eventfd(0, EFD_CLOEXEC);
    assert_ok(loop_watch_new(f->loop, fd, EPOLLIN, count_call, NULL, &watch, &f->err),
              f->err);
    close(fd);
    cr_assert_eq(loop_watch_change(watch, EPOLLOUT, &f->err), DM_E_INTERNAL);
    loop_watch_free(watch);
    loop_watch_free(NULL);
    dm_loop_free(f->loop);
}

/* --- waking ------------------------------------------------------------------------- */

static void *wake(void *loop)
{
    loop_wake(loop);
    return NULL;
}

TEST(loop, another_thread_ends_a_turn_that_waits)
{
    struct fixture *f = fixture_new();
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, wake, f->loop), 0);
        turn(f, -1);
        pthread_join(thread, NULL);
        turn(f, 0);
        cr_assert_not(readable(dm_loop_fd(f->loop)));
    }
    dm_loop_free(f->loop);
}

static pthread_t main_thread;

static void ignore(int number)
{
    (void)number;
}

static void *interrupt(void *stop)
{
    while (!__atomic_load_n((bool *)stop, __ATOMIC_ACQUIRE))
        pthread_kill(main_thread, SIGUSR1);
    return NULL;
}

TEST(loop, a_signal_ends_a_turn_without_error)
{
    struct fixture *f = fixture_new();
    bool stop = false;
    pthread_t thread;
    struct sigaction action = {.sa_handler = ignore};
    main_thread = pthread_self();
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, interrupt, &stop);
    turn(f, -1);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    dm_loop_free(f->loop);
}
