/* HTTP on one loop: an MHD daemon that the loop drives, and the way of a request in it.
 */
#ifndef DYNAMOD_DAEMON_HTTP_SERVER_H
#define DYNAMOD_DAEMON_HTTP_SERVER_H

#include <sys/socket.h>

#include "daemon/run/service.h"

struct server;

/* Serves the service, and is its `resume`. The service stays the caller's. */
DM_MUST_USE enum dm_code server_new(struct service *service, const struct config *config,
                                    struct server **ret_server, struct dm_error *err);

/* Goes on by another configuration: what it says of connections. */
void server_configure(struct server *server, const struct config *config);

/* Ends every connection; exchanges that wait are answered first: shutting-down. */
void server_free(struct server *server);
DM_AUTO_DEFINE(server, server_free)

/* Takes the descriptor. */
void server_add(struct server *server, int fd, const struct sockaddr *address,
                socklen_t size);

/* Whether a connection more may be added. */
bool server_has_room(const struct server *server);

/* Every connection ends with its exchange, or soon when it has none. */
void server_drain(struct server *server);

/* How many connections there are. */
size_t server_connections(const struct server *server);

/* libmicrohttpd's version. Static. */
const char *server_library_version(void);

#endif
