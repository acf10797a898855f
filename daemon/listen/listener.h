/* Accepting connections from one listening socket, on one loop. */
#ifndef DYNAMOD_DAEMON_LISTEN_LISTENER_H
#define DYNAMOD_DAEMON_LISTEN_LISTENER_H

#include <sys/socket.h>

#include "net/loop.h"

struct listener;

/* Who the connections are for. */
struct listener_owner {
    /* NULL: a place for one more is taken; else why there is none, and the listener
     * pauses. Static. */
    const char *(*take_place)(void *ctx);
    /* It was not needed: nobody came. */
    void (*leave_place)(void *ctx);
    /* Takes the descriptor, and the place. */
    void (*accepted)(int fd, const struct sockaddr *address, socklen_t size, void *ctx);
};

/* Who else accepts from the socket's queue. */
enum listener_queue {
    LISTENER_ALONE,   /* nobody */
    LISTENER_SHARED,  /* other loops of this process */
    LISTENER_OUTLIVED /* they, and after us whoever is started next */
};

/* Owns fd from then on, and on failure too. */
DM_MUST_USE enum dm_code listener_new(struct dm_loop *loop, int fd,
                                      enum listener_queue queue,
                                      const struct listener_owner *owner, void *ctx,
                                      struct listener **ret_listener,
                                      struct dm_error *err);

/* Accepts all that waits, where it would be lost otherwise, and closes the socket. */
void listener_drain(struct listener *listener);

void listener_free(struct listener *listener);
DM_AUTO_DEFINE(listener, listener_free)

#endif
