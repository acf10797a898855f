/* Requests that were refused because of who asks: counted, and told in the log. */
#ifndef DYNAMOD_DAEMON_AUTH_REFUSALS_H
#define DYNAMOD_DAEMON_AUTH_REFUSALS_H

#include "daemon/admin/metrics.h"
#include "daemon/auth/peer.h"
#include "daemon/auth/strikes.h"

struct exchange;

enum refusal {
    REFUSAL_MISSING,   /* it showed nothing */
    REFUSAL_MALFORMED, /* no bearer token, or two */
    REFUSAL_WRONG,     /* one that is nobody's */
    REFUSAL_TOO_MANY   /* it was not looked at, after so many wrong ones */
};

struct refusal_count;

/* Embedded in its service. Zeroed, it is empty. */
struct refusals {
    struct refusal_count *counts;
    struct strikes strikes;
};

/* DM_E_INTERNAL. */
DM_MUST_USE enum dm_code refusals_init(struct refusals *refusals, struct dm_error *err);
void refusals_done(struct refusals *refusals);

/* Counts and tells it; a wrong token is a strike. */
void refusals_add(struct refusals *refusals, const struct exchange *exchange,
                  enum refusal refusal);

/* Label values live as long as the refusals. */
void refusals_add_samples(const struct refusals *refusals, struct samples *samples);

#endif
