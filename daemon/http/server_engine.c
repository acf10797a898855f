/* libmicrohttpd on our loop. */
#include "daemon/http/server_engine.h"

#include <sys/epoll.h>

#include "base/error.h"
#include "daemon/log/log.h"

enum { NEVER = -1 };

static void run(void *ctx);

/* When MHD wants to run again; NEVER: not before something happens. */
static int64_t wait_of(const struct engine *engine)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    if (MHD_get_timeout(engine->mhd, &wait_ms) != MHD_YES)
        return NEVER;
    return wait_ms > INT32_MAX ? INT32_MAX : (int64_t)wait_ms;
}

/* Of a connection whose time is over to the millisecond MHD says that it is to wait for
 * 100 ms; who asks meanwhile is closed unheard. */
enum { OVER_NOW_MS = 100, LATER_MS = 1 };

static void schedule(struct engine *engine)
{
    int64_t wait_ms = wait_of(engine);
    if (wait_ms == NEVER)
        return;
    if (wait_ms == 0) {
        engine_run_soon(engine);
        return;
    }
    struct dm_error err;
    wait_ms = (wait_ms == OVER_NOW_MS ? 0 : wait_ms) + LATER_MS;
    bool is_late =
        !engine->timer.place || loop_now_ms(engine->loop) + wait_ms < engine->timer.at_ms;
    if (is_late &&
        loop_timer_set(engine->loop, &engine->timer, wait_ms, run, engine, &err))
        log_text(LOG_WARNING, "idle connections stay open: %s", err.message);
}

static void run_once(struct engine *engine)
{
    MHD_run(engine->mhd);
    handshakes_look(&engine->handshakes);
}

/* What was answered is often followed by what came meanwhile: a second round costs less
 * than another turn. */
static void run(void *ctx)
{
    struct engine *engine = ctx;
    run_once(engine);
    if (wait_of(engine) == 0)
        run_once(engine);
    schedule(engine);
}

static void ready(uint32_t events, void *ctx)
{
    (void)events;
    run(ctx);
}

void engine_run_soon(struct engine *engine)
{
    loop_post(engine->loop, &engine->task, run, engine);
}

static void resumed(void *ctx)
{
    engine_run_soon(ctx);
}

/* Of connections whose time is over MHD may say how long the others have. */
void engine_reschedule(struct engine *engine)
{
    if (!engine->mhd)
        return;
    loop_timer_stop(&engine->timer);
    engine_run_soon(engine);
}

void engine_flush(struct engine *engine)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    handshakes_let_go(&engine->handshakes);
    for (int turns = 0; engine->mhd && turns < 64 && wait_ms == 0; turns++) {
        MHD_run(engine->mhd);
        if (MHD_get_timeout(engine->mhd, &wait_ms) != MHD_YES)
            return;
    }
}

bool engine_has(const struct engine *engine, struct MHD_Connection *connection)
{
    return engine->mhd &&
           MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON)->daemon ==
               engine->mhd;
}

enum dm_code engine_start(struct engine *engine, struct dm_loop *loop,
                          struct MHD_Daemon *mhd, struct dm_error *err)
{
    if (!mhd)
        return error_set(err, DM_E_INTERNAL, "libmicrohttpd does not start");
    *engine = (struct engine){
        .loop = loop,
        .mhd = mhd,
        .handshakes = {.loop = loop, .resumed = resumed, .ctx = engine},
    };
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(mhd, MHD_DAEMON_INFO_EPOLL_FD);
    return loop_watch_new(loop, info->epoll_fd, EPOLLIN, ready, engine, &engine->watch,
                          err);
}

void engine_stop(struct engine *engine)
{
    if (!engine->mhd)
        return;
    loop_task_cancel(&engine->task);
    loop_timer_stop(&engine->timer);
    loop_watch_free(engine->watch);
    MHD_stop_daemon(engine->mhd);
    *engine = (struct engine){.loop = NULL};
}
