/*
 * The service manager's watchdog (sd_watchdog_enabled(3)): it is told that we live only
 * while every thread's loop turns, the main thread's included.
 */
#ifndef DYNAMOD_DAEMON_RUN_WATCHDOG_H
#define DYNAMOD_DAEMON_RUN_WATCHDOG_H

#include "daemon/run/shards.h"

/* Embedded in what it watches over. Zeroed, it can be stopped. */
struct watchdog {
    struct dm_loop *loop;  /* the main thread's */
    struct shards *shards; /* they run */
    unsigned interval_ms;
    bool complained; /* since all turned */
    struct loop_timer timer;
};

/* Nothing where the service manager does not ask for it. All of it is lent. */
void watchdog_start(struct watchdog *watchdog, struct dm_loop *loop,
                    struct shards *shards);
void watchdog_stop(struct watchdog *watchdog);

#endif
