/* Deadlines. */
#include "daemon/limit/deadline.h"

#include "base/error.h"
#include "daemon/log/log.h"

static void pass(void *ctx);

void deadlines_init(struct deadlines *deadlines, struct dm_loop *loop,
                    void (*passed)(struct deadline *deadline, void *ctx), void *ctx)
{
    *deadlines = (struct deadlines){.loop = loop, .passed = passed, .ctx = ctx};
    for (int i = 0; i < DEADLINE_KINDS; i++)
        deadlines->queues[i].tail = &deadlines->queues[i].first;
}

void deadlines_done(struct deadlines *deadlines)
{
    loop_timer_stop(&deadlines->timer);
}

/* --- the timer --- */

static int64_t due(const struct deadline_queue *queue)
{
    return queue->first->since_ms + queue->span_ms;
}

/* It is not moved when the first one ends: it finds nothing then, and looks again. */
static void wake_by(struct deadlines *deadlines, int64_t at_ms)
{
    struct dm_error err;
    int64_t delay_ms = at_ms - loop_now_ms(deadlines->loop);
    if (deadlines->timer.place && deadlines->timer.at_ms <= at_ms)
        return;
    if (loop_timer_set(deadlines->loop, &deadlines->timer, delay_ms > 0 ? delay_ms : 0,
                       pass, deadlines, &err))
        log_text(LOG_WARNING, "slow connections stay open: %s", err.message);
}

static void wake_by_first(struct deadlines *deadlines)
{
    for (int i = 0; i < DEADLINE_KINDS; i++)
        if (deadlines->queues[i].first)
            wake_by(deadlines, due(&deadlines->queues[i]));
}

/* --- the queues --- */

static void leave(struct deadline *deadline)
{
    struct deadline_queue *queue = deadline->queue;
    if (!queue)
        return;
    *deadline->link = deadline->next;
    if (deadline->next)
        deadline->next->link = deadline->link;
    else
        queue->tail = deadline->link;
    deadline->queue = NULL;
}

static void join(struct deadline_queue *queue, struct deadline *deadline)
{
    deadline->queue = queue;
    deadline->next = NULL;
    deadline->link = queue->tail;
    *queue->tail = deadline;
    queue->tail = &deadline->next;
}

static void pass_queue(struct deadlines *deadlines, struct deadline_queue *queue)
{
    int64_t now_ms = loop_now_ms(deadlines->loop);
    while (queue->first && due(queue) <= now_ms) {
        struct deadline *deadline = queue->first;
        leave(deadline);
        deadlines->passed(deadline, deadlines->ctx);
    }
}

static void pass(void *ctx)
{
    struct deadlines *deadlines = ctx;
    for (int i = 0; i < DEADLINE_KINDS; i++)
        pass_queue(deadlines, &deadlines->queues[i]);
    wake_by_first(deadlines);
}

void deadlines_set_span(struct deadlines *deadlines, enum deadline_kind kind,
                        int64_t span_ms)
{
    deadlines->queues[kind].span_ms = span_ms;
    wake_by_first(deadlines);
}

void deadline_set(struct deadlines *deadlines, struct deadline *deadline,
                  enum deadline_kind kind)
{
    leave(deadline);
    deadline->kind = kind;
    if (kind == DEADLINE_NONE)
        return;
    deadline->since_ms = loop_now_ms(deadlines->loop);
    join(&deadlines->queues[kind], deadline);
    wake_by(deadlines, due(&deadlines->queues[kind]));
}
