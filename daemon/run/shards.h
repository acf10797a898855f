/* All shards together, and the admin's: made, started, told, ended. */
#ifndef DYNAMOD_DAEMON_RUN_SHARDS_H
#define DYNAMOD_DAEMON_RUN_SHARDS_H

#include "daemon/limit/limiter.h"
#include "daemon/run/shard.h"

/* Embedded on run's stack. Read it; the functions write it. */
struct shards {
    struct shard **at;
    size_t count;
    struct shard *admin; /* NULL: none */
    size_t ended;        /* of `count` */
    struct limit_commons commons, admin_commons;
    int ended_fd;    /* counts shards that have ended */
    int answered_fd; /* counts what shards answered to the admin */
    int settled_fd;  /* counts answers to what is offered (shard_offer) */
};

/* Opens the descriptors. On failure too: shards_done. */
DM_MUST_USE enum dm_code shards_init(struct shards *shards, struct dm_error *err);
void shards_done(struct shards *shards);

/* What of a shard_plan is the same for all is given; count ones are made that serve the
 * apps on those sockets, and the admin's on its own (none: count 0). */
DM_MUST_USE enum dm_code shards_make(struct shards *shards, const struct shard_plan *plan,
                                     size_t count, const struct sockets *sockets,
                                     const struct sockets *admin_sockets,
                                     struct dm_error *err);

DM_MUST_USE enum dm_code shards_start(struct shards *shards, struct dm_error *err);

/* Not the admin's: it tells of the others' end. */
void shards_order(struct shards *shards, enum shard_order order);

/* How many have ended since it was asked last (ended_fd). */
size_t shards_take_ended(struct shards *shards);

/* Waits for all; the admin's is stopped last. DM_E_INTERNAL: one failed, which is logged.
 */
DM_MUST_USE enum dm_code shards_join(struct shards *shards, struct dm_error *err);

/* How many take part in a reload: the admin's too. */
size_t shards_all(const struct shards *shards);
struct shard *shards_at(const struct shards *shards, size_t index);

#endif
