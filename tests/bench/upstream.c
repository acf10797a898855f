/* A fast, fixed upstream: one thread that answers GetItem and BatchGetItem for any key,
 * at once or after a set delay. */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "upstream_reply.h"

enum {
    EVENTS = 256,
    READ_AT_ONCE = 16 * 1024,
    REQUEST_MAX = 1024 * 1024,
    REPLY_MAX = 64 * 1024 * 1024,
    BACKLOG = 4096,
    ITEM_BYTES = 200
};

/* One that asks, and waits for the answer before it asks again. */
struct connection {
    int fd;
    SSL *tls; /* NULL: none */
    struct dm_buf request, reply;
    size_t sent;
    bool waits_for_room;     /* EPOLLOUT */
    bool is_due;             /* the reply may go */
    bool is_closed;          /* freed when its reply falls due */
    int64_t due_us;          /* while it is among the delayed */
    struct connection *next; /* delayed behind it */
};

struct upstream {
    int epoll_fd, listen_fd, timer_fd;
    SSL_CTX *tls; /* NULL: none */
    int64_t delay_us;
    struct dm_buf item, scratch;
    struct connection *delayed, **delayed_tail; /* all delays are equal: oldest first */
    bool has_due;                               /* the first of them falls due */
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* --- bytes, with TLS or without --- */

/* As read and write: how many, 0 at the end, -1 with errno. */
static ssize_t of_tls(SSL *tls, int result)
{
    if (result > 0)
        return result;
    int why = SSL_get_error(tls, result);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static ssize_t receive(struct connection *connection, char *bytes, size_t size)
{
    if (!connection->tls)
        return read(connection->fd, bytes, size);
    return of_tls(connection->tls, SSL_read(connection->tls, bytes, (int)size));
}

static ssize_t put(struct connection *connection, const char *bytes, size_t size)
{
    if (!connection->tls)
        return write(connection->fd, bytes, size);
    return of_tls(connection->tls, SSL_write(connection->tls, bytes, (int)size));
}

/* --- connections --- */

static void watch(const struct upstream *upstream, int operation, int fd, uint32_t events,
                  void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};
    if (epoll_ctl(upstream->epoll_fd, operation, fd, &event))
        die("epoll_ctl");
}

static void free_connection(struct connection *connection)
{
    SSL_free(connection->tls);
    buf_done(&connection->request);
    buf_done(&connection->reply);
    mem_free(connection);
}

static bool is_delayed(const struct connection *connection)
{
    return connection->reply.len && !connection->is_due;
}

static void close_connection(struct connection *connection)
{
    close(connection->fd);
    connection->is_closed = true;
    if (!is_delayed(connection))
        free_connection(connection);
}

static struct connection *new_connection(const struct upstream *upstream, int fd)
{
    static const int one = 1;
    struct connection *connection = mem_new(sizeof *connection);
    if (!connection)
        die("connection");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection->fd = fd;
    buf_init(&connection->request, REQUEST_MAX);
    buf_init(&connection->reply, REPLY_MAX);
    if (upstream->tls) {
        connection->tls = SSL_new(upstream->tls);
        if (!connection->tls || !SSL_set_fd(connection->tls, fd))
            die("TLS");
        SSL_set_accept_state(connection->tls);
    }
    return connection;
}

static void accept_all(const struct upstream *upstream)
{
    int fd;
    while ((fd = accept4(upstream->listen_fd, NULL, NULL,
                         SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        watch(upstream, EPOLL_CTL_ADD, fd, EPOLLIN, new_connection(upstream, fd));
}

/* --- requests and replies --- */

/* False: the connection is closed. */
static bool send_reply(const struct upstream *upstream, struct connection *connection)
{
    struct dm_buf *reply = &connection->reply;
    while (connection->sent < reply->len) {
        ssize_t count =
            put(connection, reply->ptr + connection->sent, reply->len - connection->sent);
        if (count < 0 && errno != EAGAIN) {
            close_connection(connection);
            return false;
        }
        if (count < 0)
            break;
        connection->sent += (size_t)count;
    }
    bool waits = connection->sent < reply->len;
    if (waits != connection->waits_for_room)
        watch(upstream, EPOLL_CTL_MOD, connection->fd, waits ? EPOLLOUT : EPOLLIN,
              connection);
    connection->waits_for_room = waits;
    if (!waits)
        buf_reset(reply);
    return true;
}

static void wake_for_first(const struct upstream *upstream, int64_t now_us)
{
    int64_t wait_us = upstream->delayed->due_us - now_us;
    if (wait_us < 1)
        wait_us = 1;
    struct itimerspec when = {
        .it_value = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000}};
    timerfd_settime(upstream->timer_fd, 0, &when, NULL);
}

static void delay(struct upstream *upstream, struct connection *connection)
{
    int64_t now_us = clock_monotonic_us(clock_system());
    bool is_first = !upstream->delayed;
    connection->due_us = now_us + upstream->delay_us;
    connection->next = NULL;
    *upstream->delayed_tail = connection;
    upstream->delayed_tail = &connection->next;
    if (is_first)
        wake_for_first(upstream, now_us);
}

static void send_due(struct upstream *upstream)
{
    int64_t now_us = clock_monotonic_us(clock_system());
    upstream->has_due = false;
    while (upstream->delayed && upstream->delayed->due_us <= now_us) {
        struct connection *connection = upstream->delayed;
        upstream->delayed = connection->next;
        connection->is_due = true;
        if (connection->is_closed)
            free_connection(connection);
        else
            send_reply(upstream, connection);
    }
    if (upstream->delayed)
        wake_for_first(upstream, now_us);
    else
        upstream->delayed_tail = &upstream->delayed;
}

/* The length of the request's body, as its head says. */
static size_t content_length(struct dm_str head)
{
    size_t length = 0;
    while (head.ptr) {
        struct dm_str value = str_split(&head, '\n');
        struct dm_str name = str_split(&value, ':');
        if (value.ptr && str_equal_nocase(name, STR("Content-Length")))
            str_to_size(str_trim(value), REQUEST_MAX, &length);
    }
    return length;
}

/* The body of the request, once all of it is there; else ptr is NULL. */
static struct dm_str whole_body(const struct dm_buf *request)
{
    const char *end = memmem(request->ptr, request->len, "\r\n\r\n", 4);
    if (!end)
        return (struct dm_str){NULL, 0};
    size_t head = (size_t)(end - request->ptr) + 4;
    size_t length = content_length((struct dm_str){request->ptr, head});
    bool is_whole = request->len >= head + length;
    return (struct dm_str){is_whole ? request->ptr + head : NULL, length};
}

/* False: the connection is closed. */
static bool answer(struct upstream *upstream, struct connection *connection)
{
    struct dm_str body = whole_body(&connection->request);
    if (!body.ptr)
        return true;
    connection->sent = 0;
    upstream_reply(body, buf_str(&upstream->item), &upstream->scratch,
                   &connection->reply);
    if (connection->reply.failed)
        die("reply");
    buf_reset(&connection->request);
    connection->is_due = !upstream->delay_us;
    if (connection->is_due)
        return send_reply(upstream, connection);
    delay(upstream, connection);
    return true;
}

/* Until it would block: OpenSSL may hold more than the socket does. */
static void read_request(struct upstream *upstream, struct connection *connection)
{
    for (;;) {
        struct dm_buf *request = &connection->request;
        char *room = buf_room(request, READ_AT_ONCE);
        ssize_t count = room ? receive(connection, room, READ_AT_ONCE) : 0;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0) {
            close_connection(connection);
            return;
        }
        request->len += (size_t)count;
        if (!answer(upstream, connection))
            return;
        if (!connection->tls && count < READ_AT_ONCE)
            return;
    }
}

/* --- running --- */

/* The timer is edge-triggered, and never read. */
static void ready(struct upstream *upstream, const struct epoll_event *event)
{
    struct connection *connection = event->data.ptr;
    if (event->data.ptr == &upstream->listen_fd) {
        accept_all(upstream);
    } else if (event->data.ptr == &upstream->timer_fd) {
        upstream->has_due = true;
    } else if (connection->waits_for_room) {
        send_reply(upstream, connection);
    } else {
        read_request(upstream, connection);
    }
}

/* What falls due is sent last: a connection may end at it, that has an event here too. */
static void run(struct upstream *upstream)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        int count = epoll_wait(upstream->epoll_fd, events, EVENTS, -1);
        for (int i = 0; i < count; i++)
            ready(upstream, &events[i]);
        if (upstream->has_due)
            send_due(upstream);
    }
}

/* Prints the port. */
static int listen_on(uint16_t port)
{
    static const int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, BACKLOG) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        die("listen");
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static SSL_CTX *load_tls(const char *file)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (!tls || SSL_CTX_use_certificate_chain_file(tls, file) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, file, SSL_FILETYPE_PEM) != 1)
        die(file);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE);
    return tls;
}

static size_t number(const char *text, size_t max)
{
    size_t value = 0;
    if (!str_to_size(dm_str(text), max, &value)) {
        fprintf(stderr, "bench_upstream: %s: not a number up to %zu\n", text, max);
        exit(2);
    }
    return value;
}

static void usage(void)
{
    fprintf(stderr, "usage: bench_upstream [-p PORT] [-d DELAY_MICROSECONDS] "
                    "[-s ITEM_BYTES] [-t CERTIFICATE_AND_KEY.pem]\n");
    exit(2);
}

int main(int argc, char **argv)
{
    struct upstream upstream = {.delayed_tail = &upstream.delayed};
    size_t port = 0, item_bytes = ITEM_BYTES;
    int option;
    while ((option = getopt(argc, argv, "p:d:s:t:")) != -1) {
        if (option == 'p')
            port = number(optarg, UINT16_MAX);
        else if (option == 'd')
            upstream.delay_us = (int64_t)number(optarg, 60 * 1000000);
        else if (option == 's')
            item_bytes = number(optarg, 400 * 1024);
        else if (option == 't')
            upstream.tls = load_tls(optarg);
        else
            usage();
    }
    signal(SIGPIPE, SIG_IGN);
    buf_init(&upstream.item, REPLY_MAX);
    buf_init(&upstream.scratch, REPLY_MAX);
    if (!upstream_item(item_bytes, &upstream.item))
        die("item");
    upstream.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    upstream.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    upstream.listen_fd = listen_on((uint16_t)port);
    watch(&upstream, EPOLL_CTL_ADD, upstream.listen_fd, EPOLLIN, &upstream.listen_fd);
    watch(&upstream, EPOLL_CTL_ADD, upstream.timer_fd, EPOLLIN | EPOLLET,
          &upstream.timer_fd);
    run(&upstream);
}
