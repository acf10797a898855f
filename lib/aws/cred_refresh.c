/* When credentials are loaded anew. */
#include "aws/cred_refresh.h"

enum {
    MINUTE_MS = 60 * 1000,
    ADVISED_MS = 15 * MINUTE_MS,
    NEEDED_MS = 10 * MINUTE_MS,
    ADVISED_PART = 4, /* of a short life */
    NEEDED_PART = 6,
    RETRY_MS = MINUTE_MS,
    RETRY_JITTER_MS = MINUTE_MS / 4,
    RETRY_LEAST_MS = 1000,
    OUTLIVE_MS = 5 * MINUTE_MS,
    OUTLIVE_JITTER_MS = 5 * MINUTE_MS
};

static int64_t less(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* xorshift64*, as net/retry.c has it. */
int64_t cred_refresh_jitter(struct cred_refresh *refresh, int64_t most_ms)
{
    uint64_t x = refresh->random ? refresh->random : 1;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    refresh->random = x;
    uint64_t high = (x * UINT64_C(2685821657736338717)) >> 32;
    return (int64_t)((high * ((uint64_t)most_ms + 1)) >> 32);
}

void cred_refresh_loaded(struct cred_refresh *refresh, int64_t expires_ms,
                         int64_t wall_ms)
{
    refresh->expires_ms = expires_ms;
    refresh->life_ms = expires_ms > wall_ms ? expires_ms - wall_ms : 0;
    refresh->not_before_ms = 0;
    refresh->outlived = false;
}

enum cred_need cred_refresh_need(const struct cred_refresh *refresh, int64_t wall_ms,
                                 int64_t monotonic_ms)
{
    int64_t left_ms = refresh->expires_ms - wall_ms;
    if (!refresh->expires_ms)
        return CRED_FRESH;
    if (left_ms <= 0)
        return CRED_EXPIRED;
    if (monotonic_ms < refresh->not_before_ms)
        return CRED_FRESH;
    if (refresh->outlived)
        return CRED_ADVISED;
    if (left_ms <= less(NEEDED_MS, refresh->life_ms / NEEDED_PART))
        return CRED_NEEDED;
    if (left_ms <= less(ADVISED_MS, refresh->life_ms / ADVISED_PART))
        return CRED_ADVISED;
    return CRED_FRESH;
}

void cred_refresh_failed(struct cred_refresh *refresh, int64_t wall_ms,
                         int64_t monotonic_ms)
{
    int64_t half_ms = (refresh->expires_ms - wall_ms) / 2;
    int64_t pause_ms = RETRY_MS + cred_refresh_jitter(refresh, RETRY_JITTER_MS);
    if (half_ms < RETRY_LEAST_MS)
        half_ms = RETRY_LEAST_MS;
    refresh->not_before_ms = monotonic_ms + less(pause_ms, half_ms);
}

void cred_refresh_outlive(struct cred_refresh *refresh, int64_t wall_ms,
                          int64_t monotonic_ms)
{
    refresh->expires_ms =
        wall_ms + OUTLIVE_MS + cred_refresh_jitter(refresh, OUTLIVE_JITTER_MS);
    refresh->outlived = true;
    cred_refresh_failed(refresh, wall_ms, monotonic_ms);
}
