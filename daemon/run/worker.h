/*
 * A thread beside the shards, for what may keep one waiting: it sleeps until there is
 * work, and is told to end by a time.
 */
#ifndef DYNAMOD_DAEMON_RUN_WORKER_H
#define DYNAMOD_DAEMON_RUN_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/macros.h"

/* Embedded. All signals are blocked in its thread. */
struct worker {
    pthread_t thread;
    int wake_fd, ended_fd;
    atomic_bool asleep, stopping;
    int64_t deadline_ms; /* once it is stopping */
    void (*run)(void *ctx);
    void *ctx;
};

/* The name is static, 15 bytes at most. On failure there is nothing to stop. */
DM_MUST_USE enum dm_code worker_start(struct worker *worker, const char *name,
                                      void (*run)(void *ctx), void *ctx,
                                      struct dm_error *err);

/* There is work, or an order. From any thread; costs nothing while it is awake. */
void worker_wake(struct worker *worker);

/* Has it end within that time. False: it hangs in a call of the kernel, and what it may
 * use must stay. */
DM_MUST_USE bool worker_stop(struct worker *worker, unsigned within_ms);

/* --- on its own thread --- */

static inline bool worker_is_stopping(struct worker *worker)
{
    return atomic_load(&worker->stopping);
}

/* Falling asleep has two parts: say so, look for work once more, and sleep if there is
 * none; else work that came in between would wait. */
void worker_lie_down(struct worker *worker);
void worker_sleep(struct worker *worker, int timeout_ms); /* -1: until woken */
void worker_get_up(struct worker *worker);

/* For so long, or until it is to stop. */
void worker_nap(struct worker *worker, int timeout_ms);

/* Until the descriptor takes bytes. False: the time for stopping is over. */
bool worker_await_output(struct worker *worker, int fd);

#endif
