/* Sockets that whoever started us listens on for us (sd_listen_fds(3)). */
#ifndef DYNAMOD_DAEMON_LISTEN_INHERITED_H
#define DYNAMOD_DAEMON_LISTEN_INHERITED_H

#include "daemon/listen/socket.h"

/*
 * Adds them: those that are named "admin" to the admin's, all others to the apps'. There
 * may be none. Once, before there are other threads: what says so is taken out of the
 * process's environment, and children do not see it. DM_E_CONFIG: one is no stream socket
 * that listens.
 */
DM_MUST_USE enum dm_code inherited_take(struct sockets *sockets,
                                        struct sockets *admin_sockets,
                                        struct dm_error *err);

#endif
