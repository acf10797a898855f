/* Gets that wait, and how they end. */
#include "base/error.h"
#include "store/coalesce/coalesce_internal.h"

void waiters_init(struct waiters *waiters)
{
    *waiters = (struct waiters){NULL, &waiters->first};
}

void waiters_add(struct waiters *waiters, struct waiter *waiter)
{
    waiter->next = NULL;
    waiter->link = waiters->last;
    *waiters->last = waiter;
    waiters->last = &waiter->next;
}

void waiters_remove(struct waiters *waiters, struct waiter *waiter)
{
    *waiter->link = waiter->next;
    if (waiter->next)
        waiter->next->link = waiter->link;
    else if (waiters)
        waiters->last = waiter->link;
}

void waiters_move(struct slot *from, struct slot *to)
{
    struct waiter *waiter;
    while ((waiter = from->waiters.first)) {
        waiters_remove(&from->waiters, waiter);
        waiter->slot = to;
        waiters_add(&to->waiters, waiter);
    }
}

void waiter_leave(struct waiter *waiter)
{
    struct slot *slot = waiter->slot;
    loop_timer_stop(&waiter->deadline);
    waiters_remove(slot ? &slot->waiters : NULL, waiter);
    if (!slot)
        return;
    struct group *group = slot->group;
    if (slot->flight) {
        flight_left(slot->flight, slot, waiter);
    } else if (!slot->waiters.first) {
        group_take(group, slot);
        slot_free(slot);
        group_release(group);
    }
}

static void on_deadline(void *ctx)
{
    struct waiter *waiter = ctx;
    struct dm_error err = {0};
    waiter_leave(waiter);
    error_set(&err, DM_E_TIMEOUT, "the deadline passed before DynamoDB answered");
    waiter->done(err.code, NULL, &err, waiter->ctx);
}

enum dm_code waiter_watch(struct waiter *waiter, struct dm_error *err)
{
    struct dm_loop *loop = waiter->slot->group->coalesce->loop;
    int64_t left_ms = waiter->request.base.deadline_ms - loop_now_ms(loop);
    return loop_timer_set(loop, &waiter->deadline, left_ms, on_deadline, waiter, err);
}

/* --- endings --- */

void ending_init(struct ending *ending)
{
    waiters_init(&ending->waiters);
    ending->err.code = DM_OK;
}

void ending_add(struct ending *ending, struct waiter *waiter)
{
    waiters_remove(&waiter->slot->waiters, waiter);
    waiter->slot = NULL;
    waiters_add(&ending->waiters, waiter);
}

void ending_take(struct ending *ending, struct slot *slot)
{
    while (slot->waiters.first)
        ending_add(ending, slot->waiters.first);
    slot_free(slot);
}

static void tell(struct waiter *waiter, const struct dm_error *failure)
{
    struct dm_error err = {0};
    struct store_result result = {.item = waiter->item,
                                  .consumed_capacity = waiter->capacity};
    if (failure->code)
        waiter->done(failure->code, NULL, failure, waiter->ctx);
    else if (waiter->starved)
        waiter->done(error_nomem(&err), NULL, &err, waiter->ctx);
    else
        waiter->done(DM_OK, &result, &err, waiter->ctx);
}

void ending_tell(struct ending *ending)
{
    while (ending->waiters.first) {
        struct waiter *waiter = ending->waiters.first;
        waiters_remove(NULL, waiter);
        loop_timer_stop(&waiter->deadline);
        tell(waiter, &ending->err);
    }
}
