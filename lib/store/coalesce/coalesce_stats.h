/* What coalescing counts: written on its loop, read from any thread. */
#ifndef DYNAMOD_STORE_COALESCE_STATS_H
#define DYNAMOD_STORE_COALESCE_STATS_H

#include "base/counter.h"
#include "base/histogram.h"

/* Embedded; zero it. */
struct coalesce_stats {
    struct counter gets;   /* that came */
    struct counter shared; /* of them, those that another's key answered */
    struct counter apart;  /* BatchGetItems that were refused, and sent as GetItems */
    struct counter keys[HISTOGRAM_BUCKETS], keys_sum; /* of the requests that left */
};

void coalesce_stats_left(struct coalesce_stats *stats, size_t keys);

/* The same as plain numbers. */
struct coalesce_figures {
    uint64_t gets, shared, apart;
    struct histogram keys; /* histogram_bound_keys; a GetItem is 1 */
};

void coalesce_stats_read(const struct coalesce_stats *stats,
                         struct coalesce_figures *ret_figures);

#endif
