/* HTTP on one loop: an MHD daemon that the loop drives, and the way of a request in it.
 */
#ifndef DYNAMOD_DAEMON_HTTP_SERVER_H
#define DYNAMOD_DAEMON_HTTP_SERVER_H

#include <sys/socket.h>

#include "daemon/listen/entrance.h"
#include "daemon/run/service.h"

struct server;

/* Serves the service, and is its `resume`. The service stays the caller's. with_tls:
 * there are entrances with credentials. */
DM_MUST_USE enum dm_code server_new(struct service *service, const struct config *config,
                                    bool with_tls, struct server **ret_server,
                                    struct dm_error *err);

/* Goes on by another configuration: what it says of connections. */
void server_configure(struct server *server, const struct config *config);

/* Ends every connection; exchanges that wait are answered first: shutting-down. */
void server_free(struct server *server);
DM_AUTO_DEFINE(server, server_free)

/* NULL: a place for one connection more is taken, for server_add or to be left; else why
 * there is none. Static. */
DM_MUST_USE const char *server_take_place(struct server *server);
void server_leave_place(struct server *server);

/* Takes the descriptor, and its place. The entrance outlives it. */
void server_add(struct server *server, int fd, const struct sockaddr *address,
                socklen_t size, const struct entrance *entrance);

/* Every connection ends with its exchange, or soon when it has none. */
void server_drain(struct server *server);

/* How many connections there are, with those that linger. */
size_t server_connections(const struct server *server);

/* libmicrohttpd's version. Static. */
const char *server_library_version(void);

#endif
