/* Time, injected: what needs the time is given a clock, so that tests need no sleep. */
#ifndef DYNAMOD_BASE_CLOCK_H
#define DYNAMOD_BASE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*monotonic_ms)(const struct clock *clock); /* never goes back */
    int64_t (*wall_ms)(const struct clock *clock);      /* since 1970-01-01T00:00:00Z */
    int64_t (*monotonic_us)(const struct clock *clock); /* NULL: only the above */
};

/* The machine's. Static. */
const struct clock *clock_system(void);

static inline int64_t clock_monotonic_ms(const struct clock *clock)
{
    return clock->monotonic_ms(clock);
}

static inline int64_t clock_monotonic_us(const struct clock *clock)
{
    return clock->monotonic_us ? clock->monotonic_us(clock)
                               : clock->monotonic_ms(clock) * 1000;
}

static inline int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock);
}

#endif
