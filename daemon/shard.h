/*
 * A shard: one thread with all that a request needs: a loop, HTTP on it, its own share of
 * each listening socket, and each app. Shards have nothing in common.
 */
#ifndef DYNAMOD_DAEMON_SHARD_H
#define DYNAMOD_DAEMON_SHARD_H

#include "daemon/config.h"
#include "daemon/socket.h"

struct shard;

enum shard_order {
    SHARD_SERVE,
    SHARD_DRAIN, /* accept no more, end when the last connection has */
    SHARD_STOP   /* cancel what is under way, end now */
};

/* Takes its shares of the sockets, which listen from then on. ended_fd is an eventfd that
 * counts the shards that have ended. */
DM_MUST_USE enum dm_code shard_new(const struct config *config,
                                   const struct environment *environment,
                                   const struct sockets *sockets, int ended_fd,
                                   struct shard **ret_shard, struct dm_error *err);

/* Stops it first, where it runs. */
void shard_free(struct shard *shard);
DM_AUTO_DEFINE(shard, shard_free)

DM_MUST_USE enum dm_code shard_start(struct shard *shard, struct dm_error *err);

/* From any thread. */
void shard_order(struct shard *shard, enum shard_order order);

/* Waits for its end. False when it ended by a failure, which it has logged. */
bool shard_join(struct shard *shard);

#endif
