/* The daemon from its configuration to its end: sockets, threads, signals. */
#ifndef DYNAMOD_DAEMON_RUN_RUN_H
#define DYNAMOD_DAEMON_RUN_RUN_H

#include "daemon/config.h"

/* A signal that comes before run takes them waits for it, and ends nobody: first of all,
 * before any thread is started. */
void run_hold_signals(void);

/*
 * Serves until SIGTERM or SIGINT; then says that it is not ready any more for
 * drain_delay, and drains: answers what is under way, for drain_timeout at most. Each
 * further signal goes on to the next of these steps at once, the last being to stop.
 * SIGHUP has the file at `path`, which the configuration was read from, and the apps'
 * read anew. Takes the configuration.
 * DM_OK when it ended because it was told to; DM_E_INTERNAL when a thread failed, which
 * is logged by then.
 */
DM_MUST_USE enum dm_code run(const char *path, struct config *config,
                             const struct environment *environment, struct dm_error *err);

#endif
