/*
 * What a client is told when a request fails: application/problem+json (RFC 9457).
 *
 * The daemon's own problems continue the library's codes, so that one dm_error carries
 * either, and DM_TRY serves both.
 */
#ifndef DYNAMOD_DAEMON_HTTP_PROBLEM_H
#define DYNAMOD_DAEMON_HTTP_PROBLEM_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"

enum problem {
    PROBLEM_MALFORMED_REQUEST = DM_E_CODE_COUNT,
    PROBLEM_UNAUTHORIZED,
    PROBLEM_INVALID_PATH,
    PROBLEM_INVALID_QUERY,
    PROBLEM_UNKNOWN_PARAMETER,
    PROBLEM_DUPLICATE_PARAMETER,
    PROBLEM_INVALID_PARAMETER,
    PROBLEM_INVALID_IDEMPOTENCY_KEY,
    PROBLEM_BODY_NOT_EXPECTED,
    PROBLEM_INVALID_BODY,
    PROBLEM_ROUTE_NOT_FOUND,
    PROBLEM_APP_NOT_FOUND,
    PROBLEM_NO_DEFAULT_APP,
    PROBLEM_ATTRIBUTE_NOT_FOUND,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_NOT_ACCEPTABLE,
    PROBLEM_TRANSACTION_CANCELLED,
    PROBLEM_REQUEST_TIMEOUT,
    PROBLEM_PRECONDITION_FAILED,
    PROBLEM_BODY_TOO_LARGE,
    PROBLEM_TARGET_TOO_LONG,
    PROBLEM_UNSUPPORTED_CONTENT,
    PROBLEM_MISDIRECTED_REQUEST,
    PROBLEM_RATE_LIMITED,
    PROBLEM_HEADERS_TOO_LARGE,
    PROBLEM_SHUTTING_DOWN,
    PROBLEM_END
};

/* As error_set, for a problem of the daemon's own. */
#define problem_set(err, problem, ...)                                                   \
    error_set((err), (enum dm_code)(problem), __VA_ARGS__)

/* Any code's HTTP status, and the tail of its URN. Static. */
unsigned problem_status(enum dm_code code);
const char *problem_type(enum dm_code code);

/* The status in words. Static. */
const char *problem_title(unsigned status);

/* Seconds for Retry-After; 0: no such header. */
unsigned problem_retry_after(const struct dm_error *err);

/* What a client is told of it. */
const char *problem_detail(const struct dm_error *err);

/* Appends the document and a newline; a failure stays in the buffer. instance is the
 * request's path, request_id its id; both terminated. reasons: of a cancelled
 * transaction, taken; NULL: there are none. */
void problem_write(const struct dm_error *err, const char *instance,
                   const char *request_id, json_t *reasons, struct dm_buf *out);

#endif
