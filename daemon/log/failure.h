/* A request that failed by our fault or DynamoDB's: what the log says of it. */
#ifndef DYNAMOD_DAEMON_LOG_FAILURE_H
#define DYNAMOD_DAEMON_LOG_FAILURE_H

#include "base/macros.h"

struct exchange;

/* Its reply is a problem of 500 or more. Failures of one app, model and type that come in
 * masses are told as a number (log_folded). */
void failure_tell(const struct exchange *exchange, const struct dm_error *err);

#endif
