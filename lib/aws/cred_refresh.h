/*
 * When credentials are loaded anew, as the AWS SDKs do it: advised from 15 minutes before
 * their end on, needed from 10 minutes on. Of those that live for less than an hour it is
 * the last quarter and the last sixth of their time, as near as that is.
 */
#ifndef DYNAMOD_AWS_CRED_REFRESH_H
#define DYNAMOD_AWS_CRED_REFRESH_H

#include <stdint.h>

#include "base/macros.h"

enum cred_need {
    CRED_FRESH,
    CRED_ADVISED, /* load, and use these meanwhile */
    CRED_NEEDED,  /* load first; if that fails, use these */
    CRED_EXPIRED  /* load first */
};

/* All zero: none. Wall-clock times are for what the service says, monotonic ones for our
 * own pauses. */
struct cred_refresh {
    int64_t expires_ms;    /* wall; 0: never */
    int64_t life_ms;       /* from the load to that */
    int64_t not_before_ms; /* monotonic: the next load, unless they have expired */
    uint64_t random;       /* state of the jitter; any seed */
    bool outlived;         /* they are used beyond their own end */
};

/* They were loaded: now, wall clock. */
void cred_refresh_loaded(struct cred_refresh *refresh, int64_t expires_ms,
                         int64_t wall_ms);

enum cred_need cred_refresh_need(const struct cred_refresh *refresh, int64_t wall_ms,
                                 int64_t monotonic_ms);

/* A load failed, but they are still good: the next is in a minute and a jitter, or after
 * half of the time that is left. */
void cred_refresh_failed(struct cred_refresh *refresh, int64_t wall_ms,
                         int64_t monotonic_ms);

/* They have expired, nothing newer is to be had, and they are used on, for 5 to 10
 * minutes. */
void cred_refresh_outlive(struct cred_refresh *refresh, int64_t wall_ms,
                          int64_t monotonic_ms);

/* 0 … most_ms. */
int64_t cred_refresh_jitter(struct cred_refresh *refresh, int64_t most_ms);

#endif
