/* Opening, probing, closing. */
#include "store/dynamodb/breaker.h"

static void open_for(struct breaker *breaker, int64_t wait_ms, int64_t now_ms)
{
    breaker->wait_ms = wait_ms;
    breaker->probe_at_ms = now_ms + wait_ms;
}

static int64_t longer(int64_t wait_ms)
{
    return 2 * wait_ms < BREAKER_LAST_WAIT_MS ? 2 * wait_ms : BREAKER_LAST_WAIT_MS;
}

/* The one place where the state changes. */
static void move(struct breaker *breaker, enum breaker_state state, int64_t now_ms)
{
    if (state == BREAKER_CLOSED)
        *breaker = (struct breaker){0};
    else if (state == BREAKER_HALF_OPEN)
        open_for(breaker, longer(breaker->wait_ms), now_ms);
    else if (breaker->state == BREAKER_CLOSED)
        open_for(breaker, BREAKER_FIRST_WAIT_MS, now_ms);
    breaker->state = state;
}

bool breaker_admits(struct breaker *breaker, int64_t now_ms)
{
    if (breaker->state == BREAKER_CLOSED)
        return true;
    if (now_ms < breaker->probe_at_ms)
        return false;
    move(breaker, BREAKER_HALF_OPEN, now_ms);
    return true;
}

void breaker_answered(struct breaker *breaker)
{
    move(breaker, BREAKER_CLOSED, 0);
}

bool breaker_failed(struct breaker *breaker, int64_t now_ms)
{
    bool closed = breaker->state == BREAKER_CLOSED;
    if (closed && ++breaker->failures < BREAKER_FAILURES)
        return false;
    move(breaker, BREAKER_OPEN, now_ms);
    return closed;
}

void breaker_lost(struct breaker *breaker)
{
    if (breaker->state == BREAKER_HALF_OPEN)
        move(breaker, BREAKER_OPEN, 0);
}

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {
        [BREAKER_CLOSED] = "closed",
        [BREAKER_OPEN] = "open",
        [BREAKER_HALF_OPEN] = "half-open",
    };
    return names[state];
}
