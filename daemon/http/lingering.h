/* Connections that are closed while something of their clients' is unread. */
#ifndef DYNAMOD_DAEMON_HTTP_LINGERING_H
#define DYNAMOD_DAEMON_HTTP_LINGERING_H

#include "net/loop.h"

struct lingering;

/* Embedded in its connections. Zeroed but for its loop, there are none. */
struct lingerings {
    struct dm_loop *loop; /* lent */
    struct lingering *first;
    size_t count;
};

/*
 * Before fd, which stays the caller's, is closed. Where something is unread, the kernel
 * would reset the connection, and what the client has not taken of its answers would be
 * lost (RFC 9112, section 9.6): so its socket goes on, by a descriptor of its own, until
 * the client has closed it, or for a moment, and what comes is forgotten. Where there are
 * too many, or no means, it is closed as ever.
 */
void lingerings_add(struct lingerings *lingerings, int fd);

/* Closes all. */
void lingerings_done(struct lingerings *lingerings);

#endif
