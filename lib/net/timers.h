/* The loop's timers, earliest first: a binary heap of timers that live elsewhere. */
#ifndef DYNAMOD_NET_TIMERS_H
#define DYNAMOD_NET_TIMERS_H

#include "net/loop.h"

/* All zero is empty. at[0] is the earliest; a timer's place is its index and 1. */
struct timers {
    struct loop_timer **at;
    size_t count, cap;
};

/* The timers that are set are none afterwards. */
void timers_done(struct timers *timers);

/* Adds the timer, or moves it when it is there, to where its at_ms belongs. False: out of
 * memory, never when it only moves. */
DM_MUST_USE bool timers_put(struct timers *timers, struct loop_timer *timer);

/* Nothing when the timer is not there. */
void timers_remove(struct timers *timers, struct loop_timer *timer);

/* NULL when there is none. */
static inline struct loop_timer *timers_first(const struct timers *timers)
{
    return timers->count ? timers->at[0] : NULL;
}

#endif
