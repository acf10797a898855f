/* Histograms of durations. */
#include "base/histogram.h"

static const int64_t bounds_us[HISTOGRAM_BUCKETS] = {
    100,    250,    500,    1000,    2500,    5000,    10000,    25000,    50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, INT64_MAX};

int64_t histogram_bound_us(size_t bucket)
{
    return bounds_us[bucket];
}

void histogram_add(struct histogram *histogram, int64_t us)
{
    size_t bucket = 0;
    if (us < 0)
        us = 0;
    while (us > bounds_us[bucket])
        bucket++;
    histogram->counts[bucket]++;
    histogram->sum_us += (uint64_t)us;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->counts[i] += from->counts[i];
    into->sum_us += from->sum_us;
}
