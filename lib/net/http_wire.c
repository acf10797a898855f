/* Plain sockets by system calls, TLS by libcurl. */
#include "net/http_wire.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

static enum wire_result failed(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK ? WIRE_AGAIN : WIRE_BROKEN;
}

static struct dm_str rest_of(struct dm_str text, size_t gone)
{
    if (gone >= text.len)
        return (struct dm_str){NULL, 0};
    return (struct dm_str){text.ptr + gone, text.len - gone};
}

static struct iovec vector_of(struct dm_str text)
{
    return (struct iovec){(void *)(uintptr_t)text.ptr, text.len};
}

static enum wire_result send_plain(int fd, struct dm_str head, struct dm_str body,
                                   size_t *sent)
{
    struct iovec parts[] = {vector_of(head), vector_of(body)};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = DM_COUNT(parts)};
    ssize_t gone = 0;
    do
        gone = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (gone < 0 && errno == EINTR);
    if (gone < 0)
        return failed();
    *sent += (size_t)gone;
    return WIRE_MOVED;
}

/* A record at most, so that a send that fails has sent nothing. What was not taken is
 * offered again as it was, as OpenSSL wants it. */
static enum wire_result send_tls(CURL *tls, struct dm_str text, size_t *sent)
{
    size_t gone = 0;
    size_t len = text.len < WIRE_RECORD_MAX ? text.len : WIRE_RECORD_MAX;
    CURLcode code = curl_easy_send(tls, text.ptr, len, &gone);
    *sent += gone;
    if (code == CURLE_AGAIN)
        return WIRE_AGAIN;
    return code ? WIRE_BROKEN : WIRE_MOVED;
}

enum wire_result wire_send(const struct http_wire *wire, struct dm_str head,
                           struct dm_str body, size_t *sent)
{
    struct dm_str first = rest_of(head, *sent);
    struct dm_str second = first.len ? body : rest_of(body, *sent - head.len);
    if (wire->tls)
        return send_tls(wire->tls, first.len ? first : second, sent);
    return send_plain(wire->fd, first, second, sent);
}

static enum wire_result receive_plain(int fd, char *bytes, size_t size, int flags,
                                      size_t *ret_len)
{
    ssize_t got = 0;
    do
        got = recv(fd, bytes, size, flags);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return failed();
    *ret_len = (size_t)got;
    return got ? WIRE_MOVED : WIRE_CLOSED;
}

static enum wire_result receive_tls(CURL *tls, char *bytes, size_t size, size_t *ret_len)
{
    CURLcode code = curl_easy_recv(tls, bytes, size, ret_len);
    if (code == CURLE_AGAIN)
        return WIRE_AGAIN;
    if (code)
        return WIRE_BROKEN;
    return *ret_len ? WIRE_MOVED : WIRE_CLOSED;
}

enum wire_result wire_receive(const struct http_wire *wire, char *bytes, size_t size,
                              size_t *ret_len)
{
    return wire->tls ? receive_tls(wire->tls, bytes, size, ret_len)
                     : receive_plain(wire->fd, bytes, size, 0, ret_len);
}

/* TLS may have had something to say for itself, a session's ticket for instance. */
bool wire_is_quiet(const struct http_wire *wire)
{
    char byte = 0;
    size_t len = 0;
    enum wire_result there = receive_plain(wire->fd, &byte, 1, MSG_PEEK, &len);
    if (there == WIRE_MOVED && wire->tls)
        there = receive_tls(wire->tls, &byte, 1, &len);
    return there == WIRE_AGAIN;
}
