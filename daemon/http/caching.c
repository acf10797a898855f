/* Age, Cache-Control and Cache-Status. */
#include "daemon/http/caching.h"

#include <inttypes.h>
#include <stdio.h>

/* Time left as it is, so that a moment of it is not told as a second. */
static int64_t whole_seconds(int64_t ms)
{
    return ms < 0 ? -((999 - ms) / 1000) : ms / 1000;
}

static void write_hit(const struct store_cache_outcome *outcome, int64_t left_s,
                      struct caching *caching)
{
    snprintf(caching->age, sizeof caching->age, "%" PRId64, outcome->age_ms / 1000);
    snprintf(caching->cache_status, sizeof caching->cache_status,
             "dynamod; %s; ttl=%" PRId64 "%s", outcome->rescued ? "fwd=stale" : "hit",
             left_s, outcome->rescued ? "; detail=stale-if-error" : "");
}

static void write_forward(const struct store_cache_outcome *outcome, int64_t left_s,
                          struct caching *caching)
{
    const char *why = outcome->status == STORE_CACHE_PASSED ? "request" : "miss";
    char ttl[32] = "";
    if (outcome->stored)
        snprintf(ttl, sizeof ttl, "; stored; ttl=%" PRId64, left_s);
    snprintf(caching->cache_status, sizeof caching->cache_status, "dynamod; fwd=%s%s%s",
             why, ttl, outcome->joined ? "; collapsed" : "");
}

/* Who caches on the way counts Age against max-age; what was read consistently may be
 * kept, but not answered with without asking. */
void caching_write(const struct store_cache_outcome *outcome, struct caching *ret_caching)
{
    int64_t left_s = whole_seconds(outcome->ttl_ms - outcome->age_ms);
    *ret_caching = (struct caching){.age = ""};
    if (outcome->status == STORE_CACHE_NONE)
        return;
    if (outcome->status == STORE_CACHE_HIT)
        write_hit(outcome, left_s, ret_caching);
    else
        write_forward(outcome, left_s, ret_caching);
    if (outcome->status == STORE_CACHE_PASSED)
        snprintf(ret_caching->cache_control, sizeof ret_caching->cache_control,
                 "no-cache");
    else
        snprintf(ret_caching->cache_control, sizeof ret_caching->cache_control,
                 "max-age=%" PRId64, outcome->ttl_ms / 1000);
}
