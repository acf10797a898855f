/* Rates. */
#include "base/rate.h"

#define SECOND_NS 1e9

/* What is owed is waited for so long at most, whatever it was. */
#define DEBT_MAX_NS (3600 * SECOND_NS)

static int64_t of_one(double per_second)
{
    return (int64_t)(SECOND_NS / per_second);
}

/* How far ahead of now the bucket is full. */
static int64_t brim(double per_second)
{
    return per_second < 1 ? of_one(per_second) : (int64_t)SECOND_NS;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Whether it fits, and else when; rounded up, so that it does fit then. */
static bool fits(int64_t empty_at, int64_t more, double per_second, int64_t now,
                 int64_t *ret_wait_us)
{
    int64_t over = empty_at + more - now - brim(per_second);
    *ret_wait_us = over > 0 ? (over + 999) / 1000 : 0;
    return over <= 0;
}

bool rate_take(struct rate *rate, double per_second, int64_t now_us, int64_t *ret_wait_us)
{
    int64_t now = now_us * 1000, one = of_one(per_second);
    int64_t before = atomic_load_explicit(&rate->empty_at_ns, memory_order_relaxed);
    int64_t empty_at;
    do {
        empty_at = later(before, now);
        if (!fits(empty_at, one, per_second, now, ret_wait_us))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&rate->empty_at_ns, &before,
                                                    empty_at + one, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

bool rate_has_room(const struct rate *rate, double per_second, int64_t now_us,
                   int64_t *ret_wait_us)
{
    int64_t now = now_us * 1000;
    int64_t empty_at = atomic_load_explicit(&rate->empty_at_ns, memory_order_relaxed);
    return fits(later(empty_at, now), 1, per_second, now, ret_wait_us);
}

void rate_charge(struct rate *rate, double per_second, int64_t now_us, double amount)
{
    int64_t now = now_us * 1000;
    double cost_ns = amount * (SECOND_NS / per_second);
    int64_t cost = (int64_t)(cost_ns < DEBT_MAX_NS ? cost_ns : DEBT_MAX_NS);
    int64_t most = now + brim(per_second) + (int64_t)DEBT_MAX_NS, next;
    int64_t before = atomic_load_explicit(&rate->empty_at_ns, memory_order_relaxed);
    do {
        next = later(before, now) + cost;
        next = next < most ? next : later(most, before);
    } while (!atomic_compare_exchange_weak_explicit(
        &rate->empty_at_ns, &before, next, memory_order_relaxed, memory_order_relaxed));
}
