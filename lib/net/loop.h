/*
 * The event loop: epoll, one timerfd, and tasks for later in the same thread. Everything
 * here runs on the thread that turns the loop, except loop_wake. Callbacks may add and
 * remove watches, timers and tasks, their own included, and turn the loop. A turn handles
 * descriptors, then timers, then tasks; a signal ends it.
 */
#ifndef DYNAMOD_NET_LOOP_H
#define DYNAMOD_NET_LOOP_H

#include <stdint.h>

#include "base/clock.h"
#include "base/macros.h"

DM_AUTO_DEFINE(dm_loop, dm_loop_free)

const struct clock *loop_clock(const struct dm_loop *loop);

/* Monotonic milliseconds, read once a turn; outside a turn, now. */
int64_t loop_now_ms(const struct dm_loop *loop);

/* As dm_loop_new, with a clock of the caller's. */
DM_MUST_USE enum dm_code loop_new(const struct clock *clock, struct dm_loop **ret_loop,
                                  struct dm_error *err);

/* A file descriptor under watch. Heap; level-triggered unless its events have EPOLLET. */
struct loop_watch;

/* events: EPOLLIN, EPOLLOUT, … as epoll reports them. */
typedef void (*loop_watch_fn)(uint32_t events, void *ctx);

DM_MUST_USE enum dm_code loop_watch_new(struct dm_loop *loop, int fd, uint32_t events,
                                        loop_watch_fn ready, void *ctx,
                                        struct loop_watch **ret_watch,
                                        struct dm_error *err);
DM_MUST_USE enum dm_code loop_watch_change(struct loop_watch *watch, uint32_t events,
                                           struct dm_error *err);
/* Of several loops that watch one queue by EPOLLEXCLUSIVE, the first that sleeps is
 * woken: goes behind the others. On failure nothing is watched any more. */
DM_MUST_USE enum dm_code loop_watch_requeue(struct loop_watch *watch,
                                            struct dm_error *err);
/* Before the descriptor is closed; the loop does not own it. NULL is nothing. */
void loop_watch_free(struct loop_watch *watch);

/* A timer, embedded in what it times. Zero it once; set and stop it at will. */
typedef void (*loop_fn)(void *ctx);

struct loop_timer {
    struct dm_loop *loop;
    int64_t at_ms;
    size_t place; /* in the loop's heap, from 1; 0: not set */
    loop_fn expired;
    void *ctx;
};

/* Calls expired(ctx) once, at or after loop_now_ms + delay_ms; setting anew moves it. */
DM_MUST_USE enum dm_code loop_timer_set(struct dm_loop *loop, struct loop_timer *timer,
                                        int64_t delay_ms, loop_fn expired, void *ctx,
                                        struct dm_error *err);
void loop_timer_stop(struct loop_timer *timer);

/* Work for after the caller has returned: later in this turn, or, posted by a task, in
 * the next, which does not wait. Zero it once. Posting a task that waits already changes
 * nothing. Never fails. */
struct loop_task {
    struct dm_loop *loop; /* NULL: not posted */
    struct loop_task *next, **link;
    loop_fn run;
    void *ctx;
};

void loop_post(struct dm_loop *loop, struct loop_task *task, loop_fn run, void *ctx);
void loop_task_cancel(struct loop_task *task);

/* Makes a turn that waits return. From any thread, and from signal handlers. */
void loop_wake(struct dm_loop *loop);

#endif
