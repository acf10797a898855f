/* Waiting for clients, and no longer. */
#include "daemon/http/connection_wait.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "daemon/http/exchange.h"
#include "daemon/http/problem.h"
#include "daemon/http/tls.h"

/* In the time that a reader has. */
enum { SEND_LOOKS = 2 };

static int descriptor_of(const struct connection_wait *wait)
{
    return MHD_get_connection_info(wait->mhd, MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

/* --- the end --- */

/* What was sent is sent, and libmicrohttpd, which may be in the middle of what still
 * comes, sees that the socket has hung up. */
static void end(const struct connection_wait *wait)
{
    shutdown(descriptor_of(wait), SHUT_RDWR);
}

/* Nothing of what the kernel has for it is kept. */
static void reset(const struct connection_wait *wait)
{
    const struct linger at_once = {.l_onoff = 1};
    int fd = descriptor_of(wait);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    end(wait);
}

/* As far as the socket takes it. */
static void send_text(const struct connection_wait *wait, struct dm_str text)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(wait->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (info && info->tls_session)
        tls_send(info->tls_session, text);
    else
        send(descriptor_of(wait), text.ptr, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void connection_wait_send_last(const struct connection_wait *wait)
{
    const struct reply *reply = &wait->exchange->reply;
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, 64 * 1024);
    buf_printf(&text,
               "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
               "Connection: close\r\nX-Request-Id: %s\r\n\r\n",
               reply->status, problem_title(reply->status), reply->content_type,
               reply->body.len, wait->exchange->request_id);
    buf_add_str(&text, buf_str(&reply->body));
    if (!text.failed)
        send_text(wait, buf_str(&text));
    end(wait);
}

/* libmicrohttpd takes no reply before the request's end. */
static void refuse(const struct connection_wait *wait, const char *what)
{
    struct dm_error err;
    problem_set(&err, PROBLEM_REQUEST_TIMEOUT, "the request's %s took too long", what);
    reply_problem(wait->exchange, &err);
    connection_wait_send_last(wait);
}

/* --- time is over --- */

static void tell(struct service *service, const struct connection_wait *wait,
                 enum limit limit)
{
    limiter_tell(&service->limiter, limit,
                 wait->exchange ? exchange_app_name(wait->exchange) : "");
}

/* How much the client has taken; over a unix socket, something that changes with it. */
static uint64_t taken_by_client(const struct connection_wait *wait)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    int fd = descriptor_of(wait), left = 0;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
        return info.tcpi_bytes_acked;
    return ioctl(fd, SIOCOUTQ, &left) == 0 ? UINT64_MAX - (unsigned)left : 0;
}

/* Twice in the time that it has: the first look has nothing to compare with. */
static void look_at_reader(struct service *service, struct connection_wait *wait)
{
    uint64_t taken = taken_by_client(wait);
    wait->quiet = taken == wait->taken ? wait->quiet + 1 : 0;
    wait->taken = taken;
    if (wait->quiet < SEND_LOOKS) {
        deadline_set(&service->deadlines, &wait->deadline, DEADLINE_SEND);
        return;
    }
    tell(service, wait, LIMIT_SEND_TIME);
    reset(wait);
}

static void passed(struct deadline *deadline, void *ctx)
{
    struct service *service = ctx;
    struct connection_wait *wait =
        DM_CONTAINER(deadline, struct connection_wait, deadline);
    switch (deadline->kind) {
    case DEADLINE_HEAD:
    case DEADLINE_AGAIN:
        tell(service, wait, LIMIT_HEADER_TIME);
        if (wait->exchange)
            refuse(wait, "head");
        else
            end(wait);
        return;
    case DEADLINE_BODY:
        tell(service, wait, LIMIT_BODY_TIME);
        refuse(wait, "body");
        return;
    case DEADLINE_SEND:
        look_at_reader(service, wait);
        return;
    case DEADLINE_NONE:
    case DEADLINE_KINDS:
        return;
    }
}

void connection_waits_init(struct service *service)
{
    deadlines_init(&service->deadlines, service->loop, passed, service);
}

/* Of a connection that is silent for too long libmicrohttpd hears first. */
void connection_waits_configure(struct service *service, const struct config *config)
{
    const struct limit_config *limits = &config->limits;
    const int64_t spans_ms[DEADLINE_KINDS] = {
        [DEADLINE_HEAD] = limits->header_timeout_ms,
        [DEADLINE_AGAIN] = (int64_t)config->idle_timeout_ms + limits->header_timeout_ms,
        [DEADLINE_BODY] = limits->body_timeout_ms,
        [DEADLINE_SEND] = limits->send_timeout_ms / SEND_LOOKS,
    };
    for (int i = 0; i < DEADLINE_KINDS; i++)
        deadlines_set_span(&service->deadlines, (enum deadline_kind)i, spans_ms[i]);
}
