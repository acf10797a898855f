/* What every asynchronous call of an app has: a place in its list, and a way to end it.
 */
#ifndef DYNAMOD_MODEL_CALL_H
#define DYNAMOD_MODEL_CALL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "model/scope.h"
#include "store/store.h"

/* What a call cost upstream; added to as it goes, whether it ends well or not. */
struct call_cost {
    double capacity;                  /* units; half ones occur */
    double written;                   /* of them, those of writes */
    bool has_capacity;                /* the store said so */
    struct store_cache_outcome cache; /* what a cache did; of several requests, what makes
                                         the answer oldest */
    uint64_t upstream_us; /* from sending to answer, all requests of the call together */
};

/* Who asks, and how. Zero is the default of every field. */
struct call_context {
    struct dm_str traceparent; /* copied */
    const struct scope *scope; /* what of the app; NULL: all. Lives as long as the app */
    struct call_cost *cost;  /* NULL, or lent until the call has ended or is cancelled */
    struct arena_room *room; /* where its memory and its result's are counted; or NULL */
};

/* Measures one request to the store after the other. Embedded. */
struct call_meter {
    struct call_cost *cost; /* NULL: nobody asked */
    const struct clock *clock;
    int64_t sent_us;
    bool writes; /* what was sent */
};

void call_meter_sent(struct call_meter *meter);
/* result: NULL when it failed. */
void call_meter_answered(struct call_meter *meter, const struct store_result *result);

/* Of a read that went well: what a cache did. */
void call_meter_cached(struct call_meter *meter, const struct store_cache_outcome *more);

/* Copies a text that is given (ptr not NULL) into the arena. */
DM_MUST_USE enum dm_code call_copy(struct arena *arena, struct dm_str *text,
                                   struct dm_error *err);

/* A request's own 404 message. DM_E_INVALID. */
DM_MUST_USE enum dm_code call_check_message(struct dm_str message, struct dm_error *err);

/* A write's ClientRequestToken, or none. DM_E_INVALID. */
DM_MUST_USE enum dm_code call_check_token(struct dm_str token, struct dm_error *err);

/* Embedded at the start of each kind of call. */
struct dm_call {
    void (*free)(struct dm_call *call); /* stops what is under way and frees the call */
    struct dm_call *next, **link;
};

static inline void call_add(struct dm_call **list, struct dm_call *call)
{
    call->next = *list;
    call->link = list;
    if (call->next)
        call->next->link = &call->next;
    *list = call;
}

static inline void call_remove(struct dm_call *call)
{
    if (!call->link)
        return;
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    call->link = NULL;
}

#endif
