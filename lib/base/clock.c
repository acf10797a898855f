/* The machine's clock. */
#include "base/clock.h"

#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t monotonic_ms(const struct clock *clock)
{
    (void)clock;
    return read_us(CLOCK_MONOTONIC) / 1000;
}

static int64_t monotonic_us(const struct clock *clock)
{
    (void)clock;
    return read_us(CLOCK_MONOTONIC);
}

static int64_t wall_ms(const struct clock *clock)
{
    (void)clock;
    return read_us(CLOCK_REALTIME) / 1000;
}

const struct clock *clock_system(void)
{
    static const struct clock system = {
        .monotonic_ms = monotonic_ms, .wall_ms = wall_ms, .monotonic_us = monotonic_us};
    return &system;
}
