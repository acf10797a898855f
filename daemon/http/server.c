/* HTTP: libmicrohttpd on our loop, and its callbacks. */
#include "daemon/http/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/config.h"
#include "daemon/http/exchange.h"
#include "daemon/log/access.h"
#include "daemon/log/log.h"

/* How long a connection without an exchange stays in a drain. */
enum { DRAIN_IDLE_S = 1 };

/* MHD's own limit, which it has for life; max_connections is ours, and less. */
enum { CONNECTIONS_MAX = 1000000 + 1 };

struct connection {
    struct connection *next, **link; /* in server->connections */
    struct MHD_Connection *mhd;
    bool is_busy;            /* with an exchange */
    bool has_been_looked_at; /* look_for_end */
};

struct server {
    struct service *service;
    struct MHD_Daemon *mhd;
    struct loop_watch *watch;
    struct loop_timer timer; /* MHD's earliest timeout, or a moment before it */
    struct loop_task task;   /* to run MHD once, after all that is resumed in this turn */
    struct connection *connections;
    size_t count, max_connections;
    unsigned idle_timeout_s;
    unsigned mhd_timeout_s; /* what MHD gives a connection at first */
};

/* --- running MHD --- */

static void run(void *ctx);

static void schedule(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    if (MHD_get_timeout(server->mhd, &wait_ms) != MHD_YES)
        return;
    if (wait_ms == 0) {
        loop_post(server->service->loop, &server->task, run, server);
        return;
    }
    struct dm_error err;
    if (!server->timer.place &&
        loop_timer_set(server->service->loop, &server->timer,
                       wait_ms > INT32_MAX ? INT32_MAX : (int64_t)wait_ms, run, server,
                       &err))
        log_text(LOG_WARNING, "idle connections stay open: %s", err.message);
}

static void run(void *ctx)
{
    struct server *server = ctx;
    MHD_run(server->mhd);
    schedule(server);
}

static void ready(uint32_t events, void *ctx)
{
    (void)events;
    run(ctx);
}

/* MHD_run is what has a resumed connection go on: MHD does not wake by itself. */
static void resume(struct exchange *exchange, void *ctx)
{
    struct server *server = ctx;
    MHD_resume_connection(exchange->connection);
    loop_post(server->service->loop, &server->task, run, server);
}

/* --- connections --- */

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* In a drain an idle connection is kept for a moment only: for the request that may be on
 * its way. */
static void set_timeout(const struct server *server, const struct connection *connection)
{
    bool short_lived = server->service->draining && !connection->is_busy;
    MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT,
                              short_lived ? (unsigned)DRAIN_IDLE_S
                                          : server->idle_timeout_s);
}

/* MHD gives all what it was started with. */
static void correct_timeout(const struct server *server,
                            const struct connection *connection)
{
    if (server->service->draining || server->idle_timeout_s != server->mhd_timeout_s)
        set_timeout(server, connection);
}

static void add_connection(struct server *server, struct MHD_Connection *mhd,
                           void **socket_context)
{
    server->count++;
    struct connection *connection = mem_new(sizeof *connection);
    *socket_context = connection;
    if (!connection)
        return;
    connection->mhd = mhd;
    connection->next = server->connections;
    connection->link = &server->connections;
    if (connection->next)
        connection->next->link = &connection->next;
    server->connections = connection;
    correct_timeout(server, connection);
}

static void remove_connection(struct server *server, struct connection *connection)
{
    server->count--;
    if (!connection)
        return;
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    mem_free(connection);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        add_connection(cls, mhd, socket_context);
    else
        remove_connection(cls, *socket_context);
}

static void set_busy(const struct server *server, struct MHD_Connection *mhd,
                     bool is_busy)
{
    struct connection *connection = connection_of(mhd);
    if (!connection)
        return;
    connection->is_busy = is_busy;
    correct_timeout(server, connection);
}

/* --- the way of a request --- */

/* Sees the target before MHD cuts and decodes it. What it returns is MHD's req_cls. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct server *server = cls;
    set_busy(server, mhd, true);
    return exchange_new(server->service, mhd, dm_str(target));
}

/*
 * A client that sent its end right behind what it sent last would otherwise be kept until
 * it is idle for too long: MHD, which takes a short read for the last, sees no other
 * edge. Shutting down makes one.
 */
static void look_for_end(struct MHD_Connection *mhd)
{
    char byte;
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        shutdown(fd, SHUT_RD);
}

/* Behind its first request (`nc -N`); one that goes on to another is seen by MHD. */
static void look_once_for_end(struct MHD_Connection *mhd)
{
    struct connection *connection = connection_of(mhd);
    if (!connection || connection->has_been_looked_at)
        return;
    connection->has_been_looked_at = true;
    look_for_end(mhd);
}

static void tell_access(const struct exchange *exchange, struct MHD_Connection *mhd)
{
    if (!exchange || !exchange->service->access)
        return;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    access_tell(exchange, info->client_addr);
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **req_cls,
                         enum MHD_RequestTerminationCode code)
{
    tell_access(*req_cls, mhd);
    exchange_free(*req_cls);
    *req_cls = NULL;
    set_busy(cls, mhd, false);
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        look_once_for_end(mhd);
}

/* The raw target is parsed by us: MHD is to leave its copy alone. */
static size_t leave_escaped(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls;
    (void)mhd;
    return strlen(text);
}

struct head_reading {
    struct exchange *exchange;
    struct head head;
    enum dm_code code;
};

static enum MHD_Result on_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                size_t name_len, const char *value, size_t value_len)
{
    struct head_reading *reading = cls;
    struct dm_str field = {name, name_len}, text = {value, value_len};
    (void)kind;
    reading->code =
        head_add(&reading->head, field, text, &reading->exchange->arena, NULL);
    return reading->code ? MHD_NO : MHD_YES;
}

static enum MHD_Result send_reply(struct exchange *exchange)
{
    return reply_send(exchange) ? MHD_YES : MHD_NO;
}

static size_t head_size(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
        ->header_size;
}

/* A reply queued in this first call has MHD close the connection: right for requests
 * that are not framed well, and for no others. */
static enum MHD_Result begin(struct exchange *exchange, const char *method,
                             const char *version)
{
    struct head_reading reading = {
        .exchange = exchange,
        .head.size = head_size(exchange->connection),
        .head.is_http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0,
    };
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, on_field,
                                &reading);
    if (reading.code) /* a field not seen is a field not checked */
        return MHD_NO;
    if (exchange_begin(exchange, method, &reading.head))
        return send_reply(exchange);
    if (exchange_lacks_body(exchange))
        look_for_end(exchange->connection);
    return MHD_YES;
}

/* MHD takes no reply before the body's end, so one that never ends is cut off. */
static enum MHD_Result take_body(struct exchange *exchange, const char *body,
                                 size_t *size)
{
    bool goes_on = exchange_add_body(exchange, body, *size);
    *size = 0;
    if (exchange_lacks_body(exchange))
        look_for_end(exchange->connection);
    return goes_on ? MHD_YES : MHD_NO;
}

static enum MHD_Result finish(struct exchange *exchange)
{
    exchange_dispatch(exchange);
    if (exchange->state != EXCHANGE_WAITING)
        return send_reply(exchange);
    MHD_suspend_connection(exchange->connection);
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version,
                                  const char *body, size_t *body_size, void **req_cls)
{
    struct exchange *exchange = *req_cls;
    (void)cls;
    (void)mhd;
    (void)url;
    if (!exchange) /* out of memory */
        return MHD_NO;
    switch (exchange->state) {
    case EXCHANGE_HEAD:
        return begin(exchange, method, version);
    case EXCHANGE_BODY:
        return *body_size ? take_body(exchange, body, body_size) : finish(exchange);
    case EXCHANGE_WAITING:
        return MHD_YES;
    case EXCHANGE_ANSWERED:
        return send_reply(exchange);
    }
    return MHD_NO;
}

/* --- life --- */

static void on_log(void *cls, const char *format, va_list args) DM_PRINTF(2, 0);

static void on_log(void *cls, const char *format, va_list args)
{
    char message[512];
    (void)cls;
    int len = vsnprintf(message, sizeof message, format, args);
    if (len > 0 && (size_t)len < sizeof message && message[len - 1] == '\n')
        message[len - 1] = '\0';
    log_text(LOG_DEBUG, "libmicrohttpd: %s", message);
}

/* The logger comes first, to see what is wrong with the others. SIGPIPE is ignored. */
static struct MHD_Daemon *start_mhd(struct server *server)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log,
        NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, server->mhd_timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADS_MAX,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

static void configure(struct server *server, const struct config *config)
{
    server->max_connections = config->max_connections;
    server->idle_timeout_s = (config->idle_timeout_ms + 999) / 1000;
}

enum dm_code server_new(struct service *service, const struct config *config,
                        struct server **ret_server, struct dm_error *err)
{
    DM_AUTO(server) *server = mem_new(sizeof *server);
    if (!server)
        return error_nomem(err);
    server->service = service;
    configure(server, config);
    server->mhd_timeout_s = server->idle_timeout_s;
    server->mhd = start_mhd(server);
    if (!server->mhd)
        return error_set(err, DM_E_INTERNAL, "libmicrohttpd does not start");

    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    DM_TRY(loop_watch_new(service->loop, info->epoll_fd, EPOLLIN, ready, server,
                          &server->watch, err));
    service->resume = resume;
    service->ctx = server;
    *ret_server = DM_TAKE(server);
    return DM_OK;
}

static void set_timeouts(struct server *server)
{
    for (struct connection *connection = server->connections; connection;
         connection = connection->next)
        set_timeout(server, connection);
    loop_timer_stop(&server->timer);
    schedule(server);
}

void server_configure(struct server *server, const struct config *config)
{
    unsigned before_s = server->idle_timeout_s;
    configure(server, config);
    if (server->idle_timeout_s != before_s)
        set_timeouts(server);
}

/* MHD_stop_daemon aborts the process while a connection is suspended: all are answered
 * first, what comes meanwhile too, and what the sockets take at once is sent. */
static void end_exchanges(struct server *server)
{
    server->service->draining = server->service->stopping = true;
    for (struct exchange *exchange = server->service->exchanges; exchange;
         exchange = exchange->next)
        if (exchange->state == EXCHANGE_WAITING)
            exchange_cancel(exchange);

    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    for (int turns = 0; turns < 64 && wait_ms == 0; turns++) {
        MHD_run(server->mhd);
        if (MHD_get_timeout(server->mhd, &wait_ms) != MHD_YES)
            return;
    }
}

void server_free(struct server *server)
{
    if (!server)
        return;
    if (server->mhd)
        end_exchanges(server);
    loop_task_cancel(&server->task);
    loop_timer_stop(&server->timer);
    loop_watch_free(server->watch);
    if (server->mhd)
        MHD_stop_daemon(server->mhd);
    mem_free(server);
}

void server_add(struct server *server, int fd, const struct sockaddr *address,
                socklen_t size)
{
    if (MHD_add_connection(server->mhd, fd, address, size) != MHD_YES)
        log_text(LOG_WARNING, "a connection was dropped: %s", strerror(errno));
    loop_post(server->service->loop, &server->task, run, server);
}

bool server_has_room(const struct server *server)
{
    return server->count < server->max_connections;
}

void server_drain(struct server *server)
{
    server->service->draining = true;
    set_timeouts(server);
}

size_t server_connections(const struct server *server)
{
    return server->count;
}

const char *server_library_version(void)
{
    return MHD_get_version();
}
