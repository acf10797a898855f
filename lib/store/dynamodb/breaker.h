/*
 * A circuit breaker: while an endpoint is plainly down it is left alone but for a probe
 * now and then, so that an outage costs neither side anything. What the endpoint answers,
 * throttling and errors included, is never a failure here.
 */
#ifndef DYNAMOD_STORE_DYNAMODB_BREAKER_H
#define DYNAMOD_STORE_DYNAMODB_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum breaker_state {
    BREAKER_CLOSED,   /* all may pass */
    BREAKER_OPEN,     /* none may, until the next probe is due */
    BREAKER_HALF_OPEN /* a probe is under way */
};

enum {
    BREAKER_FAILURES = 8,       /* one after the other open it */
    BREAKER_FIRST_WAIT_MS = 50, /* before the first probe; doubles with each */
    BREAKER_LAST_WAIT_MS = 1000
};

/* Embedded; zeroed, it is closed. */
struct breaker {
    enum breaker_state state;
    unsigned failures; /* since the last answer */
    int64_t wait_ms, probe_at_ms;
};

/* Whether a request may be sent now. When a probe is due, the one that asks is it; when
 * nothing is heard of it, another one follows. */
bool breaker_admits(struct breaker *breaker, int64_t now_ms);

/* The endpoint answered, whatever it said. */
void breaker_answered(struct breaker *breaker);

/* No connection, or no answer in time. True when that opened it. */
bool breaker_failed(struct breaker *breaker, int64_t now_ms);

/* A connection broke off: of a probe a failure, else no sign of anything. */
void breaker_lost(struct breaker *breaker);

/* "closed". Static. */
const char *breaker_state_name(enum breaker_state state);

#endif
