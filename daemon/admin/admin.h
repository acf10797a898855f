/*
 * The admin: asks every shard how it is, and keeps what each said last. Requests that
 * come while a round of questions is open share its answers. Every ten seconds it asks by
 * itself, for the history.
 */
#ifndef DYNAMOD_DAEMON_ADMIN_ADMIN_H
#define DYNAMOD_DAEMON_ADMIN_ADMIN_H

#include "daemon/admin/history.h"
#include "daemon/admin/probe.h"

struct admin;

/* Up to `most` shards; answered_fd is the eventfd that their probes count with, lent. */
DM_MUST_USE enum dm_code admin_new(struct dm_loop *loop, int answered_fd, size_t most,
                                   struct admin **ret_admin, struct dm_error *err);
void admin_free(struct admin *admin);
DM_AUTO_DEFINE(admin, admin_free)

/* The probe is lent. */
void admin_add(struct admin *admin, struct probe *probe);

/* One shard, as the last round found it. */
struct shard_view {
    const struct snapshot *last; /* NULL: none yet, or out of memory */
    bool silent;                 /* it did not answer in time; `last` is older */
};

size_t admin_shard_count(const struct admin *admin);
struct shard_view admin_shard(const struct admin *admin, size_t index);

/* Makes the exchange's reply, or fails. */
typedef enum dm_code (*admin_answer_fn)(struct exchange *exchange, struct dm_error *err);

/* The exchange waits for the end of a round that asks as much or more, a second at most;
 * then it is answered. */
DM_MUST_USE enum dm_code admin_ask(struct admin *admin, enum question question,
                                   struct exchange *exchange, admin_answer_fn answer,
                                   struct dm_error *err);

/* The last hour; up to date while a round's exchanges are answered. */
const struct history *admin_history(const struct admin *admin);

/* rest_admin.c: /live, /ready, /metrics, /status. Static. */
const struct route_table *admin_routes(void);

#endif
