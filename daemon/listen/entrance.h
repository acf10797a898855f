/* What a connection has of the listener that it came in by. */
#ifndef DYNAMOD_DAEMON_LISTEN_ENTRANCE_H
#define DYNAMOD_DAEMON_LISTEN_ENTRANCE_H

#include "daemon/listen/socket.h"

struct config;
struct tls_credentials;

/* One of a thread's. Its credentials change with the configuration. */
struct entrance {
    const struct listen_socket *socket; /* lent: its url is the listener's name */
    bool is_admin;
    struct tls_credentials *credentials; /* a reference; NULL: there is no TLS */
};

/* What the configuration says of it, from now on. */
void entrance_configure(struct entrance *entrance, const struct config *config);
void entrance_done(struct entrance *entrance);

/* What the configuration says of the listener. */
const struct listen_config *entrance_listen(const struct entrance *entrance,
                                            const struct config *config);

#endif
