/* A question on its way to the table, for all who ask it meanwhile. */
#ifndef DYNAMOD_STORE_CACHE_FLIGHT_H
#define DYNAMOD_STORE_CACHE_FLIGHT_H

#include "store/cache/cached_internal.h"

/* Who waits for an answer; in its request's arena. */
struct waiter {
    struct cached_call call;
    struct waiter *next, **link; /* in its flight; link NULL: in none */
    struct flight *flight;
    struct arena *arena;
    bool joined;
    struct loop_timer deadline;
    struct loop_task task;     /* its answer is known, and given later in this turn */
    struct cache_entry *known; /* that answer; the arena holds it */
    struct store_cache_outcome outcome;
};

/* On the heap, with copies of all that it asks. */
struct flight {
    struct flight *next, **link; /* in its bucket; link NULL: in none */
    struct arena arena;
    struct cached *cached;
    struct question question;
    int64_t asked_ms;
    int64_t deadline_ms;
    struct store_call *upstream;
    struct cache_entry *known; /* NULL, or what was known before */
    bool refreshes;            /* it goes on though nobody waits */
    struct waiter *waiters;
};

/* Under way, with nobody waiting. Takes its own reference to what is known; NULL:
 * nothing. */
DM_MUST_USE enum dm_code flight_new(struct cached *cached,
                                    const struct question *question,
                                    struct cache_entry *known, bool refreshes,
                                    struct flight **ret_flight, struct dm_error *err);
void flight_free(struct flight *flight);

/* One that was not asked before a write of what it asks, and ends no earlier than that;
 * or NULL. */
struct flight *flight_find(struct cached *cached, const struct question *question);

/* Whether what was known before may be answered in its stead. */
bool flight_rescues(const struct flight *flight, enum dm_code code);

/* Out of its flight, which ends if nobody is left. */
void waiter_quit(struct waiter *waiter);

/* Ends the waiter, who is in no flight any more: with the entry, or with err. */
void waiter_give(struct waiter *waiter, struct cache_entry *entry,
                 const struct store_cache_outcome *outcome, double capacity);
void waiter_fail(struct waiter *waiter, const struct dm_error *err);

#endif
