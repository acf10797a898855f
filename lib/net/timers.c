/* The heap of timers. */
#include "net/timers.h"

#include "base/mem.h"

enum { FIRST_CAP = 16 };

void timers_done(struct timers *timers)
{
    for (size_t i = 0; i < timers->count; i++)
        timers->at[i]->place = 0;
    mem_free(timers->at);
    *timers = (struct timers){0};
}

static void place(struct timers *timers, size_t index, struct loop_timer *timer)
{
    timers->at[index] = timer;
    timer->place = index + 1;
}

/* Fills the hole at index with the timer, or moves the hole to where it fits. */
static void rise(struct timers *timers, size_t index, struct loop_timer *timer)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (timers->at[parent]->at_ms <= timer->at_ms)
            break;
        place(timers, index, timers->at[parent]);
        index = parent;
    }
    place(timers, index, timer);
}

static void sink(struct timers *timers, size_t index, struct loop_timer *timer)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count &&
            timers->at[child + 1]->at_ms < timers->at[child]->at_ms)
            child++;
        if (timer->at_ms <= timers->at[child]->at_ms)
            break;
        place(timers, index, timers->at[child]);
        index = child;
    }
    place(timers, index, timer);
}

static void settle(struct timers *timers, size_t index, struct loop_timer *timer)
{
    rise(timers, index, timer);
    sink(timers, timer->place - 1, timer);
}

static bool make_room(struct timers *timers)
{
    if (timers->count < timers->cap)
        return true;
    size_t cap = timers->cap ? timers->cap * 2 : FIRST_CAP;
    struct loop_timer **at = mem_resize(timers->at, cap * sizeof(struct loop_timer *));
    if (!at)
        return false;
    timers->at = at;
    timers->cap = cap;
    return true;
}

bool timers_put(struct timers *timers, struct loop_timer *timer)
{
    if (timer->place) {
        settle(timers, timer->place - 1, timer);
        return true;
    }
    if (!make_room(timers))
        return false;
    rise(timers, timers->count++, timer);
    return true;
}

void timers_remove(struct timers *timers, struct loop_timer *timer)
{
    if (!timer->place)
        return;
    size_t hole = timer->place - 1;
    struct loop_timer *last = timers->at[--timers->count];
    timer->place = 0;
    if (last != timer)
        settle(timers, hole, last);
}
