/*
 * A store around a store: gets that come while others are under way become one
 * BatchGetItem. While fewer than `width` requests of a group (table, consistency,
 * projection) are in flight a get leaves at once, as GetItem; else it waits for the next
 * of them to end, and all that have waited leave together. Nobody waits where nothing is
 * under way, nor for a request that is slow. All other operations are the inner store's.
 */
#ifndef DYNAMOD_STORE_COALESCE_H
#define DYNAMOD_STORE_COALESCE_H

#include "store/coalesce/coalesce_stats.h"
#include "store/store.h"

struct coalesce_options {
    unsigned width;     /* at least 1 */
    unsigned max_queue; /* requests to the inner store that those who wait of a group will
                           make; a get that would make one more is DM_E_OVERLOADED */
    unsigned base_backoff_ms;
    unsigned slow_ms; /* a request that takes longer keeps no others from leaving: one key
                         that is throttled, or one stuck connection, is not everybody's */
};

/* The inner store is lent: it outlives this one. */
DM_MUST_USE enum dm_code coalesce_new(struct dm_store *inner, struct dm_loop *loop,
                                      const struct coalesce_options *options,
                                      struct dm_store **ret_store, struct dm_error *err);

/* From any thread, while the store lives. */
void coalesce_read_figures(const struct dm_store *store,
                           struct coalesce_figures *ret_figures);

#endif
