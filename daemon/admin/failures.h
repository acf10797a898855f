/* The last requests that this daemon or DynamoDB failed: what to show of each. Without
 * targets, keys and messages. */
#ifndef DYNAMOD_DAEMON_ADMIN_FAILURES_H
#define DYNAMOD_DAEMON_ADMIN_FAILURES_H

#include <stdint.h>

#include "daemon/http/request_id.h"

enum { FAILURES_KEPT = 50, FAILURE_NAME_MAX = 64 };

struct failure {
    int64_t at_ms; /* wall clock */
    unsigned status;
    const char *type; /* "urn:dynamod:timeout", static */
    char app[FAILURE_NAME_MAX + 1], model[FAILURE_NAME_MAX + 1]; /* cut; "": none */
    char request_id[REQUEST_ID_MAX + 1];
};

/* Embedded; zeroed, it is empty. */
struct failures {
    struct failure at[FAILURES_KEPT];
    size_t count; /* since the beginning: the last ones are kept */
};

struct exchange;

/* The exchange's reply is that error; in the place of the oldest. */
void failures_keep(struct failures *failures, const struct exchange *exchange,
                   const struct dm_error *err);

/* The newest is 0; NULL past the oldest that is kept. */
const struct failure *failures_at(const struct failures *failures, size_t index);

#endif
