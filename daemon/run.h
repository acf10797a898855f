/* The daemon from its configuration to its end: sockets, threads, signals. */
#ifndef DYNAMOD_DAEMON_RUN_H
#define DYNAMOD_DAEMON_RUN_H

#include "daemon/config.h"

/*
 * Serves until SIGTERM or SIGINT, then drains: answers what is under way, for
 * drain_timeout at most; a second signal stops at once. DM_OK when it ended because it
 * was told to; DM_E_INTERNAL when a thread failed, which is logged by then.
 */
DM_MUST_USE enum dm_code run(const struct config *config,
                             const struct environment *environment, struct dm_error *err);

#endif
