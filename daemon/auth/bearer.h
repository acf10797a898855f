/* The Authorization field: a bearer token, or something else. */
#ifndef DYNAMOD_DAEMON_AUTH_BEARER_H
#define DYNAMOD_DAEMON_AUTH_BEARER_H

#include "base/macros.h"

/* RFC 6750 section 2.1. False: another scheme, or no token; then the other is untouched.
 * The token is lent by the value. */
bool bearer_parse(struct dm_str value, struct dm_str *ret_token);

#endif
