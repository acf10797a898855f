/* Making a bearer token. */
#ifndef DYNAMOD_DAEMON_AUTH_NEW_TOKEN_H
#define DYNAMOD_DAEMON_AUTH_NEW_TOKEN_H

#include "base/buf.h"

/* Two lines: "dynamod_" and 32 random bytes as base64url, and the SHA-256 of all that.
 * DM_E_INTERNAL. */
DM_MUST_USE enum dm_code new_token_write(struct dm_buf *out, struct dm_error *err);

#endif
