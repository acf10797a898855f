/* The test's end of a connection. */
#include "support/peer.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/test.h"

enum { CONNECTIONS = 8 };

void peer_init(struct peer *peer, struct dm_loop *loop, int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    *peer = (struct peer){.loop = loop};
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(peer->listener, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(peer->listener, backlog), 0);
    cr_assert_eq(getsockname(peer->listener, (struct sockaddr *)&address, &len), 0);
    snprintf(peer->url, sizeof peer->url, "http://127.0.0.1:%u/",
             (unsigned)ntohs(address.sin_port));
}

void peer_done(struct peer *peer)
{
    close(peer->listener);
}

/* Turns the loop until the descriptor is readable. */
static void await(struct peer *peer, int fd)
{
    struct dm_error err = {0};
    struct pollfd ready[2] = {{.fd = dm_loop_fd(peer->loop), .events = POLLIN},
                              {.fd = fd, .events = POLLIN}};
    while (!ready[1].revents) {
        cr_assert_gt(poll(ready, 2, STUCK_MS), 0, "nothing happens");
        if (ready[0].revents)
            assert_ok(dm_loop_turn(peer->loop, 0, &err), err);
    }
}

int peer_accept(struct peer *peer)
{
    await(peer, peer->listener);
    int connection = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
    cr_assert_geq(connection, 0);
    return connection;
}

bool peer_has_connection(const struct peer *peer)
{
    struct pollfd ready = {.fd = peer->listener, .events = POLLIN};
    return poll(&ready, 1, 0) == 1;
}

static bool is_whole(const char *request)
{
    const char *body = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "\r\nContent-Length:");
    if (!body)
        return false;
    return !length || length > body || strlen(body + 4) >= strtoul(length + 17, NULL, 10);
}

const char *peer_read(struct peer *peer, int connection)
{
    size_t len = 0;
    do {
        await(peer, connection);
        ssize_t got =
            recv(connection, peer->request + len, sizeof peer->request - 1 - len, 0);
        cr_assert_gt(got, 0, "the client has closed the connection");
        len += (size_t)got;
        peer->request[len] = '\0';
    } while (!is_whole(peer->request));
    return peer->request;
}

void peer_sees_end(struct peer *peer, int connection)
{
    char byte;
    await(peer, connection);
    cr_assert_leq(recv(connection, &byte, 1, 0), 0, "the client goes on");
    close(connection);
}

void peer_send(int connection, const char *text)
{
    size_t len = strlen(text);
    cr_assert_eq(send(connection, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

void peer_reset(int connection)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(connection);
}

static void answer(struct pollfd *connection, const char *reply)
{
    char request[4096];
    if (recv(connection->fd, request, sizeof request, 0) > 0) {
        send(connection->fd, reply, strlen(reply), MSG_NOSIGNAL);
        return;
    }
    close(connection->fd);
    connection->fd = -1;
}

void peer_serve(struct peer *peer, const char *reply, const unsigned *stop)
{
    struct dm_error err = {0};
    struct pollfd ready[2 + CONNECTIONS] = {
        {.fd = dm_loop_fd(peer->loop), .events = POLLIN},
        {.fd = peer->listener, .events = POLLIN}};
    nfds_t count = 2;
    while (!*stop) {
        cr_assert_gt(poll(ready, count, STUCK_MS), 0, "nothing happens");
        if (ready[0].revents)
            assert_ok(dm_loop_turn(peer->loop, 0, &err), err);
        for (nfds_t i = 2; i < count; i++)
            if (ready[i].revents)
                answer(&ready[i], reply);
        if (ready[1].revents) {
            cr_assert_lt(count, DM_COUNT(ready));
            int connection = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
            ready[count++] = (struct pollfd){.fd = connection, .events = POLLIN};
        }
    }
    while (count-- > 2)
        close(ready[count].fd);
}
