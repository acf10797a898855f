/* A client of the admin listener: one request, one connection. */
#include "daemon/admin/ask.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "daemon/admin/ask_tls.h"

enum { PATIENCE_MS = 2000, ANSWER_MAX = 64 * 1024 };

/* A connection, and until when to wait for it. */
struct asking {
    int fd; /* -1: none */
    int64_t deadline_ms;
};

static enum dm_code failed(const char *what, struct dm_error *err)
{
    return error_set(err, DM_E_UNAVAILABLE, "%s: %s", what, strerror(errno));
}

static enum dm_code await(const struct asking *asking, short events, struct dm_error *err)
{
    int64_t left_ms = asking->deadline_ms - clock_monotonic_ms(clock_system());
    struct pollfd poll_fd = {.fd = asking->fd, .events = events};
    if (left_ms > 0 && poll(&poll_fd, 1, (int)left_ms) > 0)
        return DM_OK;
    return error_set(err, DM_E_UNAVAILABLE, "no answer within %d s", PATIENCE_MS / 1000);
}

/* --- connecting --- */

static enum dm_code connect_to(struct asking *asking, const struct sockaddr *address,
                               socklen_t size, struct dm_error *err)
{
    int failure = 0;
    socklen_t failure_size = sizeof failure;
    asking->fd =
        socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (asking->fd < 0)
        return failed("socket", err);
    if (connect(asking->fd, address, size) == 0)
        return DM_OK;
    if (errno != EINPROGRESS)
        return failed("cannot connect", err);
    DM_TRY(await(asking, POLLOUT, err));
    getsockopt(asking->fd, SOL_SOCKET, SO_ERROR, &failure, &failure_size);
    errno = failure;
    return failure ? failed("cannot connect", err) : DM_OK;
}

static enum dm_code connect_unix(struct asking *asking, const char *path,
                                 struct dm_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return connect_to(asking, (const struct sockaddr *)&address, sizeof address, err);
}

static void hang_up(struct asking *asking)
{
    if (asking->fd >= 0)
        close(asking->fd);
    asking->fd = -1;
}

/* The first of the name's addresses that can be reached. */
static enum dm_code connect_tcp(struct asking *asking, const struct address *address,
                                struct dm_error *err)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const char *host = *address->host ? address->host : NULL;
    int failure = getaddrinfo(host, address->port, &hints, &found);
    if (failure)
        return error_set(err, DM_E_UNAVAILABLE, "%s: %s", address->host,
                         gai_strerror(failure));
    enum dm_code code = DM_E_UNAVAILABLE;
    for (const struct addrinfo *at = found; at && code; at = at->ai_next) {
        hang_up(asking);
        code = connect_to(asking, at->ai_addr, at->ai_addrlen, err);
    }
    freeaddrinfo(found);
    return code;
}

/* --- asking --- */

/* So little fits into any socket. */
static enum dm_code send_request(const struct asking *asking, struct dm_str request,
                                 struct dm_error *err)
{
    if (send(asking->fd, request.ptr, request.len, MSG_NOSIGNAL) != (ssize_t)request.len)
        return failed("cannot ask", err);
    return DM_OK;
}

static enum dm_code receive_all(const struct asking *asking, struct dm_buf *answer,
                                struct dm_error *err)
{
    for (;;) {
        DM_TRY(await(asking, POLLIN, err));
        char *room = buf_room(answer, 4096);
        ssize_t got = room ? recv(asking->fd, room, 4096, 0) : 0;
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return failed("no answer", err);
        if (got == 0)
            return buf_check(answer, "answer", err);
        answer->len += (size_t)got;
    }
}

/* "HTTP/1.1 200 OK", header fields, an empty line, the body. */
static enum dm_code judge(struct dm_str answer, struct dm_error *err)
{
    struct dm_str line = answer;
    if (str_starts(answer, STR("HTTP/1.1 200 ")))
        return DM_OK;
    if (!str_starts(answer, STR("HTTP/1.1 ")))
        return error_set(err, DM_E_UNAVAILABLE, "what answers is no dynamod");
    while (line.ptr && !str_empty(str_trim(str_split(&line, '\n'))))
        continue;
    line = str_trim(line);
    return error_set(err, DM_E_UNAVAILABLE, "%.*s", STR_ARG(line));
}

static enum dm_code converse(const struct asking *asking, bool has_tls,
                             struct dm_str request, struct dm_buf *answer,
                             struct dm_error *err)
{
    if (has_tls)
        return ask_tls(asking->fd, request, PATIENCE_MS, answer, err);
    DM_TRY(send_request(asking, request, err));
    return receive_all(asking, answer, err);
}

static enum dm_code ask(struct asking *asking, const struct address *address,
                        bool has_tls, const char *path, struct dm_error *err)
{
    char request[128];
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    DM_AUTO_DONE(dm_buf) answer;
    buf_init(&answer, ANSWER_MAX);
    DM_TRY(address->is_unix ? connect_unix(asking, address->path, err)
                            : connect_tcp(asking, address, err));
    DM_TRY(converse(asking, has_tls, dm_str(request), &answer, err));
    return judge(buf_str(&answer), err);
}

enum dm_code ask_admin(const struct address *address, bool has_tls, const char *path,
                       struct dm_error *err)
{
    struct asking asking = {
        .fd = -1, .deadline_ms = clock_monotonic_ms(clock_system()) + PATIENCE_MS};
    enum dm_code code = ask(&asking, address, has_tls, path, err);
    hang_up(&asking);
    return code;
}
