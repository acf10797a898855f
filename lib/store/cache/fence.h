/*
 * Fences keep what was read before a write from being kept after it. A word that counts
 * the writes that are under way and those that have begun or ended: whoever reads takes
 * its value first, and keeps what it read only if the fence still holds, that is, if no
 * write was under way, began or ended meanwhile. From any thread.
 */
#ifndef DYNAMOD_STORE_CACHE_FENCE_H
#define DYNAMOD_STORE_CACHE_FENCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The low bits count who is under way: more than there is memory for. The rest wraps
 * after 2^44 changes. */
enum { FENCE_BITS = 20 };
#define FENCE_CHANGE (UINT64_C(1) << FENCE_BITS)

struct fence {
    _Atomic uint64_t word;
};

static inline uint64_t fence_take(struct fence *fence)
{
    return atomic_load(&fence->word);
}

/* No write has begun or ended since. */
static inline bool fence_same(struct fence *fence, uint64_t taken)
{
    return atomic_load(&fence->word) == taken;
}

/* Nor is one under way. */
static inline bool fence_holds(struct fence *fence, uint64_t taken)
{
    return !(taken % FENCE_CHANGE) && fence_same(fence, taken);
}

/* A write begins; returns what is taken by the writer itself. */
static inline uint64_t fence_begin(struct fence *fence)
{
    return atomic_fetch_add(&fence->word, FENCE_CHANGE + 1) + FENCE_CHANGE + 1;
}

/* Whether the writer, whose fence_begin gave that, has been alone ever since. */
static inline bool fence_alone(struct fence *fence, uint64_t begun)
{
    return begun % FENCE_CHANGE == 1 && fence_same(fence, begun);
}

static inline void fence_end(struct fence *fence)
{
    atomic_fetch_add(&fence->word, FENCE_CHANGE - 1);
}

#endif
