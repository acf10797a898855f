/* Finished writes on their way from the writer's thread back to a store's loop. */
#ifndef DYNAMOD_STORE_SQLITE_INBOX_H
#define DYNAMOD_STORE_SQLITE_INBOX_H

#include "net/loop.h"

struct inbox;

/* Embedded in what is sent. */
struct letter {
    struct letter *next;
    void (*open)(struct letter *letter);    /* on the loop's thread */
    void (*discard)(struct letter *letter); /* there is no loop any more: on any thread */
};

/* Letters that arrive are opened from the loop, each by its own function. */
DM_MUST_USE enum dm_code inbox_new(struct dm_loop *loop, struct inbox **ret_inbox,
                                   struct dm_error *err);

/* On the loop's thread: no letter is opened any more, those still to come are discarded.
 */
void inbox_close(struct inbox *inbox);
DM_AUTO_DEFINE(inbox, inbox_close)

/* One letter will come: keeps the inbox until then. Taken back by inbox_forgo. On the
 * loop's thread. */
void inbox_expect(struct inbox *inbox);
void inbox_forgo(struct inbox *inbox);

/* From any thread. */
void inbox_deliver(struct inbox *inbox, struct letter *letter);

#endif
