/* What one thread has answered: how many requests of each kind, and how long they took.
 */
#ifndef DYNAMOD_DAEMON_TRAFFIC_H
#define DYNAMOD_DAEMON_TRAFFIC_H

#include "daemon/metrics.h"

/* A kind of request. Texts live as long as the traffic, and equal ones are the same
 * pointer: names of the configuration, and static ones. "": none. */
struct traffic_kind {
    const char *app, *model, *route, *method;
    unsigned status_class; /* 2 for 200 to 299; 0: no answer */
};

enum { TRAFFIC_BUCKETS = 256 };

/* Embedded. Zeroed, it is empty. Kinds are as many as the configuration makes possible:
 * models, routes, methods, classes. */
struct traffic {
    struct traffic_count *buckets[TRAFFIC_BUCKETS];
    struct traffic_time *times;
    uint64_t uncounted; /* no memory */
};

void traffic_done(struct traffic *traffic);

/* One that has ended. */
void traffic_count(struct traffic *traffic, const struct traffic_kind *kind, int64_t us);

void traffic_add_samples(const struct traffic *traffic, struct samples *samples);

#endif
