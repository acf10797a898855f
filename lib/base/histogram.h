/* How long things took, or how large they were, counted in buckets. One thread's. */
#ifndef DYNAMOD_BASE_HISTOGRAM_H
#define DYNAMOD_BASE_HISTOGRAM_H

#include <stdint.h>

#include "base/macros.h"

enum { HISTOGRAM_BUCKETS = 17 };

/* Zeroed, it is empty. */
struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS]; /* each of its own bucket alone */
    uint64_t sum_us;                    /* or keys */
};

/* The most that the bucket takes, from 100 microseconds to 10 seconds; the last one's,
 * which takes anything, is INT64_MAX. */
int64_t histogram_bound_us(size_t bucket);

/* The same where requests are counted by how many keys they have, of 100 at most. */
int64_t histogram_bound_keys(size_t bucket);

/* A duration below 0 counts as 0. */
void histogram_add(struct histogram *histogram, int64_t us);

/* Adds all of `from`. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/* Takes away what was there at an earlier time. */
void histogram_subtract(struct histogram *from, const struct histogram *earlier);

uint64_t histogram_count(const struct histogram *histogram);

/* The duration that this part of all is not above, 0.5 for the median: within a bucket
 * they are taken to be spread evenly, as Prometheus' histogram_quantile does. 0 when it
 * is empty; in the last bucket its lower bound. */
int64_t histogram_quantile_us(const struct histogram *histogram, double part);

#endif
