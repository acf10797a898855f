/* HTTP: libmicrohttpd on our loop, and its callbacks. */
#include "daemon/http/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/admin/probe.h"
#include "daemon/config.h"
#include "daemon/http/connection.h"
#include "daemon/http/connection_wait.h"
#include "daemon/http/exchange.h"
#include "daemon/http/server_engine.h"
#include "daemon/http/server_tls.h"
#include "daemon/limit/admission.h"
#include "daemon/log/access.h"
#include "daemon/log/log.h"

/* MHD's own limit, which it has for life; max_connections is ours, and less. */
enum { CONNECTIONS_MAX = 1000000 + 1 };

struct server {
    struct service *service;
    struct engine plain, secure;    /* secure: with TLS, where a listener has it */
    const struct entrance *entered; /* by the connection that is being added */
    struct connections connections;
    struct connection *added;
    bool has_begun; /* the connection that is being added */
};

static struct engine *engine_of(struct server *server, struct MHD_Connection *mhd)
{
    return engine_has(&server->secure, mhd) ? &server->secure : &server->plain;
}

/* MHD_run is what has a resumed connection go on: MHD does not wake by itself. */
static void resume(struct exchange *exchange, void *ctx)
{
    struct server *server = ctx;
    connections_let_go_first(&server->connections, exchange->connection, true);
    MHD_resume_connection(exchange->connection);
    engine_run_soon(engine_of(server, exchange->connection));
}

/* --- connections --- */

static void tell_access(const struct exchange *exchange, struct MHD_Connection *mhd)
{
    if (!exchange || !exchange->service->access)
        return;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    access_tell(exchange, info->client_addr);
}

static void end_exchange(const struct server *server, struct MHD_Connection *mhd,
                         struct exchange *exchange, enum deadline_kind next)
{
    tell_access(exchange, mhd);
    exchange_free(exchange);
    connections_wait(&server->connections, mhd, next, NULL);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        server->added = connections_add(&server->connections, mhd, server->entered);
        *socket_context = server->added;
        server->has_begun = true;
        return;
    }
    /* MHD completes no request whose arguments it has no room for. */
    end_exchange(server, mhd, connection_exchange(mhd), DEADLINE_NONE);
    limiter_leave(
        &server->service->limiter,
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    connections_remove(&server->connections, *socket_context);
}

/* --- the way of a request --- */

enum { ENTRY_SIZE = 64 }; /* of a field, an argument or a cookie, in MHD */

/* MHD never ends with arguments that it has no room for. */
static void refuse_arguments(struct exchange *exchange, const char *target)
{
    struct head head = {.size = strlen(target)};
    struct dm_error err;
    for (const char *at = strchr(target, '?'); at; at = strchr(at + 1, '&'))
        head.size += ENTRY_SIZE;
    if (head_check_size(&head, exchange->service->limiter.head_bytes, &err) == DM_OK)
        return;
    exchange->state = EXCHANGE_ANSWERED;
    reply_problem(exchange, &err);
    connection_send_last(exchange->connection);
}

/* Sees the target before MHD cuts and decodes it. What it returns is MHD's req_cls. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct server *server = cls;
    if (server->service->probe) /* a turn may be long when thousands ask at once */
        probe_answer(server->service->probe);
    connections_set_busy(&server->connections, mhd, true);
    struct exchange *exchange = exchange_new(server->service, mhd, dm_str(target));
    if (exchange) {
        exchange->peer = connection_peer(mhd);
        exchange->hosts = connection_hosts(mhd);
    }
    connections_wait(&server->connections, mhd, DEADLINE_HEAD, exchange);
    if (exchange)
        refuse_arguments(exchange, target);
    return exchange;
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **req_cls,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = cls;
    end_exchange(server, mhd, *req_cls, DEADLINE_AGAIN);
    *req_cls = NULL;
    if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK) {
        connections_set_over(mhd);
        return;
    }
    connections_set_busy(&server->connections, mhd, false);
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

static void wait_for(struct exchange *exchange, enum deadline_kind kind)
{
    const struct server *server = exchange->service->ctx;
    connections_wait(&server->connections, exchange->connection, kind, exchange);
}

static enum MHD_Result send_reply(struct exchange *exchange)
{
    const struct server *server = exchange->service->ctx;
    if (exchange->reply.status == 431) { /* nor is there room for this */
        connection_send_last(exchange->connection);
        return MHD_NO;
    }
    connections_let_go_first(&server->connections, exchange->connection, false);
    admission_hold_reply(exchange);
    wait_for(exchange, DEADLINE_SEND);
    return reply_send(exchange) ? MHD_YES : MHD_NO;
}

static size_t head_size(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
        ->header_size;
}

/* What libmicrohttpd keeps of it in the connection's memory: an entry for each field,
 * argument and cookie, and the cookies once more. */
static size_t head_memory(struct MHD_Connection *mhd, size_t size)
{
    const enum MHD_ValueKind kinds =
        MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND | MHD_COOKIE_KIND;
    int entries = MHD_get_connection_values(mhd, kinds, NULL, NULL);
    const char *cookies = NULL;
    size_t cookies_len = 0;
    MHD_lookup_connection_value_n(mhd, MHD_HEADER_KIND, "Cookie", strlen("Cookie"),
                                  &cookies, &cookies_len);
    return size + cookies_len + (size_t)entries * ENTRY_SIZE;
}

/* Versions from 1.0 on lay a head out otherwise, and see to its lines themselves. */
static bool lines_are_seen(void)
{
    return str_starts(dm_str(MHD_get_version()), STR("0.9."));
}

/* A reply queued in this first call has MHD close the connection: right for requests
 * that are not framed well, and for no others. */
static enum MHD_Result begin(struct exchange *exchange, const struct request_line *line)
{
    size_t size = head_size(exchange->connection);
    struct head_reading reading = {
        .exchange = exchange,
        .head.size = head_memory(exchange->connection, size),
        .head.is_http_1_0 = strcmp(line->version, MHD_HTTP_VERSION_1_0) == 0,
    };
    if (lines_are_seen())
        head_lines_begin(&reading.head.lines, line, size);
    MHD_get_connection_values_n(exchange->connection, MHD_HEADER_KIND, on_field,
                                &reading);
    if (reading.code) /* a field not seen is a field not checked */
        return MHD_NO;
    if (!connection_is_trusted(exchange->connection))
        return MHD_NO;
    if (exchange_begin(exchange, line->method, &reading.head))
        return send_reply(exchange);
    wait_for(exchange, DEADLINE_BODY);
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
    wait_for(exchange, DEADLINE_NONE);
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
    if (!exchange) /* out of memory */
        return MHD_NO;
    switch (exchange->state) {
    case EXCHANGE_HEAD:
        return begin(exchange,
                     &(struct request_line){method, url, version, exchange->target_len,
                                            exchange->raw_target});
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
static struct MHD_Daemon *start_mhd(struct server *server,
                                    const struct MHD_OptionItem *more,
                                    unsigned more_flags)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG | more_flags;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log,
        NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, server->connections.mhd_timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->service->limiter.head_bytes,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

static enum dm_code start_plain(struct server *server, struct dm_error *err)
{
    const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    return engine_start(&server->plain, server->service->loop, start_mhd(server, none, 0),
                        err);
}

static enum dm_code start_secure(struct server *server, struct dm_error *err)
{
    struct MHD_OptionItem tls[SERVER_TLS_OPTIONS];
    server_tls_options(tls);
    return engine_start(&server->secure, server->service->loop,
                        start_mhd(server, tls, MHD_USE_TLS), err);
}

static void configure(struct server *server, const struct config *config)
{
    limiter_configure(&server->service->limiter, config);
    connection_waits_configure(server->service, config);
    server->connections.idle_timeout_s = (config->idle_timeout_ms + 999) / 1000;
}

enum dm_code server_new(struct service *service, const struct config *config,
                        bool with_tls, struct server **ret_server, struct dm_error *err)
{
    DM_AUTO(server) *server = mem_new(sizeof *server);
    if (!server)
        return error_nomem(err);
    server->service = service;
    connection_waits_init(service);
    configure(server, config);
    service->limiter.head_bytes = config->limits.header_bytes;
    server->connections.service = service;
    server->connections.lingerings.loop = service->loop;
    server->connections.handshakes = &server->secure.handshakes;
    server->connections.mhd_timeout_s = server->connections.idle_timeout_s;
    DM_TRY(start_plain(server, err));
    if (with_tls)
        DM_TRY(start_secure(server, err));
    service->resume = resume;
    service->ctx = server;
    *ret_server = DM_TAKE(server);
    return DM_OK;
}

static void set_timeouts(struct server *server)
{
    connections_set_timeouts(&server->connections);
    engine_reschedule(&server->plain);
    engine_reschedule(&server->secure);
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
    engine_flush(&server->plain);
    engine_flush(&server->secure);
}

void server_free(struct server *server)
{
    if (!server)
        return;
    end_exchanges(server);
    engine_stop(&server->plain);
    engine_stop(&server->secure);
    lingerings_done(&server->connections.lingerings);
    deadlines_done(&server->service->deadlines);
    mem_free(server);
}

/* Closes it where it may not come. */
static bool enter(struct server *server, int fd, const struct sockaddr *address)
{
    if (limiter_enter(&server->service->limiter, address))
        return true;
    close(fd);
    server_leave_place(server);
    return false;
}

void server_add(struct server *server, int fd, const struct sockaddr *address,
                socklen_t size, const struct entrance *entrance)
{
    struct engine *engine = entrance->credentials ? &server->secure : &server->plain;
    if (!enter(server, fd, address))
        return;
    server->entered = entrance;
    server->has_begun = false;
    server->added = NULL;
    if (MHD_add_connection(engine->mhd, fd, address, size) == MHD_YES)
        connections_settle(&server->connections, server->added);
    else
        log_text(LOG_WARNING, "a connection was dropped: %s", strerror(errno));
    if (!server->has_begun)
        limiter_leave(&server->service->limiter, address);
    server->entered = NULL;
    engine_run_soon(engine);
}

const char *server_take_place(struct server *server)
{
    return limiter_take_place(&server->service->limiter,
                              loop_now_ms(server->service->loop));
}

void server_leave_place(struct server *server)
{
    limiter_leave_place(&server->service->limiter);
}

void server_drain(struct server *server)
{
    server->service->draining = true;
    set_timeouts(server);
}

size_t server_connections(const struct server *server)
{
    return server->connections.count + server->connections.lingerings.count;
}

const char *server_library_version(void)
{
    return MHD_get_version();
}
