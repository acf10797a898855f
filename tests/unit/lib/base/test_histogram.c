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

TEST(histogram, takes_away_what_was_there_before)
{
    struct histogram before = {.sum_us = 0};
    histogram_add(&before, 50);
    struct histogram now = before;
    histogram_add(&now, 200);
    histogram_subtract(&now, &before);
    cr_assert_eq(histogram_count(&now), 1);
    cr_assert_eq(now.counts[1], 1);
    cr_assert_eq(now.sum_us, 200);
}

TEST(histogram, estimates_a_quantile_within_its_bucket)
{
    struct histogram histogram = {.sum_us = 0};
    cr_assert_eq(histogram_quantile_us(&histogram, 0.5), 0);
    for (int i = 0; i < 98; i++)
        histogram_add(&histogram, 80);
    histogram_add(&histogram, 700);
    histogram_add(&histogram, 800);
    cr_assert_eq(histogram_quantile_us(&histogram, 0.49), 50);
    cr_assert_eq(histogram_quantile_us(&histogram, 0.98), 100);
    cr_assert_eq(histogram_quantile_us(&histogram, 0.99), 750);
    cr_assert_eq(histogram_quantile_us(&histogram, 1), 1000);
}

TEST(histogram, knows_no_more_than_the_last_bound)
{
    struct histogram histogram = {.sum_us = 0};
    histogram_add(&histogram, INT64_MAX);
    cr_assert_eq(histogram_quantile_us(&histogram, 0.5), 10000000);
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

TEST(histogram, has_bounds_for_keys)
{
    cr_assert_eq(histogram_bound_keys(0), 1);
    for (size_t i = 1; i < HISTOGRAM_BUCKETS; i++)
        cr_assert_gt(histogram_bound_keys(i), histogram_bound_keys(i - 1));
    cr_assert_eq(histogram_bound_keys(HISTOGRAM_BUCKETS - 2), 100);
    cr_assert_eq(histogram_bound_keys(HISTOGRAM_BUCKETS - 1), INT64_MAX);
}
