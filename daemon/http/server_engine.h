/* A libmicrohttpd daemon that our loop drives. */
#ifndef DYNAMOD_DAEMON_HTTP_SERVER_ENGINE_H
#define DYNAMOD_DAEMON_HTTP_SERVER_ENGINE_H

#include <microhttpd.h>

#include "daemon/http/connection_handshake.h"
#include "net/loop.h"

/* Zeroed, it is none, and can be stopped. */
struct engine {
    struct dm_loop *loop; /* lent */
    struct MHD_Daemon *mhd;
    struct loop_watch *watch;
    struct loop_timer timer; /* MHD's earliest timeout, or a moment before it */
    struct loop_task task;   /* to run MHD once, after all that is resumed in this turn */
    struct handshakes handshakes;
};

/* Takes the daemon, on failure too. mhd: NULL when it did not start. DM_E_INTERNAL. */
DM_MUST_USE enum dm_code engine_start(struct engine *engine, struct dm_loop *loop,
                                      struct MHD_Daemon *mhd, struct dm_error *err);

/* Its connections have ended their exchanges, or have answers. */
void engine_stop(struct engine *engine);

/* At the end of this turn of the loop. */
void engine_run_soon(struct engine *engine);

/* Timeouts of connections are others than they were. */
void engine_reschedule(struct engine *engine);

/* Runs until nothing is left that can be done at once. */
void engine_flush(struct engine *engine);

bool engine_has(const struct engine *engine, struct MHD_Connection *connection);

#endif
