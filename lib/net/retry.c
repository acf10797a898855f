/* When to send again. */
#include "net/retry.h"

enum { ADVICE_MS = 5000 /* how much longer than ours a server may make us wait */ };

void retry_init(struct retry_policy *policy, unsigned max_retries, unsigned base_ms,
                uint64_t seed)
{
    *policy = (struct retry_policy){.max_retries = max_retries,
                                    .base_ms = base_ms,
                                    .tokens = RETRY_BUCKET,
                                    .random = seed ? seed : 1};
}

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators".
 */
static uint32_t next_random(struct retry_policy *policy)
{
    uint64_t x = policy->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    policy->random = x;
    return (uint32_t)((x * UINT64_C(2685821657736338717)) >> 32);
}

/* base * 2^(attempt - 1), no more than the cap. */
static uint64_t ceiling_ms(uint64_t base_ms, unsigned attempt)
{
    while (--attempt && base_ms < RETRY_CAP_MS && base_ms)
        base_ms *= 2;
    return base_ms < RETRY_CAP_MS ? base_ms : RETRY_CAP_MS;
}

static int64_t jitter_ms(struct retry_policy *policy, uint64_t most_ms)
{
    return (int64_t)((next_random(policy) * (most_ms + 1)) >> 32);
}

static int64_t advised_ms(int64_t ours_ms, int64_t after_ms)
{
    if (after_ms <= ours_ms)
        return ours_ms;
    return after_ms < ours_ms + ADVICE_MS ? after_ms : ours_ms + ADVICE_MS;
}

bool retry_next(struct retry_policy *policy, unsigned attempt, bool throttled,
                int64_t after_ms, int64_t *ret_delay_ms, unsigned *ret_cost)
{
    unsigned cost = throttled ? RETRY_COST_THROTTLED : RETRY_COST;
    if (attempt > policy->max_retries || policy->tokens < cost)
        return false;

    unsigned base_ms = policy->base_ms;
    if (throttled && base_ms < RETRY_BASE_THROTTLED_MS)
        base_ms = RETRY_BASE_THROTTLED_MS;
    int64_t ours_ms = jitter_ms(policy, ceiling_ms(base_ms, attempt));
    policy->tokens -= cost;
    *ret_delay_ms = advised_ms(ours_ms, after_ms);
    *ret_cost = cost;
    return true;
}

void retry_unused(struct retry_policy *policy, unsigned cost)
{
    policy->tokens += cost;
    if (policy->tokens > RETRY_BUCKET)
        policy->tokens = RETRY_BUCKET;
}

void retry_succeeded(struct retry_policy *policy, unsigned cost)
{
    retry_unused(policy, cost ? cost : 1);
}
