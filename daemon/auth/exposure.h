/*
 * What others than this machine's can reach without saying who they are: refused, unless
 * the configuration says that it is meant. Exposed is a listener that is neither a unix
 * socket nor on a loopback address, does not demand a client's certificate, and does not
 * say `insecure = true`.
 */
#ifndef DYNAMOD_DAEMON_AUTH_EXPOSURE_H
#define DYNAMOD_DAEMON_AUTH_EXPOSURE_H

#include "daemon/config.h"

struct sockets;

/* By what the configuration says of addresses; names other than localhost may be
 * anybody's. DM_E_CONFIG: names the listener, and the app or the admin that asks nobody.
 */
DM_MUST_USE enum dm_code exposure_check(const struct config *config,
                                        struct dm_error *err);

/* By the sockets that there are: the apps', and the admin's. */
DM_MUST_USE enum dm_code exposure_check_sockets(const struct config *config,
                                                const struct sockets *sockets,
                                                const struct sockets *admin_sockets,
                                                struct dm_error *err);

#endif
