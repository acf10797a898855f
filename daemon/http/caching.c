/* Age, Cache-Control and Cache-Status. */
#include "daemon/http/caching.h"

#include "base/str.h"
#include "daemon/http/put.h"

/* Time left as it is, so that a moment of it is not told as a second. */
static int64_t whole_seconds(int64_t ms)
{
    return ms < 0 ? -((999 - ms) / 1000) : ms / 1000;
}

static char *put_seconds(char *to, int64_t seconds)
{
    if (seconds < 0)
        to = put_text(to, STR("-"));
    return put_number(to, (uint64_t)(seconds < 0 ? -seconds : seconds));
}

static void write_hit(const struct store_cache_outcome *outcome, int64_t left_s,
                      struct caching *caching)
{
    *put_seconds(caching->age, outcome->age_ms / 1000) = '\0';
    char *to =
        put_text(caching->cache_status, outcome->rescued ? STR("dynamod; fwd=stale; ttl=")
                                                         : STR("dynamod; hit; ttl="));
    to = put_seconds(to, left_s);
    *put_text(to, outcome->rescued ? STR("; detail=stale-if-error") : STR("")) = '\0';
}

static void write_forward(const struct store_cache_outcome *outcome, int64_t left_s,
                          struct caching *caching)
{
    char *to = put_text(caching->cache_status, outcome->status == STORE_CACHE_PASSED
                                                   ? STR("dynamod; fwd=request")
                                                   : STR("dynamod; fwd=miss"));
    if (outcome->stored)
        to = put_seconds(put_text(to, STR("; stored; ttl=")), left_s);
    *put_text(to, outcome->joined ? STR("; collapsed") : STR("")) = '\0';
}

static void write_control(const struct store_cache_outcome *outcome,
                          struct caching *caching)
{
    char *to = caching->cache_control;
    if (outcome->status == STORE_CACHE_PASSED)
        to = put_text(to, STR("no-cache"));
    else
        to = put_seconds(put_text(to, STR("max-age=")), outcome->ttl_ms / 1000);
    *to = '\0';
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
    write_control(outcome, ret_caching);
}
