/* What one shard says of itself when it is asked: its figures, its ways to DynamoDB and
 * whether they can sign, what it was asked for, and what failed. */
#ifndef DYNAMOD_DAEMON_ADMIN_SNAPSHOT_H
#define DYNAMOD_DAEMON_ADMIN_SNAPSHOT_H

#include "daemon/admin/failures.h"
#include "daemon/admin/metrics.h"
#include "daemon/admin/tally.h"
#include "daemon/run/service.h"

/* One way to DynamoDB: an app's, or that of a model with settings of its own. */
struct upstream_view {
    struct upstream_view *next;
    const char *app, *model; /* model "": the app's */
    bool can_sign;
    const char *provider; /* of the credentials, or that failed; "": none */
    const char *reason;   /* why it cannot sign, without secrets; else "" */
    int64_t expires_ms;   /* the credentials, wall clock; 0: not, or there are none */
    const char *breaker;  /* "closed" */
};

/* What was asked of an app's model. */
struct model_view {
    struct model_view *next;
    const char *app, *model; /* "": none */
    struct tally tally;
};

struct snapshot {
    struct samples samples;
    bool draining;                   /* or ended */
    struct upstream_view *upstreams; /* in the order of the configuration */
    struct model_view *models;
    struct failures failures;
};

/* What the shard has besides its service. */
struct shard_figures {
    uint64_t connections, accepted;
    bool draining;
    bool seek_credentials; /* have those loaded that are not there yet */
};

/* On the service's thread. NULL out of memory. */
struct snapshot *snapshot_new(const struct service *service,
                              const struct shard_figures *figures);
void snapshot_free(struct snapshot *snapshot);
DM_AUTO_DEFINE(snapshot, snapshot_free)

#endif
