/* Connections. */
#include "daemon/http/connection.h"

#include <microhttpd.h>

#include "base/mem.h"
#include "daemon/auth/peer.h"
#include "daemon/http/connection_wait.h"
#include "daemon/http/tls.h"

/* How long a connection without an exchange stays in a drain. */
enum { DRAIN_IDLE_S = 1 };

struct connection {
    struct connection *next, **link; /* in connections->first */
    struct MHD_Connection *mhd;
    struct peer peer;
    enum host_policy hosts;
    struct tls *tls; /* NULL: none */
    struct handshake handshake;
    bool is_busy; /* with an exchange */
    bool goes_first;
    bool has_been_looked_at;
    struct connection_wait wait;
};

static int descriptor_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

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
    unsigned timeout_s = connections->idle_timeout_s + connection->goes_first;
    MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT,
                              short_lived ? (unsigned)DRAIN_IDLE_S : timeout_s);
}

static void correct_timeout(const struct connections *connections,
                            const struct connection *connection)
{
    if (connections->service->draining ||
        connections->idle_timeout_s != connections->mhd_timeout_s)
        set_timeout(connections, connection);
}

/* A moment from now on, not from when they were last used: libmicrohttpd counts anew what
 * had no timeout. */
static void set_moment(const struct connections *connections,
                       const struct connection *connection)
{
    MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
    set_timeout(connections, connection);
}

void connections_set_timeouts(const struct connections *connections)
{
    const bool draining = connections->service->draining;
    for (const struct connection *at = connections->first; at; at = at->next)
        (draining ? set_moment : set_timeout)(connections, at);
    if (draining)
        handshakes_let_go(connections->handshakes);
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

void connections_set_over(struct MHD_Connection *mhd)
{
    struct connection *connection = connection_of(mhd);
    if (connection)
        connection->is_busy = false;
}

void connections_let_go_first(const struct connections *connections,
                              struct MHD_Connection *mhd, bool goes_first)
{
    struct connection *connection = connection_of(mhd);
    if (!connection || connection->goes_first == goes_first)
        return;
    connection->goes_first = goes_first;
    set_timeout(connections, connection);
}

void connections_wait(const struct connections *connections, struct MHD_Connection *mhd,
                      enum deadline_kind kind, struct exchange *exchange)
{
    struct connection *connection = connection_of(mhd);
    if (!connection)
        return;
    connection->wait.exchange = exchange;
    connection->wait.quiet = 0;
    deadline_set(&connections->service->deadlines, &connection->wait.deadline, kind);
}

/* --- their list --- */

static void meet(struct connections *connections, struct connection *connection,
                 const struct entrance *entrance)
{
    struct MHD_Connection *mhd = connection->mhd;
    const struct sockaddr *address =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    peer_meet(&connection->peer, descriptor_of(mhd), address);
    connection->peer.listener = entrance->socket ? entrance->socket->url : NULL;
    if (!entrance->credentials)
        return;
    connection->peer.kind = PEER_TLS;
    connection->tls = tls_new(
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session,
        entrance, address, &connections->service->handshakes);
    if (connection->tls)
        handshake_begin(connections->handshakes, &connection->handshake, mhd,
                        connection->tls);
}

struct connection *connections_add(struct connections *connections,
                                   struct MHD_Connection *mhd,
                                   const struct entrance *entrance)
{
    connections->count++;
    struct connection *connection = mem_new(sizeof *connection);
    if (!connection)
        return NULL;
    connection->mhd = connection->wait.mhd = mhd;
    connection->next = connections->first;
    connection->link = &connections->first;
    if (connection->next)
        connection->next->link = &connection->next;
    connections->first = connection;
    meet(connections, connection, entrance);
    connection->hosts = entrance->socket->is_unix       ? HOSTS_OF_UNIX
                        : entrance->socket->is_loopback ? HOSTS_OF_LOOPBACK
                                                        : HOSTS_OF_NETWORK;
    deadline_set(&connections->service->deadlines, &connection->wait.deadline,
                 DEADLINE_HEAD);
    return connection;
}

void connections_settle(const struct connections *connections,
                        const struct connection *connection)
{
    if (connection)
        correct_timeout(connections, connection);
}

void connections_remove(struct connections *connections, struct connection *connection)
{
    connections->count--;
    if (!connection)
        return;
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    lingerings_add(&connections->lingerings, descriptor_of(connection->mhd));
    handshake_end(&connection->handshake);
    tls_free(connection->tls);
    deadline_set(&connections->service->deadlines, &connection->wait.deadline,
                 DEADLINE_NONE);
    mem_free(connection);
}

/* --- who is there --- */

struct exchange *connection_exchange(struct MHD_Connection *mhd)
{
    const struct connection *connection = connection_of(mhd);
    return connection ? connection->wait.exchange : NULL;
}

const struct peer *connection_peer(struct MHD_Connection *mhd)
{
    struct connection *connection = connection_of(mhd);
    if (!connection)
        return NULL;
    if (connection->tls)
        connection->peer.certificate = tls_names(connection->tls);
    return &connection->peer;
}

enum host_policy connection_hosts(struct MHD_Connection *mhd)
{
    const struct connection *connection = connection_of(mhd);
    return connection ? connection->hosts : HOSTS_OF_LOOPBACK;
}

bool connection_is_trusted(struct MHD_Connection *mhd)
{
    const struct connection *connection = connection_of(mhd);
    return !connection || !connection->tls || tls_is_good(connection->tls);
}

/* --- their end --- */

void connection_send_last(struct MHD_Connection *mhd)
{
    const struct connection *connection = connection_of(mhd);
    if (connection)
        connection_wait_send_last(&connection->wait);
}

void connection_look_for_end(struct MHD_Connection *mhd)
{
    char byte;
    int fd = descriptor_of(mhd);
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
