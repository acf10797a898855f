/* Asking all threads, and passing on that they turn. */
#include "daemon/run/watchdog.h"

#include <systemd/sd-daemon.h>

#include "base/error.h"
#include "daemon/log/log.h"
#include "daemon/run/notify.h"

/* The manager waits for `limit`; that leaves a turn three quarters of it. */
enum { LOOKS_PER_LIMIT = 4 };

static bool all_turn(const struct shards *shards)
{
    for (size_t i = 0; i < shards_all(shards); i++)
        if (!shard_has_turned(shards_at(shards, i)))
            return false;
    return true;
}

static void ask_all(const struct shards *shards)
{
    for (size_t i = 0; i < shards_all(shards); i++)
        shard_ask_to_turn(shards_at(shards, i));
}

static void look(struct watchdog *watchdog)
{
    if (all_turn(watchdog->shards)) {
        notify_alive();
        ask_all(watchdog->shards);
        watchdog->complained = false;
        return;
    }
    if (!watchdog->complained)
        log_text(LOG_ERROR, "a thread does not turn: the watchdog is not told");
    watchdog->complained = true;
}

static void set_timer(struct watchdog *watchdog);

static void expired(void *ctx)
{
    struct watchdog *watchdog = ctx;
    look(watchdog);
    set_timer(watchdog);
}

/* Without a timer nobody looks, and the manager does what it does with who is silent. */
static void set_timer(struct watchdog *watchdog)
{
    struct dm_error err;
    if (loop_timer_set(watchdog->loop, &watchdog->timer, watchdog->interval_ms, expired,
                       watchdog, &err))
        log_text(LOG_ERROR, "the watchdog is not told any more: %s", err.message);
}

void watchdog_start(struct watchdog *watchdog, struct dm_loop *loop,
                    struct shards *shards)
{
    uint64_t limit_us = 0;
    if (sd_watchdog_enabled(false, &limit_us) <= 0)
        return;
    watchdog->loop = loop;
    watchdog->shards = shards;
    watchdog->interval_ms = (unsigned)(limit_us / 1000 / LOOKS_PER_LIMIT) + 1;
    look(watchdog);
    set_timer(watchdog);
}

void watchdog_stop(struct watchdog *watchdog)
{
    loop_timer_stop(&watchdog->timer);
}
