/* A number that one thread writes, and that others may read at any time. */
#ifndef DYNAMOD_BASE_COUNTER_H
#define DYNAMOD_BASE_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

/* Embedded; zero it. Nothing is ordered by it: a reader sees some value that it had. */
struct counter {
    _Atomic uint64_t value;
};

static inline uint64_t counter_get(const struct counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

/* Its writer alone: no locked instruction is needed. */
static inline void counter_set(struct counter *counter, uint64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

static inline void counter_add(struct counter *counter, uint64_t more)
{
    counter_set(counter, counter_get(counter) + more);
}

#endif
