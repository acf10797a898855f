/* An eventfd that counts: one thread adds, another's loop looks. */
#ifndef DYNAMOD_DAEMON_RUN_COUNTER_FD_H
#define DYNAMOD_DAEMON_RUN_COUNTER_FD_H

#include <stdint.h>

#include "base/macros.h"

/* The caller closes it. */
DM_MUST_USE enum dm_code counter_fd_new(int *ret_fd, struct dm_error *err);

/* From any thread. */
void counter_fd_add(int fd);

/* How many were added since it was asked last; does not wait. */
uint64_t counter_fd_take(int fd);

#endif
