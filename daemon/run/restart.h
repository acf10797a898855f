/* The settings that a running daemon cannot change: a reload leaves them as they are, and
 * says so. */
#ifndef DYNAMOD_DAEMON_RUN_RESTART_H
#define DYNAMOD_DAEMON_RUN_RESTART_H

#include "daemon/config.h"

/* For sets of them. Of listeners it is where they are and whether they have TLS. */
enum restart {
    RESTART_LISTEN = 1 << 0,
    RESTART_INHERITED = 1 << 1,
    RESTART_ADMIN = 1 << 2,
    RESTART_THREADS = 1 << 3,
    RESTART_LOG_FORMAT = 1 << 4,
    RESTART_ACCESS_LOG = 1 << 5,
    RESTART_MAX_HEADER_BYTES = 1 << 6,
    RESTART_CORE_DUMPS = 1 << 7
};

/* They become those of the configuration that is served; config->awaits_restart is where
 * they were others. */
DM_MUST_USE enum dm_code restart_keep(struct config *config, const struct config *served,
                                      struct dm_error *err);

/* The settings of the set as one sentence, "listen, threads: …"; "" for none. */
void restart_say(unsigned set, char *text, size_t size);

#endif
