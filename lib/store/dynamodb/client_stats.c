/* A client's counters: their names, and reading them. */
#include "store/dynamodb/client_stats.h"

#include "base/str.h"

const char *client_retry_name(enum client_retry retry)
{
    static const char *const names[CLIENT_RETRY_COUNT] = {
        [CLIENT_RETRY_CONNECTION] = "connection",
        [CLIENT_RETRY_LOST] = "lost",
        [CLIENT_RETRY_TIMEOUT] = "timeout",
        [CLIENT_RETRY_DAMAGED] = "damaged",
        [CLIENT_RETRY_SERVER] = "server",
        [CLIENT_RETRY_CONFLICT] = "conflict",
        [CLIENT_RETRY_THROTTLED] = "throttled",
        [CLIENT_RETRY_CREDENTIALS] = "credentials",
        [CLIENT_RETRY_CLOCK] = "clock",
    };
    return names[retry];
}

const char *client_throttle_name(enum client_throttle throttle)
{
    static const char *const names[CLIENT_THROTTLE_COUNT] = {
        [CLIENT_THROTTLE_PROVISIONED] = "ProvisionedThroughputExceededException",
        [CLIENT_THROTTLE_THROTTLING] = "ThrottlingException",
        [CLIENT_THROTTLE_REQUEST_LIMIT] = "RequestLimitExceeded",
        [CLIENT_THROTTLE_OTHER] = "other",
    };
    return names[throttle];
}

enum client_throttle client_throttle_of(const char *type)
{
    enum client_throttle throttle = 0;
    while (throttle < CLIENT_THROTTLE_OTHER &&
           strcmp(type, client_throttle_name(throttle)) != 0)
        throttle++;
    return throttle;
}

void client_stats_latency(struct client_stats *stats, int64_t us)
{
    size_t bucket = 0;
    while (us > histogram_bound_us(bucket))
        bucket++;
    counter_add(&stats->latency[bucket], 1);
    counter_add(&stats->latency_sum_us, (uint64_t)us);
}

static void read_all(const struct counter *counters, size_t count, uint64_t *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = counter_get(&counters[i]);
}

void client_stats_read(const struct client_stats *stats, struct client_figures *ret)
{
    *ret = (struct client_figures){
        .attempts = counter_get(&stats->attempts),
        .refused = counter_get(&stats->refused),
        .overloaded = counter_get(&stats->overloaded),
        .breaker = (enum breaker_state)counter_get(&stats->breaker),
        .latency.sum_us = counter_get(&stats->latency_sum_us),
    };
    read_all(stats->retries, CLIENT_RETRY_COUNT, ret->retries);
    read_all(stats->throttles, CLIENT_THROTTLE_COUNT, ret->throttles);
    read_all(stats->latency, HISTOGRAM_BUCKETS, ret->latency.counts);
}
