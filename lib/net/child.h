/* A program that runs beside the loop: what it prints, and how it ends. */
#ifndef DYNAMOD_NET_CHILD_H
#define DYNAMOD_NET_CHILD_H

#include "net/loop.h"

struct child;

struct child_options {
    char *const *argv;   /* argv[0] is looked for in PATH; NULL after the last */
    size_t max_output;   /* bytes; one that prints more is killed */
    unsigned timeout_ms; /* one that runs longer is killed */
};

/*
 * Exactly once, from the loop. err->code is DM_OK when the program ended with status 0,
 * else DM_E_UPSTREAM or DM_E_TIMEOUT. The output is lent until return, and then wiped.
 * The child is no more once it begins.
 */
typedef void (*child_done_fn)(struct dm_str output, const struct dm_error *err,
                              void *ctx);

/*
 * Starts it in a process group of its own, with our environment, no input, its standard
 * error nowhere, and none of our descriptors, blocked signals or ignored ones. Killed
 * is the group. DM_E_UPSTREAM when there is no such program.
 */
DM_MUST_USE enum dm_code child_start(struct dm_loop *loop,
                                     const struct child_options *options,
                                     child_done_fn done, void *ctx,
                                     struct child **ret_child, struct dm_error *err);

/* Kills it; done will not be called. NULL is nothing. */
void child_free(struct child *child);
DM_AUTO_DEFINE(child, child_free)

#endif
