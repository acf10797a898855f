/* A loop with a clock that stands still until a test moves it. */
#ifndef DYNAMOD_TESTS_LOOP_FIXTURE_H
#define DYNAMOD_TESTS_LOOP_FIXTURE_H

#include <poll.h>

#include "net/loop.h"
#include "support/test.h"

struct fake_clock {
    struct clock clock;
    int64_t now_ms;
};

static inline int64_t fake_now_ms(const struct clock *clock)
{
    return ((const struct fake_clock *)(const void *)clock)->now_ms;
}

static inline struct fake_clock fake_clock(void)
{
    return (struct fake_clock){
        .clock = {.monotonic_ms = fake_now_ms, .wall_ms = fake_now_ms}, .now_ms = 1000};
}

struct fixture {
    struct fake_clock clock;
    struct dm_loop *loop;
    struct dm_error err;
};

static inline struct fixture *fixture_new(void)
{
    static struct fixture fixture;
    fixture = (struct fixture){.clock = fake_clock()};
    assert_ok(loop_new(&fixture.clock.clock, &fixture.loop, &fixture.err), fixture.err);
    return &fixture;
}

static inline void turn(struct fixture *f, int timeout_ms)
{
    assert_ok(dm_loop_turn(f->loop, timeout_ms, &f->err), f->err);
}

static inline bool readable(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return poll(&ready, 1, 0) == 1;
}

#endif
