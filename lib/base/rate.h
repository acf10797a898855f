/*
 * So much a second, shared by all threads without a lock: a leaky bucket as a meter
 * (GCRA, ITU-T I.371 appendix A) in one word, the time at which it is empty again. It
 * holds one second's worth, at least 1. The rate is no part of it: another one goes on
 * with what is in it.
 */
#ifndef DYNAMOD_BASE_RATE_H
#define DYNAMOD_BASE_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* All zero is empty. */
struct rate {
    _Atomic int64_t empty_at_ns;
};

/* A rate is 0.001 to 1e6. */

/* Takes 1, if there is room for it; else *ret_wait_us is when there will be. */
DM_MUST_USE bool rate_take(struct rate *rate, double per_second, int64_t now_us,
                           int64_t *ret_wait_us);

/* Whether there is any room, for what is known afterwards; else as above. */
DM_MUST_USE bool rate_has_room(const struct rate *rate, double per_second, int64_t now_us,
                               int64_t *ret_wait_us);

/* Puts in what was used, beyond the brim too: that is waited for. */
void rate_charge(struct rate *rate, double per_second, int64_t now_us, double amount);

#endif
