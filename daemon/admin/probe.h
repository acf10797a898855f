/*
 * Asking a shard how it is, from the admin's thread: the shard answers on its own, from
 * its loop, with a snapshot. So nothing that it counts is shared, and one that does not
 * answer is known to hang.
 */
#ifndef DYNAMOD_DAEMON_ADMIN_PROBE_H
#define DYNAMOD_DAEMON_ADMIN_PROBE_H

#include "daemon/admin/snapshot.h"
#include "net/loop.h"

struct probe;

enum question {
    QUESTION_LIFE,      /* do you turn? */
    QUESTION_FIGURES,   /* and how are you? */
    QUESTION_READINESS, /* and have loaded what credentials you lack */
};

/* Makes the snapshot; NULL out of memory. On the shard's thread, for all questions but
 * the first. */
typedef struct snapshot *(*probe_fn)(enum question question, void *ctx);

/* answered_fd is an eventfd, lent: it counts one whenever a question is answered. */
DM_MUST_USE enum dm_code probe_new(struct dm_loop *loop, int answered_fd, probe_fn look,
                                   void *ctx, struct probe **ret_probe,
                                   struct dm_error *err);

/* When neither thread runs any more. */
void probe_free(struct probe *probe);
DM_AUTO_DEFINE(probe, probe_free)

/* The shard's thread: its loop will not turn any more. The last snapshot is the answer to
 * all questions. */
void probe_close(struct probe *probe);

/* The shard's thread, in the middle of a long turn: answers what was asked meanwhile. One
 * look at an atomic where nothing was. */
void probe_answer(struct probe *probe);

/* The admin's thread: asks; a question that is still open becomes the greater of the
 * two. */
void probe_ask(struct probe *probe, enum question question);

/* The admin's thread: whether no question is open. */
bool probe_is_answered(const struct probe *probe);

/* The admin's thread: what came last, the caller's; NULL when nothing new did. */
struct snapshot *probe_take(struct probe *probe);

#endif
