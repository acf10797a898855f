/* The heap of timers. */
#include "net/timers.h"

#include "support/test.h"

enum { MANY = 300 };

static void put(struct timers *timers, struct loop_timer *timer, int64_t at_ms)
{
    timer->at_ms = at_ms;
    cr_assert(timers_put(timers, timer));
}

static size_t drain_in_order(struct timers *timers)
{
    size_t count = 0;
    int64_t last_ms = INT64_MIN;
    for (struct loop_timer *timer; (timer = timers_first(timers)); count++) {
        cr_assert_leq(last_ms, timer->at_ms);
        last_ms = timer->at_ms;
        timers_remove(timers, timer);
    }
    return count;
}

TEST(timers, come_out_in_order_however_they_were_put_moved_and_removed)
{
    struct timers timers = {0};
    struct loop_timer all[MANY] = {0};
    unsigned random = 1;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < MANY; i++) {
            random = random * 1103515245 + 12345;
            struct loop_timer *timer = &all[(random >> 8) % MANY];
            if (random >> 30 == 0)
                timers_remove(&timers, timer);
            else
                put(&timers, timer, random >> 20);
        }
        size_t set = 0;
        for (size_t i = 0; i < MANY; i++)
            set += all[i].place != 0;
        cr_assert_eq(timers.count, set);
        if (round % 5 == 0)
            cr_assert_eq(drain_in_order(&timers), set);
    }
    drain_in_order(&timers);
    timers_done(&timers);
}

TEST(timers, are_not_set_once_the_heap_is_gone)
{
    struct timers timers = {0};
    struct loop_timer timer = {0};
    put(&timers, &timer, 1);
    timers_done(&timers);
    cr_assert_eq(timer.place, 0);
    timers_remove(&timers, &timer);
}

TEST(timers, without_memory_none_is_put_but_those_there_still_move)
{
    struct timers timers = {0};
    struct loop_timer set[16] = {0}, other = {0};
    for (size_t i = 0; i < DM_COUNT(set); i++)
        put(&timers, &set[i], (int64_t)i);
    mem_fail_at(1);
    cr_assert_not(timers_put(&timers, &other));
    cr_assert_eq(other.place, 0);
    put(&timers, &set[0], 100);
    mem_fail_at(0);
    cr_assert_eq(timers_first(&timers), &set[1]);
    cr_assert_eq(drain_in_order(&timers), DM_COUNT(set));
    timers_done(&timers);
}
