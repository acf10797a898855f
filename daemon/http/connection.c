/* Connections. */
#include "daemon/http/connection.h"

#include <microhttpd.h>

#include "base/mem.h"

/* How long a connection without an exchange stays in a drain. */
enum { DRAIN_IDLE_S = 1 };

struct connection {
    struct connection *next, **link; /* in connections->first */
    struct MHD_Connection *mhd;
    bool is_busy; /* with an exchange */
    bool has_been_looked_at;
};

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* --- silence --- */

/* In a drain an idle connection is kept for a moment only: for the request that may be on
 * its way. */
static void set_timeout(const struct connections *connections,
                        const struct connection *connection)
{
    bool short_lived = connections->service->draining && !connection->is_busy;
    MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT,
                              short_lived ? (unsigned)DRAIN_IDLE_S
                                          : connections->idle_timeout_s);
}

static void correct_timeout(const struct connections *connections,
                            const struct connection *connection)
{
    if (connections->service->draining ||
        connections->idle_timeout_s != connections->mhd_timeout_s)
        set_timeout(connections, connection);
}

void connections_set_timeouts(const struct connections *connections)
{
    for (const struct connection *at = connections->first; at; at = at->next)
        set_timeout(connections, at);
}

void connections_set_busy(const struct connections *connections,
                          struct MHD_Connection *mhd, bool is_busy)
{
    struct connection *connection = connection_of(mhd);
    if (!connection)
        return;
    connection->is_busy = is_busy;
    correct_timeout(connections, connection);
}

/* --- their list --- */

struct connection *connections_add(struct connections *connections,
                                   struct MHD_Connection *mhd)
{
    connections->count++;
    struct connection *connection = mem_new(sizeof *connection);
    if (!connection)
        return NULL;
    connection->mhd = mhd;
    connection->next = connections->first;
    connection->link = &connections->first;
    if (connection->next)
        connection->next->link = &connection->next;
    connections->first = connection;
    correct_timeout(connections, connection);
    return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
    connections->count--;
    if (!connection)
        return;
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    mem_free(connection);
}

/* --- their end --- */

void connection_look_for_end(struct MHD_Connection *mhd)
{
    char byte;
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        shutdown(fd, SHUT_RD);
}

void connection_look_once_for_end(struct MHD_Connection *mhd)
{
    struct connection *connection = connection_of(mhd);
    if (!connection || connection->has_been_looked_at)
        return;
    connection->has_been_looked_at = true;
    connection_look_for_end(mhd);
}
