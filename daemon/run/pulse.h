/*
 * Whether a thread's loop turns: another thread asks, and the loop answers after its next
 * turn. (A probe asks the same and how it is besides, but has one asker: the admin's.)
 */
#ifndef DYNAMOD_DAEMON_RUN_PULSE_H
#define DYNAMOD_DAEMON_RUN_PULSE_H

#include <stdatomic.h>
#include <stdbool.h>

/* Embedded; zeroed, it is answered. */
struct pulse {
    atomic_int state; /* enum pulse_state */
};

enum pulse_state { PULSE_ANSWERED, PULSE_ASKED, PULSE_ENDED };

/* --- the asker --- */

/* Wake the loop after it. */
static inline void pulse_ask(struct pulse *pulse)
{
    int answered = PULSE_ANSWERED;
    atomic_compare_exchange_strong(&pulse->state, &answered, PULSE_ASKED);
}

/* A thread that has ended owes none. */
static inline bool pulse_is_answered(const struct pulse *pulse)
{
    return atomic_load(&pulse->state) != PULSE_ASKED;
}

/* --- the loop's thread --- */

/* After each turn. Costs a read while nobody has asked. */
static inline void pulse_answer(struct pulse *pulse)
{
    if (atomic_load_explicit(&pulse->state, memory_order_relaxed) == PULSE_ASKED)
        atomic_store(&pulse->state, PULSE_ANSWERED);
}

/* The loop will not turn any more. */
static inline void pulse_end(struct pulse *pulse)
{
    atomic_store(&pulse->state, PULSE_ENDED);
}

#endif
