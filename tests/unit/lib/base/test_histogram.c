/* Durations in buckets. */
#include "base/histogram.h"

#include "support/test.h"

TEST(histogram, puts_a_duration_into_the_first_bucket_that_takes_it)
{
    struct histogram histogram = {.sum_us = 0};
    histogram_add(&histogram, 0);
    histogram_add(&histogram, 100);
    histogram_add(&histogram, 101);
    histogram_add(&histogram, 10000000);
    histogram_add(&histogram, 10000001);
    histogram_add(&histogram, INT64_MAX);
    cr_assert_eq(histogram.counts[0], 2);
    cr_assert_eq(histogram.counts[1], 1);
    cr_assert_eq(histogram.counts[HISTOGRAM_BUCKETS - 2], 1);
    cr_assert_eq(histogram.counts[HISTOGRAM_BUCKETS - 1], 2);
}

TEST(histogram, takes_time_that_went_back_for_none)
{
    struct histogram histogram = {.sum_us = 0};
    histogram_add(&histogram, -5);
    cr_assert_eq(histogram.counts[0], 1);
    cr_assert_eq(histogram.sum_us, 0);
}

TEST(histogram, has_bounds_that_rise_without_end)
{
    for (size_t i = 1; i < HISTOGRAM_BUCKETS; i++)
        cr_assert_lt(histogram_bound_us(i - 1), histogram_bound_us(i));
    cr_assert_eq(histogram_bound_us(HISTOGRAM_BUCKETS - 1), INT64_MAX);
}

TEST(histogram, adds_up_with_another)
{
    struct histogram one = {.sum_us = 0}, other = {.sum_us = 0};
    histogram_add(&one, 50);
    histogram_add(&other, 60);
    histogram_add(&other, 200);
    histogram_merge(&one, &other);
    cr_assert_eq(one.counts[0], 2);
    cr_assert_eq(one.counts[1], 1);
    cr_assert_eq(one.sum_us, 310);
}
