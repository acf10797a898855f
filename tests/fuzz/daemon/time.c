/* Time that stands still: clock_gettime and getrandom in the place of libc's. */
#include "time.h"

#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

enum { START_MS = 1000000 };
#define START_WALL_MS 1700000000000

static struct {
    bool is_frozen;
    int64_t now_ms;
    uint64_t random;
} frozen;

void time_freeze(void)
{
    frozen.is_frozen = true;
    frozen.now_ms = START_MS;
    frozen.random = 1;
}

void time_thaw(void)
{
    frozen.is_frozen = false;
}

void time_pass(int64_t ms)
{
    frozen.now_ms += ms;
}

static int64_t monotonic_ms(const struct clock *clock)
{
    (void)clock;
    return frozen.now_ms;
}

static int64_t wall_ms(const struct clock *clock)
{
    (void)clock;
    return START_WALL_MS + frozen.now_ms;
}

const struct clock *time_clock(void)
{
    static const struct clock clock = {.monotonic_ms = monotonic_ms, .wall_ms = wall_ms};
    return &clock;
}

/* The wall clock goes on: libFuzzer measures an input by it. */
EXPORTED int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    bool is_monotonic = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE ||
                        clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_BOOTTIME;
    if (!frozen.is_frozen || !is_monotonic)
        return (int)syscall(SYS_clock_gettime, clock, ret_time);
    *ret_time = (struct timespec){.tv_sec = frozen.now_ms / 1000,
                                  .tv_nsec = frozen.now_ms % 1000 * 1000000};
    return 0;
}

EXPORTED ssize_t getrandom(void *bytes, size_t len, unsigned flags)
{
    unsigned char *at = bytes;
    if (!frozen.is_frozen)
        return syscall(SYS_getrandom, bytes, len, flags);
    for (size_t i = 0; i < len; i++) {
        frozen.random = frozen.random * 6364136223846793005 + 1442695040888963407;
        at[i] = (unsigned char)(frozen.random >> 56);
    }
    return (ssize_t)len;
}
