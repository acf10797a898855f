/* What one shard says of itself when it is asked: its figures, and which apps are not
 * ready. */
#ifndef DYNAMOD_DAEMON_SNAPSHOT_H
#define DYNAMOD_DAEMON_SNAPSHOT_H

#include "daemon/metrics.h"
#include "daemon/service.h"

/* An app, or a model with settings of its own, that cannot sign. */
struct unready {
    struct unready *next;
    const char *app, *model; /* model "": the app itself */
    const char *provider;    /* that failed; "": none */
    const char *reason;      /* without secrets */
};

struct snapshot {
    struct samples samples;
    bool draining; /* or ended */
    struct unready *unready;
};

/* What the shard has besides its service. */
struct shard_figures {
    uint64_t connections, accepted;
    bool draining;
};

/* On the service's thread. NULL out of memory. */
struct snapshot *snapshot_new(const struct service *service,
                              const struct shard_figures *figures);
void snapshot_free(struct snapshot *snapshot);
DM_AUTO_DEFINE(snapshot, snapshot_free)

#endif
