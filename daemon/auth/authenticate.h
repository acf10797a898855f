/* Who asks: before a request's body is kept, whoever asks is known, or refused. */
#ifndef DYNAMOD_DAEMON_AUTH_AUTHENTICATE_H
#define DYNAMOD_DAEMON_AUTH_AUTHENTICATE_H

#include "daemon/auth/principal.h"

struct exchange;
struct dm_app;

/*
 * Its route is known, and its app where there is one: sets exchange->principal, which
 * stays NULL where nobody is asked. PROBLEM_UNAUTHORIZED, PROBLEM_MALFORMED_REQUEST,
 * PROBLEM_RATE_LIMITED. Where any app asks, an app that there is not is refused as one
 * that does not know the caller.
 */
DM_MUST_USE enum dm_code authenticate(struct exchange *exchange, struct dm_error *err);

/* Whether it may know of the app; *ret_principal is who it is there, NULL where nobody is
 * asked. For routes that are of no app. */
bool authenticate_for(const struct exchange *exchange, const struct dm_app *app,
                      const struct principal **ret_principal);

#endif
