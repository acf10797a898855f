/*
 * The other end of an HTTP connection, played by the test itself in the loop's own
 * thread: each wait for the client turns the client's loop, as a foreign loop would,
 * until what is waited for is there.
 */
#ifndef DYNAMOD_TESTS_PEER_H
#define DYNAMOD_TESTS_PEER_H

#include "net/loop.h"

/* A test that waits so long for the other side has failed. */
enum { STUCK_MS = 10000 };

struct peer {
    struct dm_loop *loop;
    int listener;
    char url[64]; /* http://127.0.0.1:PORT/ */
    char request[8192];
};

void peer_init(struct peer *peer, struct dm_loop *loop, int backlog);
void peer_done(struct peer *peer);

/* The next connection. */
int peer_accept(struct peer *peer);

/* The next request on it, with its body (by Content-Length); in peer->request. */
const char *peer_read(struct peer *peer, int connection);

/* Waits until the client has closed the connection, and closes this end. */
void peer_sees_end(struct peer *peer, int connection);

/* Whether a connection waits to be accepted. */
bool peer_has_connection(const struct peer *peer);

void peer_send(int connection, const char *text);
void peer_reset(int connection);

/* Answers whatever comes until *stop, or until nothing happens any more. */
void peer_serve(struct peer *peer, const char *reply, const unsigned *stop);

#endif
