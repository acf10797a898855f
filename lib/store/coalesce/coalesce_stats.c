/* The counters of coalescing. */
#include "store/coalesce/coalesce_stats.h"

void coalesce_stats_left(struct coalesce_stats *stats, size_t keys)
{
    size_t bucket = 0;
    while ((int64_t)keys > histogram_bound_keys(bucket))
        bucket++;
    counter_add(&stats->keys[bucket], 1);
    counter_add(&stats->keys_sum, keys);
}

void coalesce_stats_read(const struct coalesce_stats *stats,
                         struct coalesce_figures *ret_figures)
{
    *ret_figures = (struct coalesce_figures){
        .gets = counter_get(&stats->gets),
        .shared = counter_get(&stats->shared),
        .apart = counter_get(&stats->apart),
        .keys.sum_us = counter_get(&stats->keys_sum),
    };
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        ret_figures->keys.counts[i] = counter_get(&stats->keys[i]);
}
