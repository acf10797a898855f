/* What a connection's server waits for, and how long: a head, a body, that its answer is
 * taken. */
#ifndef DYNAMOD_DAEMON_HTTP_CONNECTION_WAIT_H
#define DYNAMOD_DAEMON_HTTP_CONNECTION_WAIT_H

#include "daemon/run/service.h"

struct MHD_Connection;

/* Embedded in its connection. */
struct connection_wait {
    struct deadline deadline;
    struct MHD_Connection *mhd;
    struct exchange *exchange; /* the request whose line has come; NULL: none */
    uint64_t taken;            /* by the client, when it was looked at last */
    unsigned quiet;            /* looks since then that found no more */
};

/* Of all connections of the service. */
void connection_waits_init(struct service *service);
void connection_waits_configure(struct service *service, const struct config *config);

/* The exchange's reply, as far as the socket takes it at once, and the end. */
void connection_wait_send_last(const struct connection_wait *wait);

#endif
