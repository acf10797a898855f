/* The way of a call over a connection. */
#include "net/http_connection.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "net/http_pool.h"

/* Edge-triggered: set once, whatever comes and goes. EPOLLOUT only while a request does
 * not fit the socket. */
static const uint32_t INPUT = EPOLLIN | EPOLLRDHUP | EPOLLET;

/* --- the request -------------------------------------------------------------------- */

static bool is_sent(const struct http_call *call)
{
    return call->sent == call->head.len + call->body.len;
}

static enum wire_result write_request(struct http_connection *connection)
{
    struct http_call *call = connection->call;
    enum wire_result result = WIRE_MOVED;
    while (result == WIRE_MOVED && !is_sent(call))
        result =
            wire_send(&connection->wire, buf_str(&call->head), call->body, &call->sent);
    uint32_t events = result == WIRE_AGAIN ? INPUT | EPOLLOUT : INPUT;
    if (loop_watch_change(connection->watch, events, NULL))
        return WIRE_BROKEN;
    return result;
}

static void read_timed_out(void *ctx)
{
    struct http_call *call = ctx;
    call->ended(call, CURLE_OPERATION_TIMEDOUT);
}

static bool start_clock(struct http_connection *connection)
{
    const struct http_pool *pool = connection->pool;
    struct http_call *call = connection->call;
    return !loop_timer_set(pool->loop, &call->read_timer, pool->options->read_timeout_ms,
                           read_timed_out, call, NULL);
}

bool http_connection_send(struct http_connection *connection, struct http_call *call)
{
    struct dm_loop *loop = connection->pool->loop;
    connection->call = call;
    call->connection = connection;
    connection->is_fit = false;
    if (!start_clock(connection)) {
        http_call_end_later(call, loop, CURLE_OUT_OF_MEMORY);
        return true;
    }
    call->began = true;
    if (write_request(connection) != WIRE_BROKEN)
        return true;
    if (!connection->is_used || call->sent) {
        http_call_end_later(call, loop, CURLE_SEND_ERROR);
        return true;
    }
    http_call_stop(call);
    call->began = false;
    call->connection = NULL;
    connection->call = NULL;
    return false;
}

/* --- the reply ---------------------------------------------------------------------- */

/* A reset is no more than a close where a connection was kept too long. */
static CURLcode broke_off(const struct http_connection *connection,
                          enum wire_result result)
{
    struct http_call *call = connection->call;
    if (result == WIRE_CLOSED && response_closed(&call->response))
        return CURLE_OK;
    if (response_is_missing(&call->response) &&
        (result == WIRE_CLOSED || connection->is_used))
        return CURLE_GOT_NOTHING;
    return result == WIRE_CLOSED ? CURLE_PARTIAL_FILE : CURLE_RECV_ERROR;
}

static CURLcode after(enum response_progress progress)
{
    switch (progress) {
    case RESPONSE_MORE:
        return CURLE_AGAIN;
    case RESPONSE_WHOLE:
        return CURLE_OK;
    case RESPONSE_NO_MEMORY:
        return CURLE_OUT_OF_MEMORY;
    default:
        return CURLE_WEIRD_SERVER_REPLY;
    }
}

/* A read that does not fill the buffer has emptied the socket; what comes later is an
 * edge, but for the hangup that was told already. CURLE_AGAIN: it goes on. */
static CURLcode read_reply(struct http_connection *connection, bool hangs_up)
{
    struct http_call *call = connection->call;
    struct http_pool *pool = connection->pool;
    size_t len = 0, used = 0;
    CURLcode code = CURLE_AGAIN;
    bool is_drained = false;
    while (code == CURLE_AGAIN && (!is_drained || hangs_up)) {
        enum wire_result result =
            wire_receive(&connection->wire, pool->input, HTTP_INPUT_SIZE, &len);
        if (result == WIRE_AGAIN)
            return CURLE_AGAIN;
        if (result != WIRE_MOVED)
            return broke_off(connection, result);
        code = after(response_feed(&call->response, pool->input, len, &used));
        is_drained = !connection->wire.tls && len < HTTP_INPUT_SIZE;
    }
    connection->is_fit = code == CURLE_OK && used == len && call->response.keeps_alive &&
                         is_sent(call) && !hangs_up;
    return code;
}

/* The peer may answer, and close, before it has taken all of the request. */
static CURLcode move(struct http_connection *connection, bool hangs_up)
{
    CURLcode code = read_reply(connection, hangs_up);
    if (code != CURLE_AGAIN || is_sent(connection->call) ||
        write_request(connection) != WIRE_BROKEN)
        return code;
    code = read_reply(connection, true);
    return code == CURLE_AGAIN ? CURLE_SEND_ERROR : code;
}

static void ready(uint32_t events, void *ctx)
{
    struct http_connection *connection = ctx;
    struct http_call *call = connection->call;
    if (!call) {
        http_pool_check(connection->pool, connection);
        return;
    }
    CURLcode code = move(connection, events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    if (code != CURLE_AGAIN)
        call->ended(call, code);
}

/* --- making and closing ------------------------------------------------------------- */

/* libcurl need not keep a connection that it has no part in. */
static bool take_wire(struct http_connection *connection)
{
    struct http_pool *pool = connection->pool;
    if (connection->url->is_tls) {
        connection->wire.tls = connection->easy;
        curl_easy_getinfo(connection->easy, CURLINFO_ACTIVESOCKET, &connection->wire.fd);
    } else {
        connection->wire.fd = http_multi_take(&pool->multi, connection->easy);
        curl_easy_cleanup(DM_TAKE(connection->easy));
    }
    return !loop_watch_new(pool->loop, connection->wire.fd, INPUT, ready, connection,
                           &connection->watch, NULL);
}

void http_connection_made(struct http_connection *connection, CURLcode code)
{
    struct http_call *call = connection->call;
    if (!code && !take_wire(connection))
        code = CURLE_OUT_OF_MEMORY;
    if (code)
        call->ended(call, code);
    else
        http_connection_send(connection, call);
}

enum dm_code http_connection_new(struct http_pool *pool, struct http_call *call,
                                 struct dm_error *err)
{
    struct http_connection *connection = mem_new(sizeof *connection);
    if (!connection)
        return error_nomem(err);
    pool->count++;
    connection->pool = pool;
    connection->url = http_url_ref(call->url);
    connection->wire.fd = -1;
    connection->dial = (struct http_dial){.options = pool->options,
                                          .url = connection->url->way,
                                          .is_tls = connection->url->is_tls,
                                          .share = pool->share,
                                          .multi = &pool->multi,
                                          .owner = connection};
    connection->easy = http_dial_new(&connection->dial);
    if (!connection->easy || http_multi_add(&pool->multi, connection->easy, NULL)) {
        http_connection_free(connection);
        return error_nomem(err);
    }
    connection->call = call;
    call->connection = connection;
    return DM_OK;
}

void http_connection_free(struct http_connection *connection)
{
    struct http_pool *pool = connection->pool;
    loop_watch_free(connection->watch);
    if (connection->easy) {
        http_multi_remove(&pool->multi, connection->easy);
        curl_easy_cleanup(connection->easy);
    } else if (connection->wire.fd >= 0) {
        close(connection->wire.fd);
    }
    http_url_unref(connection->url);
    pool->count--;
    mem_free(connection);
}

const char *http_connection_problem(const struct http_connection *connection)
{
    long number = 0;
    if (connection->dial.is_forbidden)
        return "the address is not allowed";
    if (connection->easy)
        curl_easy_getinfo(connection->easy, CURLINFO_OS_ERRNO, &number);
    const char *text = number ? strerrordesc_np((int)number) : NULL;
    return text ? text : "no reason given";
}
