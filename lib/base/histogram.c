/* Histograms. */
#include "base/histogram.h"

static const int64_t bounds_us[HISTOGRAM_BUCKETS] = {
    100,    250,    500,    1000,    2500,    5000,    10000,    25000,    50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, INT64_MAX};

static const int64_t bounds_keys[HISTOGRAM_BUCKETS] = {
    1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100, INT64_MAX};

int64_t histogram_bound_keys(size_t bucket)
{
    return bounds_keys[bucket];
}

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

void histogram_subtract(struct histogram *from, const struct histogram *earlier)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        from->counts[i] -= earlier->counts[i];
    from->sum_us -= earlier->sum_us;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    uint64_t count = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        count += histogram->counts[i];
    return count;
}

int64_t histogram_quantile_us(const struct histogram *histogram, double part)
{
    double rank = part * (double)histogram_count(histogram), below = 0;
    if (rank <= 0)
        return 0;
    size_t bucket = 0;
    while (bucket < HISTOGRAM_BUCKETS - 1 &&
           below + (double)histogram->counts[bucket] < rank)
        below += (double)histogram->counts[bucket++];

    double least = bucket ? (double)bounds_us[bucket - 1] : 0;
    if (bucket == HISTOGRAM_BUCKETS - 1)
        return (int64_t)least;
    double width = (double)bounds_us[bucket] - least;
    return (int64_t)(least + width * (rank - below) / (double)histogram->counts[bucket]);
}
