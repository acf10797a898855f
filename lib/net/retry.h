/*
 * When to send again: full jitter over an exponential backoff, and a token bucket that
 * stops retries while most of them fail (AWS SDKs, retry behaviour "standard").
 */
#ifndef DYNAMOD_NET_RETRY_H
#define DYNAMOD_NET_RETRY_H

#include <stdint.h>

#include "base/macros.h"

enum {
    RETRY_BUCKET = 500,
    RETRY_COST = 14,          /* of a retry after a transient failure */
    RETRY_COST_THROTTLED = 5, /* of one after throttling */
    RETRY_CAP_MS = 20000,
    RETRY_BASE_THROTTLED_MS = 1000 /* or base_ms, if that is longer */
};

/* One app's, on one loop. Embedded. */
struct retry_policy {
    unsigned max_retries; /* after the first try */
    unsigned base_ms;
    unsigned tokens;
    uint64_t random; /* state of xorshift64*; any seed but 0 */
};

void retry_init(struct retry_policy *policy, unsigned max_retries, unsigned base_ms,
                uint64_t seed);

/*
 * Whether try number `attempt` (1 for the first) that failed may be followed by another,
 * and after how long. Takes tokens; *ret_cost is given back by retry_succeeded. after_ms
 * is the server's own advice (x-amz-retry-after), -1 for none: it is the least wait, at
 * most 5 s more than ours.
 */
bool retry_next(struct retry_policy *policy, unsigned attempt, bool throttled,
                int64_t after_ms, int64_t *ret_delay_ms, unsigned *ret_cost);

/* The retry is not made after all: there is no time left for it. */
void retry_unused(struct retry_policy *policy, unsigned cost);

/* A call that ended well: gives back what its last retry took, or 1. */
void retry_succeeded(struct retry_policy *policy, unsigned cost);

#endif
