/*
 * A part of a cache, with a lock of its own: a hash table of entries, and the order in
 * which they go. The policy is S3-FIFO (Yang et al., "FIFO queues are all you need for
 * cache eviction", SOSP 2023): what is new goes through a small queue, out of which what
 * nobody asked for again is thrown, so that a scan leaves what is used in its place.
 */
#ifndef DYNAMOD_STORE_CACHE_STRIPE_H
#define DYNAMOD_STORE_CACHE_STRIPE_H

#include <pthread.h>

#include "store/cache/entry.h"
#include "store/cache/ghost.h"

/* What a stripe or a whole cache counts. */
struct cache_figures {
    uint64_t hits, stale, negative, misses, passed; /* answers, each in one of them */
    uint64_t joined;                                /* misses that joined another */
    uint64_t evictions;
    uint64_t entries, bytes; /* now */
};

struct entry_queue {
    struct cache_entry *newest, *oldest;
    size_t bytes;
};

enum { CACHE_LINE = 64 };

/* Embedded; zeroed, it is one that keeps nothing. */
struct cache_stripe {
    pthread_mutex_t lock;
    struct cache_entry **buckets; /* NULL: none yet */
    size_t bucket_count;          /* a power of two */
    struct entry_queue queues[CACHE_QUEUES];
    struct ghost ghost;
    size_t max; /* bytes */
    struct cache_figures figures;
    char apart[CACHE_LINE]; /* from the next one's lock */
};

/* Allocates nothing yet. */
void stripe_init(struct cache_stripe *stripe, size_t max);
void stripe_done(struct cache_stripe *stripe);

/* All that it keeps and has counted goes, and it has no room. */
void stripe_empty(struct cache_stripe *stripe);

/* An empty one has room for so many bytes. */
void stripe_limit(struct cache_stripe *stripe, size_t max);

/* All of these take the lock; stripe_find alone leaves it taken, with what it found, or
 * NULL: stripe_leave ends that. */
struct cache_entry *stripe_find(struct cache_stripe *stripe, const struct cache_key *key);
static inline void stripe_leave(struct cache_stripe *stripe)
{
    pthread_mutex_unlock(&stripe->lock);
}

/* What it was asked for by: counts it as used. Under the lock. */
void stripe_use(struct cache_entry *entry);

/* Out of the stripe, whose reference goes. Under the lock. */
void stripe_drop(struct cache_stripe *stripe, struct cache_entry *entry);

/* What was read: takes the place of what had that key, unless that was asked for later,
 * or the fence does not hold what was taken; and what there is no room for is thrown out.
 * keep false: it is too short-lived, and only ends what was known before. Holds a
 * reference of its own; false: it is not kept. */
bool stripe_put(struct cache_stripe *stripe, struct cache_entry *entry,
                struct fence *fence, uint64_t taken, bool keep);

/* What was written, likewise, if its writer was the only one. */
bool stripe_put_written(struct cache_stripe *stripe, struct cache_entry *entry,
                        struct fence *fence, uint64_t begun);

void stripe_remove_group(struct cache_stripe *stripe, const struct cache_key *group);

/* An entry that is kept has grown. Nothing when it is not there any more. */
void stripe_grown(struct cache_stripe *stripe, struct cache_entry *entry, size_t bytes);

#endif
