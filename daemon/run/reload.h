/*
 * Reading the configuration anew while the one in force is served: a thread reads it and
 * makes what is missing (tables, embedded files), then each shard makes ready what it
 * needs, and once all have they take it. Whatever fails on the way, nothing has changed.
 */
#ifndef DYNAMOD_DAEMON_RUN_RELOAD_H
#define DYNAMOD_DAEMON_RUN_RELOAD_H

#include <stdint.h>

#include "daemon/run/shards.h"

struct reload;

/* All of it is lent. */
struct reload_plan {
    struct dm_loop *loop; /* the main thread's */
    const char *path;     /* of dynamod.conf */
    const struct environment *environment;
    struct shards *shards;
    const struct sockets *sockets, *admin_sockets; /* that are listened on */
};

/* The end of a reload, on the loop. config: what all shards serve from now on, a
 * reference of the callee's own; NULL: what was in force stays, and err says why, lent
 * until return. */
typedef void (*reload_fn)(struct config *config, const struct dm_error *err, void *ctx);

DM_MUST_USE enum dm_code reload_new(const struct reload_plan *plan, reload_fn done,
                                    void *ctx, struct reload **ret_reload,
                                    struct dm_error *err);

/* After the shards have ended. Waits for what is being read. */
void reload_free(struct reload *reload);
DM_AUTO_DEFINE(reload, reload_free)

/* Begins one; of those that are asked for while one is under way, one follows it. */
void reload_begin(struct reload *reload, struct config *current);

/* The daemon ends: what is under way comes to nothing, and what is asked for. */
void reload_abandon(struct reload *reload);

/* What became of it, for operators. */
struct reload_status {
    uint64_t succeeded, failed; /* how many */
    bool last_failed;
    int64_t last_ms;   /* wall clock, the end of the last one; 0: none yet */
    int64_t loaded_ms; /* wall clock: since when what is in force has been */
    char message[512]; /* why the last one failed, or which settings wait for a restart;
                          else empty; escaped, as in the log */
};

/* From any thread. */
void reload_read_status(struct reload *reload, struct reload_status *ret_status);

#endif
