/*
 * A shard: one thread with all that a request needs: a loop, HTTP on it, its own share of
 * each listening socket, and each app. Shards have nothing in common. The admin's shard
 * has no apps: it asks the others how they are.
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

/* All of it is lent; the descriptors are eventfds. */
struct shard_plan {
    const struct config *config;
    const struct environment *environment;
    const struct sockets *sockets; /* it takes its shares of them */
    int ended_fd;                  /* counts the shards that have ended */
    int answered_fd;               /* counts the answers to probes */
    struct shard *const *others;   /* NULL: serves the apps. Else it is the admin's, and
                                      these are who it asks, freed later */
    size_t other_count;
};

/* Its sockets listen from then on. */
DM_MUST_USE enum dm_code shard_new(const struct shard_plan *plan,
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
