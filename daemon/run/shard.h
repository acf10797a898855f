/*
 * A shard: one thread with all that a request needs: a loop, HTTP on it, its own share of
 * each listening socket, and each app. Shards have nothing in common. The admin's shard
 * has no apps: it asks the others how they are.
 */
#ifndef DYNAMOD_DAEMON_RUN_SHARD_H
#define DYNAMOD_DAEMON_RUN_SHARD_H

#include "daemon/config.h"
#include "daemon/listen/socket.h"

struct access_log;
struct limit_commons;
struct reload;
struct shard;

enum shard_order {
    SHARD_SERVE,
    SHARD_LEAVE, /* say that it is not ready any more, serve as before */
    SHARD_DRAIN, /* accept no more, end when the last connection has */
    SHARD_STOP   /* cancel what is under way, end now */
};

/* All of it is lent; the descriptors are eventfds. */
struct shard_plan {
    struct config *config; /* it takes references of its own */
    const struct environment *environment;
    struct reload *reload;         /* for whoever asks what became of the last */
    const struct sockets *sockets; /* it takes its shares of them */
    struct access_log *access_log; /* NULL: none */
    struct limit_commons *commons; /* of those shards that serve the same */
    int ended_fd;                  /* counts the shards that have ended */
    int answered_fd;               /* counts the answers to probes */
    int settled_fd;                /* counts the answers to what is offered */
    struct shard *const *others;   /* NULL: serves the apps. Else it is the admin's, and
                                      these are who it asks, freed later */
    size_t other_count;
    const struct sockets *served; /* the admin's: where the others are, to be told */
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

/*
 * Another configuration, in two steps, so that all shards take it or none does: what is
 * offered is made ready, then taken or dropped. From the main thread, one step after the
 * other; each is answered by one count of settled_fd, unless the shard ends first.
 */
void shard_offer(struct shard *shard, struct config *config); /* lent until settled */
void shard_settle(struct shard *shard, bool take);

/* Once the offer is answered: whether the shard can take it. */
DM_MUST_USE enum dm_code shard_can_take(const struct shard *shard, struct dm_error *err);

/* Whether its loop turns, from the main thread: asked, it turns once more. One that has
 * ended, or was never asked, has turned. */
void shard_ask_to_turn(struct shard *shard);
bool shard_has_turned(const struct shard *shard);

/* Waits for its end. False when it ended by a failure, which it has logged. */
bool shard_join(struct shard *shard);

#endif
