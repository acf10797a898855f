/*
 * Absolute times by which something must have come: a queue for each kind, which all have
 * the same span, so that what begins last ends last; and one timer for the first of all.
 * To begin and to end one moves a few pointers.
 */
#ifndef DYNAMOD_DAEMON_LIMIT_DEADLINE_H
#define DYNAMOD_DAEMON_LIMIT_DEADLINE_H

#include "net/loop.h"

enum deadline_kind {
    DEADLINE_NONE,
    DEADLINE_HEAD,  /* the connection began, or the request line came */
    DEADLINE_AGAIN, /* the request before has ended: silence, then a head */
    DEADLINE_BODY,  /* the head is there */
    DEADLINE_SEND,  /* the answer is there */
    DEADLINE_KINDS
};

/* Embedded in what it is of; zeroed: none. */
struct deadline {
    struct deadline *next, **link;
    struct deadline_queue *queue;
    int64_t since_ms;
    enum deadline_kind kind;
};

struct deadline_queue {
    struct deadline *first, **tail;
    int64_t span_ms;
};

/* Embedded; deadlines_init. */
struct deadlines {
    struct dm_loop *loop; /* lent */
    struct deadline_queue queues[DEADLINE_KINDS];
    struct loop_timer timer;
    /* It waits no more, and its kind is what it was. */
    void (*passed)(struct deadline *deadline, void *ctx);
    void *ctx;
};

void deadlines_init(struct deadlines *deadlines, struct dm_loop *loop,
                    void (*passed)(struct deadline *deadline, void *ctx), void *ctx);

/* Those that are set stay, as ones that nobody waits for. */
void deadlines_done(struct deadlines *deadlines);

/* From now on, and for those that are set. */
void deadlines_set_span(struct deadlines *deadlines, enum deadline_kind kind,
                        int64_t span_ms);

/* Begins one, in place of what it was; DEADLINE_NONE ends it. */
void deadline_set(struct deadlines *deadlines, struct deadline *deadline,
                  enum deadline_kind kind);

#endif
