/* Signals, as events of the main thread's loop. */
#ifndef DYNAMOD_DAEMON_RUN_SIGNALS_H
#define DYNAMOD_DAEMON_RUN_SIGNALS_H

#include "net/loop.h"

struct signals;

/* One row for each signal that is taken. */
struct signal_row {
    int number;
    void (*arrived)(void *ctx); /* on the loop; those that came at once count as one */
};

/* From now on the rows' signals wait, in this thread and in those that it starts: call it
 * before any other is. Also has a lost connection be no signal (SIGPIPE). */
void signals_hold(const struct signal_row *rows, size_t count);

/* They arrive, those too that wait already. The rows are lent. */
DM_MUST_USE enum dm_code signals_new(struct dm_loop *loop, const struct signal_row *rows,
                                     size_t count, void *ctx,
                                     struct signals **ret_signals, struct dm_error *err);
void signals_free(struct signals *signals);
DM_AUTO_DEFINE(signals, signals_free)

#endif
