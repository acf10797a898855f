/* TLS handshakes that wait for their clients. */
#ifndef DYNAMOD_DAEMON_HTTP_CONNECTION_HANDSHAKE_H
#define DYNAMOD_DAEMON_HTTP_CONNECTION_HANDSHAKE_H

#include <stdbool.h>

#include "net/loop.h"

struct MHD_Connection;
struct tls;

/* Embedded in its connection. Zeroed, there is none. */
struct handshake {
    struct handshake *next, **link; /* link NULL: over */
    struct handshakes *handshakes;
    struct MHD_Connection *mhd;
    const struct tls *tls;
    struct loop_watch *watch; /* while it waits */
};

/* Embedded in the engine that has them. */
struct handshakes {
    struct dm_loop *loop;               /* lent */
    struct handshake *active, *waiting; /* the latter are suspended */
    bool is_over;                       /* none is made to wait any more */
    loop_fn resumed;                    /* one has been: libmicrohttpd is to run */
    void *ctx;
};

void handshake_begin(struct handshakes *handshakes, struct handshake *handshake,
                     struct MHD_Connection *mhd, const struct tls *tls);
void handshake_end(struct handshake *handshake);

/*
 * After each run of libmicrohttpd, which tries those under way again and again while it
 * waits for their clients, and keeps a thread busy by it. One that has nothing to read is
 * suspended until it has.
 */
void handshakes_look(struct handshakes *handshakes);

/* libmicrohttpd has them all from now on: their timeouts count again, and it can stop. */
void handshakes_let_go(struct handshakes *handshakes);

#endif
