/* The same over TLS, to a server whose certificate is not looked at: it is asked whether
 * it lives, by whoever stands beside it, and told nothing. */
#ifndef DYNAMOD_DAEMON_ADMIN_ASK_TLS_H
#define DYNAMOD_DAEMON_ADMIN_ASK_TLS_H

#include "base/buf.h"

/* fd: connected, the caller's. DM_E_UNAVAILABLE: no whole answer within so many ms. */
DM_MUST_USE enum dm_code ask_tls(int fd, struct dm_str request, unsigned patience_ms,
                                 struct dm_buf *answer, struct dm_error *err);

#endif
