/*
 * The cache of one model: stripes, by the hash of keys, so that threads seldom meet on a
 * lock; and what its options say of the answers in them.
 */
#ifndef DYNAMOD_STORE_CACHE_SPACE_H
#define DYNAMOD_STORE_CACHE_SPACE_H

#include "store/cache/options.h"
#include "store/cache/stripe.h"

enum { CACHE_STRIPES = 16 };

/* Owned by its cache; shared by all threads. */
struct cache_space {
    struct cache_options options;
    bool is_used;             /* the cache's to look at */
    struct cache_space *next; /* of the table's */
    struct cache_stripe stripes[CACHE_STRIPES];
};

/* Or NULL. */
struct cache_space *space_new(const struct cache_options *options);
void space_free(struct cache_space *space);

/* Once nobody asks it: it keeps and counts nothing, though writes may still reach it;
 * space_fill puts it to use again. */
void space_empty(struct cache_space *space);
void space_fill(struct cache_space *space, const struct cache_options *options);

enum cache_state {
    CACHE_NOTHING,
    CACHE_FRESH,
    CACHE_STALE,      /* good enough while a newer one is got */
    CACHE_LAST_RESORT /* good enough if none can be got */
};

/* What is there under the key; *ret_entry is the caller's reference unless it is
 * CACHE_NOTHING. Counts what can be answered out of it. */
enum cache_state space_look(struct cache_space *space, const struct cache_key *key,
                            int64_t now_ms, struct cache_entry **ret_entry);

/* Whether it may still be answered when the table fails. */
bool space_rescues(const struct cache_space *space, const struct cache_entry *entry,
                   int64_t now_ms);

/* How long such an answer is fresh. */
unsigned space_ttl_ms(const struct cache_space *space, const struct cache_entry *entry);

/* An answer that was read when the fence was as taken: kept, if it may be, in place of
 * what was known before. */
bool space_put(struct cache_space *space, struct cache_entry *entry, struct fence *fence,
               uint64_t taken);

/* Likewise what was written, by who began to write when the fence was as begun. */
bool space_put_written(struct cache_space *space, struct cache_entry *entry,
                       struct fence *fence, uint64_t begun);

void space_remove_group(struct cache_space *space, const struct cache_key *group);

/* An answer for which the table was asked. */
enum cache_asked { CACHE_MISSED, CACHE_JOINED, CACHE_PASSED };
void space_count(struct cache_space *space, const struct cache_key *key,
                 enum cache_asked asked);

void space_figures(struct cache_space *space, struct cache_figures *ret_figures);

#endif
