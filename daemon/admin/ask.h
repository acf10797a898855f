/* Asking a running daemon how it is, as another process: for container health checks,
 * where there is no curl. */
#ifndef DYNAMOD_DAEMON_ADMIN_ASK_H
#define DYNAMOD_DAEMON_ADMIN_ASK_H

#include "daemon/listen/address.h"

/*
 * GET path of the admin listener at that address; an address of all interfaces stands for
 * this machine. DM_OK: 200. DM_E_UNAVAILABLE: another status, and then the message is
 * what it said, or no answer within two seconds. Over TLS the certificate is not looked
 * at, and none is shown.
 */
DM_MUST_USE enum dm_code ask_admin(const struct address *address, bool has_tls,
                                   const char *path, struct dm_error *err);

#endif
