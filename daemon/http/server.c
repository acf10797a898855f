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
#include "daemon/http/connection.h"
#include "daemon/http/exchange.h"
#include "daemon/log/access.h"
#include "daemon/log/log.h"

/* MHD's own limit, which it has for life; max_connections is ours, and less. */
enum { CONNECTIONS_MAX = 1000000 + 1 };
enum { NEVER = -1 };

struct server {
    struct service *service;
    struct MHD_Daemon *mhd;
    struct loop_watch *watch;
    struct loop_timer timer; /* MHD's earliest timeout, or a moment before it */
    struct loop_task task;   /* to run MHD once, after all that is resumed in this turn */
    struct connections connections;
    size_t max_connections;
};

/* --- running MHD --- */

static void run(void *ctx);

/* When MHD wants to run again; NEVER: not before something happens. */
static int64_t wait_of(const struct server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    if (MHD_get_timeout(server->mhd, &wait_ms) != MHD_YES)
        return NEVER;
    return wait_ms > INT32_MAX ? INT32_MAX : (int64_t)wait_ms;
}

static void schedule(struct server *server)
{
    struct dm_loop *loop = server->service->loop;
    int64_t wait_ms = wait_of(server);
    if (wait_ms == NEVER)
        return;
    if (wait_ms == 0) {
        loop_post(loop, &server->task, run, server);
        return;
    }
    struct dm_error err;
    if (!server->timer.place &&
        loop_timer_set(loop, &server->timer, wait_ms, run, server, &err))
        log_text(LOG_WARNING, "idle connections stay open: %s", err.message);
}

/* What was answered is often followed by what came meanwhile: a second round costs less
 * than another turn. */
static void run(void *ctx)
{
    struct server *server = ctx;
    MHD_run(server->mhd);
    if (wait_of(server) == 0)
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

static void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = connections_add(&server->connections, mhd);
    else
        connections_remove(&server->connections, *socket_context);
}

/* --- the way of a request --- */

/* Sees the target before MHD cuts and decodes it. What it returns is MHD's req_cls. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct server *server = cls;
    connections_set_busy(&server->connections, mhd, true);
    return exchange_new(server->service, mhd, dm_str(target));
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
    struct server *server = cls;
    tell_access(*req_cls, mhd);
    exchange_free(*req_cls);
    *req_cls = NULL;
    connections_set_busy(&server->connections, mhd, false);
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        connection_look_once_for_end(mhd);
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
        connection_look_for_end(exchange->connection);
    return MHD_YES;
}

/* MHD takes no reply before the body's end, so one that never ends is cut off. */
static enum MHD_Result take_body(struct exchange *exchange, const char *body,
                                 size_t *size)
{
    bool goes_on = exchange_add_body(exchange, body, *size);
    *size = 0;
    if (exchange_lacks_body(exchange))
        connection_look_for_end(exchange->connection);
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
        MHD_OPTION_CONNECTION_TIMEOUT, server->connections.mhd_timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADS_MAX,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
}

static void configure(struct server *server, const struct config *config)
{
    server->max_connections = config->max_connections;
    server->connections.idle_timeout_s = (config->idle_timeout_ms + 999) / 1000;
}

enum dm_code server_new(struct service *service, const struct config *config,
                        struct server **ret_server, struct dm_error *err)
{
    DM_AUTO(server) *server = mem_new(sizeof *server);
    if (!server)
        return error_nomem(err);
    server->service = service;
    configure(server, config);
    server->connections.service = service;
    server->connections.mhd_timeout_s = server->connections.idle_timeout_s;
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
    connections_set_timeouts(&server->connections);
    loop_timer_stop(&server->timer);
    schedule(server);
}

void server_configure(struct server *server, const struct config *config)
{
    unsigned before_s = server->connections.idle_timeout_s;
    configure(server, config);
    if (server->connections.idle_timeout_s != before_s)
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
    return server->connections.count < server->max_connections;
}

void server_drain(struct server *server)
{
    server->service->draining = true;
    set_timeouts(server);
}

size_t server_connections(const struct server *server)
{
    return server->connections.count;
}

const char *server_library_version(void)
{
    return MHD_get_version();
}
