/* What one thread has answered: how many requests of each kind, and how long they took.
 */
#ifndef DYNAMOD_DAEMON_ADMIN_TRAFFIC_H
#define DYNAMOD_DAEMON_ADMIN_TRAFFIC_H

#include "base/hash_map.h"
#include "daemon/admin/metrics.h"
#include "daemon/admin/tally.h"

/* A kind of request. "": none. */
struct traffic_kind {
    const char *app, *model;    /* names of a configuration; copied when they are new */
    const char *route, *method; /* static: equal ones are the same pointer */
    unsigned status_class;      /* 2 for 200 to 299; 0: no answer */
};

/* Embedded. Zeroed, it is empty. Kinds are as many as the configurations make possible:
 * models, routes, methods, classes. What was counted of an app that is gone stays. */
struct traffic {
    struct hash_map count_map, model_map;
    struct traffic_count *counts;
    struct traffic_model *models;
    uint64_t uncounted; /* no memory */
};

void traffic_done(struct traffic *traffic);

/* One that has ended. */
void traffic_count(struct traffic *traffic, const struct traffic_kind *kind, int64_t us);

/* Label values live as long as the traffic. */
void traffic_add_samples(const struct traffic *traffic, struct samples *samples);

/* Visits each app and model that was asked for; app "" or model "": no such one. Lent
 * until the visitor returns. */
typedef void (*tally_visitor_fn)(const char *app, const char *model,
                                 const struct tally *tally, void *ctx);
void traffic_tally(const struct traffic *traffic, tally_visitor_fn visit, void *ctx);

#endif
