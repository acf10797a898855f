/* What every asynchronous call of an app has: a place in its list, and a way to end it.
 */
#ifndef DYNAMOD_MODEL_CALL_H
#define DYNAMOD_MODEL_CALL_H

#include "base/macros.h"

/* Embedded at the start of each kind of call. */
struct dm_call {
    void (*free)(struct dm_call *call); /* stops what is under way and frees the call */
    struct dm_call *next, **link;
};

static inline void call_add(struct dm_call **list, struct dm_call *call)
{
    call->next = *list;
    call->link = list;
    if (call->next)
        call->next->link = &call->next;
    *list = call;
}

static inline void call_remove(struct dm_call *call)
{
    if (!call->link)
        return;
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    call->link = NULL;
}

#endif
