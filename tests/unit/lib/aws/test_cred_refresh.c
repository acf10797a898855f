/* When credentials are loaded anew. */
#include "aws/cred_refresh.h"
#include "support/test.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static struct cred_refresh loaded(int64_t life_ms)
{
    struct cred_refresh refresh = {.random = 7};
    cred_refresh_loaded(&refresh, life_ms, 0);
    return refresh;
}

static void assert_need(const struct cred_refresh *refresh, int64_t left_ms,
                        enum cred_need expected)
{
    enum cred_need need = cred_refresh_need(refresh, refresh->expires_ms - left_ms, 0);
    cr_assert_eq(need, expected, "%d with %lld ms left", need, (long long)left_ms);
}

TEST(cred_refresh, is_never_due_for_what_does_not_expire)
{
    struct cred_refresh refresh = loaded(0);
    cr_assert_eq(cred_refresh_need(&refresh, INT64_MAX, 0), CRED_FRESH);
}

TEST(cred_refresh, is_advised_15_minutes_before_the_end_and_needed_from_10_on)
{
    const int64_t lives[] = {HOUR, 6 * HOUR};
    for (size_t i = 0; i < DM_COUNT(lives); i++) {
        struct cred_refresh refresh = loaded(lives[i]);
        assert_need(&refresh, 15 * MINUTE + 1, CRED_FRESH);
        assert_need(&refresh, 15 * MINUTE, CRED_ADVISED);
        assert_need(&refresh, 10 * MINUTE + 1, CRED_ADVISED);
        assert_need(&refresh, 10 * MINUTE, CRED_NEEDED);
        assert_need(&refresh, 1, CRED_NEEDED);
        assert_need(&refresh, 0, CRED_EXPIRED);
    }
}

TEST(cred_refresh, leaves_a_short_life_its_greater_part)
{
    struct cred_refresh refresh = loaded(12 * MINUTE);
    assert_need(&refresh, 12 * MINUTE, CRED_FRESH);
    assert_need(&refresh, 3 * MINUTE + 1, CRED_FRESH);
    assert_need(&refresh, 3 * MINUTE, CRED_ADVISED);
    assert_need(&refresh, 2 * MINUTE, CRED_NEEDED);
}

TEST(cred_refresh, that_failed_is_tried_again_after_a_minute_and_a_jitter)
{
    for (uint64_t seed = 1; seed < 200; seed++) {
        struct cred_refresh refresh = loaded(6 * HOUR);
        refresh.random = seed;
        int64_t wall_ms = 6 * HOUR - 9 * MINUTE;
        cred_refresh_failed(&refresh, wall_ms, 1000);
        cr_assert_geq(refresh.not_before_ms, 1000 + MINUTE);
        cr_assert_leq(refresh.not_before_ms, 1000 + MINUTE + MINUTE / 4);
        cr_assert_eq(cred_refresh_need(&refresh, wall_ms, refresh.not_before_ms - 1),
                     CRED_FRESH);
        cr_assert_eq(cred_refresh_need(&refresh, wall_ms, refresh.not_before_ms),
                     CRED_NEEDED);
    }
}

TEST(cred_refresh, that_failed_near_the_end_is_tried_again_before_it)
{
    struct cred_refresh refresh = loaded(6 * HOUR);
    cred_refresh_failed(&refresh, 6 * HOUR - 20000, 0);
    cr_assert_eq(refresh.not_before_ms, 10000);
    cred_refresh_failed(&refresh, 6 * HOUR - 1, 0);
    cr_assert_eq(refresh.not_before_ms, 1000);
    cr_assert_eq(cred_refresh_need(&refresh, 6 * HOUR, 0), CRED_EXPIRED);
}

TEST(cred_refresh, lets_them_outlive_their_end_by_5_to_10_minutes)
{
    for (uint64_t seed = 1; seed < 200; seed++) {
        struct cred_refresh refresh = loaded(HOUR);
        refresh.random = seed;
        cred_refresh_outlive(&refresh, 2 * HOUR, 0);
        cr_assert_geq(refresh.expires_ms, 2 * HOUR + 5 * MINUTE);
        cr_assert_leq(refresh.expires_ms, 2 * HOUR + 10 * MINUTE);
        cr_assert_eq(cred_refresh_need(&refresh, 2 * HOUR, 0), CRED_FRESH);
        int64_t again_ms = refresh.not_before_ms;
        cr_assert_eq(cred_refresh_need(&refresh, 2 * HOUR + again_ms, again_ms),
                     CRED_ADVISED);
        cr_assert_eq(cred_refresh_need(&refresh, refresh.expires_ms, again_ms),
                     CRED_EXPIRED);
    }
}
