/* libcurl's multi_socket interface over the loop (libcurl-multi(3)). */
#include "net/http_multi.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

/* libcurl closes no connection to make room for another: how many there are is not its
 * to say. */
#define NO_CEILING 1000000L

/* A descriptor that libcurl wants to hear of. */
struct http_socket {
    struct http_multi *multi;
    struct http_socket *next; /* in its bucket */
    curl_socket_t fd;
    struct loop_watch *watch;
};

/* --- sockets ------------------------------------------------------------------------ */

static struct http_socket **find(struct http_multi *multi, curl_socket_t fd)
{
    struct http_socket **at = &multi->sockets[(unsigned)fd % HTTP_SOCKET_BUCKETS];
    while (*at && (*at)->fd != fd)
        at = &(*at)->next;
    return at;
}

static void forget(struct http_socket **at)
{
    struct http_socket *socket = *at;
    if (!socket)
        return;
    *at = socket->next;
    loop_watch_free(socket->watch);
    mem_free(socket);
}

/* An error or a hangup alone is 0: libcurl then looks for itself. */
static void socket_ready(uint32_t events, void *ctx)
{
    const struct http_socket *socket = ctx;
    struct http_multi *multi = socket->multi;
    int ready = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                (events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
    int running = 0;
    curl_multi_socket_action(multi->curl, socket->fd, ready, &running);
    multi->progressed(multi->ctx);
}

static bool watch(struct http_multi *multi, curl_socket_t fd, uint32_t events,
                  struct http_socket **at)
{
    struct http_socket *socket = mem_new(sizeof *socket);
    if (!socket)
        return false;
    socket->multi = multi;
    socket->fd = fd;
    if (loop_watch_new(multi->loop, fd, events, socket_ready, socket, &socket->watch,
                       NULL)) {
        mem_free(socket);
        return false;
    }
    *at = socket;
    return true;
}

/* Never an error to libcurl, which would end the whole multi handle: the one connection
 * fails. */
static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
    (void)unused;
    struct http_multi *multi = ctx;
    struct http_socket **at = find(multi, fd);
    if (what == CURL_POLL_REMOVE) {
        forget(at);
        return 0;
    }
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    bool watched = *at ? !loop_watch_change((*at)->watch, events, NULL)
                       : watch(multi, fd, events, at);
    void *owner = NULL;
    if (!watched && !curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner))
        multi->starved(owner, multi->loop);
    return 0;
}

int http_multi_close_socket(void *ctx, curl_socket_t fd)
{
    struct http_multi *multi = ctx;
    forget(find(multi, fd));
    return fd == multi->taken ? 0 : close(fd);
}

/* --- timer -------------------------------------------------------------------------- */

static void time_passed(void *ctx)
{
    struct http_multi *multi = ctx;
    int running = 0;
    curl_multi_socket_action(multi->curl, CURL_SOCKET_TIMEOUT, 0, &running);
    multi->progressed(multi->ctx);
}

/* Where there is no memory for the timer, a task comes too early in its place: told that
 * time has passed, libcurl always asks for its timer anew. */
static int timer_wanted(CURLM *curl, long timeout_ms, void *ctx)
{
    (void)curl;
    struct http_multi *multi = ctx;
    bool set = timeout_ms > 0 && !loop_timer_set(multi->loop, &multi->timer, timeout_ms,
                                                 time_passed, multi, NULL);
    if (!set)
        loop_timer_stop(&multi->timer);
    if (!set && timeout_ms >= 0)
        loop_post(multi->loop, &multi->task, time_passed, multi);
    return 0;
}

/* --- the handle --------------------------------------------------------------------- */

enum dm_code http_multi_init(struct http_multi *multi, struct dm_loop *loop,
                             loop_fn progressed,
                             void (*starved)(void *owner, struct dm_loop *loop),
                             void *ctx, struct dm_error *err)
{
    *multi = (struct http_multi){.curl = curl_multi_init(),
                                 .loop = loop,
                                 .taken = CURL_SOCKET_BAD,
                                 .progressed = progressed,
                                 .starved = starved,
                                 .ctx = ctx};
    if (!multi->curl)
        return error_nomem(err);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, timer_wanted);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, NO_CEILING);
    return DM_OK;
}

void http_multi_done(struct http_multi *multi)
{
    if (!multi->curl)
        return;
    curl_multi_cleanup(multi->curl);
    multi->curl = NULL;
    loop_timer_stop(&multi->timer);
    loop_task_cancel(&multi->task);
}

enum dm_code http_multi_add(struct http_multi *multi, CURL *easy, struct dm_error *err)
{
    return curl_multi_add_handle(multi->curl, easy) ? error_nomem(err) : DM_OK;
}

void http_multi_remove(struct http_multi *multi, CURL *easy)
{
    curl_multi_remove_handle(multi->curl, easy);
}

curl_socket_t http_multi_take(struct http_multi *multi, CURL *easy)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    multi->taken = fd;
    curl_multi_remove_handle(multi->curl, easy);
    multi->taken = CURL_SOCKET_BAD;
    return fd;
}

bool http_multi_next(struct http_multi *multi, void *ret_owner, CURLcode *ret_code)
{
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(multi->curl, &left);
    if (!message)
        return false;
    *ret_code = message->data.result;
    return !curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, ret_owner);
}
