/* The played client. */
#include "caller.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../fuzz.h"
#include "base/str.h"

enum { BYTES_MAX = 64 * 1024 * 1024 };

void caller_connect(struct caller *caller, struct world *world)
{
    int pair[2];
    struct sockaddr address = {.sa_family = AF_UNIX};
    if (caller->fd >= 0)
        return;
    *caller = (struct caller){.fd = -1, .piece = caller->piece};
    fuzz_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) ==
               0);
    caller->fd = pair[0];
    buf_init(&caller->in, BYTES_MAX);
    server_add(world->server, pair[1], &address, sizeof address.sa_family,
               &world->entrance);
}

void caller_reset(struct caller *caller)
{
    if (caller->fd >= 0)
        close(caller->fd);
    buf_done(&caller->in);
    *caller = (struct caller){.fd = -1};
}

/* --- sending --- */

static void send_piece(struct caller *caller, struct dm_str bytes)
{
    ssize_t len = send(caller->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
    if (len != (ssize_t)bytes.len)
        caller->is_dirty = true;
}

static void send_all(struct caller *caller, struct dm_str bytes,
                     caller_between_fn between, void *ctx)
{
    while (bytes.len && caller->fd >= 0) {
        size_t len =
            caller->piece && caller->piece < bytes.len ? caller->piece : bytes.len;
        send_piece(caller, (struct dm_str){bytes.ptr, len});
        bytes = (struct dm_str){bytes.ptr + len, bytes.len - len};
        if (bytes.len)
            between(ctx);
    }
}

void caller_send(struct caller *caller, struct dm_str bytes, caller_between_fn between,
                 void *ctx)
{
    caller->is_dirty = true;
    send_all(caller, bytes, between, ctx);
}

/* --- requests --- */

static bool is_visible(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || text.ptr[i] == '#')
            return false;
    return text.len > 0;
}

/* Fields that change nothing of the framing, and that any number may have. */
static bool is_harmless_field(struct dm_str line)
{
    static const char *const names[] = {
        "Accept",        "Prefer", "If-Match",    "If-None-Match", "Idempotency-Key",
        "Authorization", "Origin", "traceparent", "Content-Type",  "X-Request-Id"};
    struct dm_str name = str_split(&line, ':');
    bool is_known = false;
    for (size_t i = 0; i < DM_COUNT(names); i++)
        is_known = is_known || str_equal_nocase(name, dm_str(names[i]));
    for (size_t i = 0; line.ptr && i < line.len; i++)
        if (line.ptr[i] < ' ' || line.ptr[i] > '~')
            return false;
    return is_known && line.ptr;
}

static bool is_method(struct dm_str method)
{
    static const char *const names[] = {"GET",   "HEAD",   "POST",   "PUT",
                                        "PATCH", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < DM_COUNT(names); i++)
        if (str_equal(method, dm_str(names[i])))
            return true;
    return false;
}

/* Up to the empty field; the text is the body then. */
static bool add_fields(struct dm_str *text, struct dm_buf *out)
{
    bool is_clean = true;
    while (text->ptr) {
        struct dm_str line = str_split(text, '|');
        if (!line.len)
            break;
        is_clean = is_clean && is_harmless_field(line);
        buf_printf(out, "%.*s\r\n", STR_ARG(line));
    }
    return is_clean;
}

static void note_request(struct caller *caller, struct dm_str method)
{
    if (caller->sent == CALLER_REQUESTS) {
        caller->is_dirty = true;
        return;
    }
    caller->has_no_body[caller->sent++] = str_equal(method, STR("HEAD"));
}

void caller_request(struct caller *caller, struct dm_str text, caller_between_fn between,
                    void *ctx)
{
    DM_AUTO_DONE(dm_buf) out;
    struct dm_str target = str_split(&text, '|'), method = str_split(&target, ' ');
    buf_init(&out, BYTES_MAX);
    buf_printf(&out, "%.*s %.*s HTTP/1.1\r\nHost: localhost\r\n", STR_ARG(method),
               STR_ARG(target));
    bool is_clean = add_fields(&text, &out) && is_method(method) && is_visible(target);
    if (text.ptr)
        buf_printf(&out, "Content-Length: %zu\r\n", text.len);
    buf_printf(&out, "\r\n");
    if (text.ptr)
        buf_add_str(&out, text);
    caller->is_dirty = caller->is_dirty || !is_clean || caller->has_left;
    if (!caller->is_dirty)
        note_request(caller, method);
    send_all(caller, buf_str(&out), between, ctx);
}

void caller_end(struct caller *caller)
{
    caller->has_left = true;
    shutdown(caller->fd, SHUT_WR);
}

void caller_leave(struct caller *caller)
{
    caller_reset(caller);
}

/* --- what is answered --- */

/* A line of the head, without its end. */
static struct dm_str take_line(struct dm_str *head)
{
    struct dm_str line = str_split(head, '\n');
    fuzz_check(line.len && line.ptr[line.len - 1] == '\r');
    line.len--;
    for (size_t i = 0; i < line.len; i++) {
        unsigned char byte = (unsigned char)line.ptr[i];
        fuzz_check(byte >= ' ' && byte != 0x7F);
    }
    return line;
}

struct answer_head {
    size_t status, length;
    bool closes;
};

static struct answer_head read_head(struct dm_str head)
{
    struct answer_head read = {.length = 0};
    struct dm_str first = take_line(&head), version = str_split(&first, ' ');
    fuzz_check(str_equal(version, STR("HTTP/1.1")) ||
               str_equal(version, STR("HTTP/1.0")));
    fuzz_check(str_to_size(str_split(&first, ' '), 599, &read.status));
    fuzz_check(read.status >= 100);
    while (head.ptr && head.len) {
        struct dm_str value = take_line(&head), name = str_split(&value, ':');
        fuzz_check(name.len && value.ptr && value.len && value.ptr[0] == ' ');
        value = (struct dm_str){value.ptr + 1, value.len - 1};
        if (str_equal_nocase(name, STR("Content-Length")))
            fuzz_check(str_to_size(value, BYTES_MAX, &read.length));
        if (str_equal_nocase(name, STR("Connection")))
            read.closes = str_equal_nocase(value, STR("close"));
        fuzz_check(!str_equal_nocase(name, STR("Transfer-Encoding")));
    }
    return read;
}

/* One answer of a clean caller, if it is whole. */
static bool parse_answer(struct caller *caller)
{
    struct dm_str rest = {caller->in.ptr + caller->parsed,
                          caller->in.len - caller->parsed};
    const char *end = rest.len ? memmem(rest.ptr, rest.len, "\r\n\r\n", 4) : NULL;
    if (!end)
        return false;
    struct dm_str text = {rest.ptr, (size_t)(end - rest.ptr) + 2};
    struct answer_head head = read_head(text);
    if (head.status < 200) {
        caller->parsed += text.len + 2;
        return true;
    }
    fuzz_check(caller->answered < caller->sent);
    bool bodyless =
        caller->has_no_body[caller->answered] || head.status == 204 || head.status == 304;
    size_t whole = text.len + 2 + (bodyless ? 0 : head.length);
    if (rest.len < whole)
        return false;
    caller->parsed += whole;
    caller->answered++;
    caller->is_closing = head.closes;
    return true;
}

/* Of one that is not clean it cannot be told which answer has a body. */
static void parse(struct caller *caller)
{
    while (!caller->is_dirty && caller->parsed < caller->in.len && parse_answer(caller))
        continue;
    if (caller->in.len >= 5)
        fuzz_check(memcmp(caller->in.ptr, "HTTP/", 5) == 0);
}

bool caller_turn(struct caller *caller)
{
    char bytes[65536];
    if (caller->fd < 0 || caller->is_paused || caller->is_ended)
        return false;
    ssize_t len = recv(caller->fd, bytes, sizeof bytes, 0);
    if (len < 0 && errno == EAGAIN)
        return false;
    if (len <= 0) {
        caller->is_ended = true;
        return true;
    }
    buf_add(&caller->in, bytes, (size_t)len);
    parse(caller);
    return true;
}

void caller_check_end(const struct caller *caller)
{
    if (caller->fd < 0)
        return;
    fuzz_check(caller->is_ended);
    if (caller->is_dirty)
        return;
    fuzz_check(caller->parsed == caller->in.len);
    /* Behind an end, libmicrohttpd answers what it is at, and no more. */
    fuzz_check(caller->answered == caller->sent || caller->is_closing ||
               caller->has_left);
}
