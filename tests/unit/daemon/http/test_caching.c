/* What is said of a cache: RFC 9111, RFC 9211. */
#include "daemon/http/caching.h"

#include "support/test.h"

static void says(struct store_cache_outcome outcome, const char *age, const char *control,
                 const char *status)
{
    struct caching caching;
    caching_write(&outcome, &caching);
    cr_assert_str_eq(caching.age, age);
    cr_assert_str_eq(caching.cache_control, control);
    cr_assert_str_eq(caching.cache_status, status);
}

TEST(caching, is_silent_where_there_is_no_cache)
{
    says((struct store_cache_outcome){STORE_CACHE_NONE, .ttl_ms = 5000}, "", "", "");
}

TEST(caching, tells_a_hit_with_its_age)
{
    says((struct store_cache_outcome){STORE_CACHE_HIT, .age_ms = 1999, .ttl_ms = 5000},
         "1", "max-age=5", "dynamod; hit; ttl=3");
    says((struct store_cache_outcome){STORE_CACHE_HIT, .age_ms = 0, .ttl_ms = 500}, "0",
         "max-age=0", "dynamod; hit; ttl=0");
}

TEST(caching, tells_what_is_stale_by_a_time_that_is_over)
{
    says((struct store_cache_outcome){STORE_CACHE_HIT, .age_ms = 5001, .ttl_ms = 5000},
         "5", "max-age=5", "dynamod; hit; ttl=-1");
    says((struct store_cache_outcome){STORE_CACHE_HIT, .rescued = true, .age_ms = 65000,
                                      .ttl_ms = 5000},
         "65", "max-age=5", "dynamod; fwd=stale; ttl=-60; detail=stale-if-error");
}

TEST(caching, tells_what_was_asked_of_the_table_without_an_age)
{
    says((struct store_cache_outcome){STORE_CACHE_MISS, .stored = true, .ttl_ms = 5000},
         "", "max-age=5", "dynamod; fwd=miss; stored; ttl=5");
    says((struct store_cache_outcome){STORE_CACHE_MISS, .joined = true, .ttl_ms = 0}, "",
         "max-age=0", "dynamod; fwd=miss; collapsed");
}

TEST(caching, lets_nobody_reuse_a_consistent_read_unasked)
{
    says((struct store_cache_outcome){STORE_CACHE_PASSED, .stored = true, .ttl_ms = 5000},
         "", "no-cache", "dynamod; fwd=request; stored; ttl=5");
}
