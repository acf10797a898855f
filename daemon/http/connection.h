/* The connections of a server: how long each may be silent, and which have been ended. */
#ifndef DYNAMOD_DAEMON_HTTP_CONNECTION_H
#define DYNAMOD_DAEMON_HTTP_CONNECTION_H

#include "daemon/http/connection_handshake.h"
#include "daemon/http/lingering.h"
#include "daemon/run/service.h"

struct connection;
struct entrance;
struct peer;
struct MHD_Connection;

/* Embedded in its server. */
struct connections {
    struct service *service; /* lent; whether it drains, and its deadlines */
    struct connection *first;
    size_t count;                  /* those that there was no memory to list, too */
    unsigned idle_timeout_s;       /* of one without a request, unless it drains */
    unsigned mhd_timeout_s;        /* what libmicrohttpd gives each at first */
    struct handshakes *handshakes; /* lent */
    struct lingerings lingerings;
};

/* What it returns is libmicrohttpd's socket_context; NULL out of memory: the connection
 * goes on with the timeout that it has, or, with TLS, fails in its handshake. Until it is
 * settled libmicrohttpd may drop it yet, and its timeout is left alone. */
struct connection *connections_add(struct connections *connections,
                                   struct MHD_Connection *mhd,
                                   const struct entrance *entrance);
void connections_settle(const struct connections *connections,
                        const struct connection *connection);

/* Its socket is still open. */
void connections_remove(struct connections *connections, struct connection *connection);

/* Who is at its other end, once a request begins; NULL: nothing is known. */
const struct peer *connection_peer(struct MHD_Connection *mhd);

/* Which names it may ask for. */
enum host_policy connection_hosts(struct MHD_Connection *mhd);

/* False: it has no client's certificate, and needs one. */
bool connection_is_trusted(struct MHD_Connection *mhd);

/* A request has begun or ended on it; or it ends with the request: libmicrohttpd has
 * taken it off its lists, and its timeout would bring it back. */
void connections_set_busy(const struct connections *connections,
                          struct MHD_Connection *mhd, bool is_busy);
void connections_set_over(struct MHD_Connection *mhd);

/* The one that has not been completed, or NULL. */
struct exchange *connection_exchange(struct MHD_Connection *mhd);

/* What is waited for from now on, and of which request; NULL: its line has not come. */
void connections_wait(const struct connections *connections, struct MHD_Connection *mhd,
                      enum deadline_kind kind, struct exchange *exchange);

/*
 * Where libmicrohttpd has several that can go on: before it reads from any. One that is
 * resumed it would read from, in vain, before it asks for the reply; then epoll has to
 * watch the socket again, and is told not to as soon as the next request waits: three
 * system calls for nothing. With its reply asked for first, the next read is of the next
 * request, as a rule. (It begins with those that have a timeout of their own, a second
 * more than the others here; it goes through all of them each time, so let them be few.)
 */
void connections_let_go_first(const struct connections *connections,
                              struct MHD_Connection *mhd, bool goes_first);

/* The timeout, or whether the service drains, is another than it was. */
void connections_set_timeouts(const struct connections *connections);

/*
 * A client that sent its end right behind what it sent last would otherwise be kept until
 * it is idle for too long: libmicrohttpd, which takes a short read for the last, sees no
 * other edge. Shutting down makes one.
 */
void connection_look_for_end(struct MHD_Connection *mhd);

/* Behind its first request (`nc -N`); one that goes on to another is seen by
 * libmicrohttpd. */
void connection_look_once_for_end(struct MHD_Connection *mhd);

/* The exchange's reply, past libmicrohttpd, which has no room for it, and the end. */
void connection_send_last(struct MHD_Connection *mhd);

#endif
