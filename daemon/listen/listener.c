/* Accepting connections. */
#include "daemon/listen/listener.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/log/log.h"

/* A turn serves those who are connected already, too. */
enum { BATCH = 64, PAUSE_MS = 100 };

struct listener {
    struct dm_loop *loop;
    int fd; /* -1: closed */
    enum listener_queue queue;
    struct loop_watch *watch; /* NULL: paused or closed */
    struct loop_timer timer;  /* of the pause */
    struct loop_task again;   /* in place of the timer, where there is no memory for it */
    bool complained;          /* since nobody waited */
    const struct listener_owner *owner;
    void *ctx;
};

enum outcome { ACCEPTED, NONE_WAITS, MUST_PAUSE };

/* accept(2): errors of the connection itself are passed over. */
static bool is_transient(int error)
{
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

static void complain(struct listener *listener, const char *why)
{
    const struct log_kind kind = {.type = why};
    const struct log_field fields[] = {{"reason", dm_str(why)}};
    if (!listener->complained)
        log_folded(LOG_WARNING, "no connection is accepted for a while", &kind, fields,
                   DM_COUNT(fields));
    listener->complained = true;
}

static enum outcome take_none(struct listener *listener, int error)
{
    listener->owner->leave_place(listener->ctx);
    if (error == EAGAIN)
        return NONE_WAITS;
    if (is_transient(error))
        return ACCEPTED;
    complain(listener, strerror(error));
    return MUST_PAUSE;
}

static enum outcome accept_next(struct listener *listener)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    int fd = accept4(listener->fd, (struct sockaddr *)&address, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return take_none(listener, errno);
    listener->owner->accepted(fd, (struct sockaddr *)&address, size, listener->ctx);
    return ACCEPTED;
}

/* The place first: whoever is accepted is not sent away. */
static enum outcome accept_one(struct listener *listener)
{
    const char *why_none = listener->owner->take_place(listener->ctx);
    if (!why_none)
        return accept_next(listener);
    complain(listener, why_none);
    return MUST_PAUSE;
}

static enum outcome accept_some(struct listener *listener, unsigned most)
{
    enum outcome outcome = ACCEPTED;
    while (outcome == ACCEPTED && most--)
        outcome = accept_one(listener);
    if (outcome == NONE_WAITS)
        listener->complained = false;
    return outcome;
}

static void resume(void *ctx);

/* A descriptor that stays readable would have the loop spin: nobody looks for a while,
 * or, without a timer, which needs memory, until the next turn. */
static void pause_accepting(struct listener *listener)
{
    struct dm_error err;
    loop_watch_free(listener->watch);
    listener->watch = NULL;
    if (loop_timer_set(listener->loop, &listener->timer, PAUSE_MS, resume, listener,
                       &err))
        loop_post(listener->loop, &listener->again, resume, listener);
}

/* Whoever got a connection leaves the next one to others: it would get all of them. */
static void go_to_the_end(struct listener *listener)
{
    struct dm_error err;
    if (loop_watch_requeue(listener->watch, &err))
        pause_accepting(listener);
}

static void ready(uint32_t events, void *ctx)
{
    struct listener *listener = ctx;
    const bool is_shared = listener->queue != LISTENER_ALONE;
    (void)events;
    enum outcome outcome = accept_some(listener, is_shared ? 1 : BATCH);
    if (outcome == MUST_PAUSE)
        pause_accepting(listener);
    else if (outcome == ACCEPTED && is_shared)
        go_to_the_end(listener);
}

static enum dm_code watch(struct listener *listener, struct dm_error *err)
{
    uint32_t exclusive = listener->queue == LISTENER_ALONE ? 0 : EPOLLEXCLUSIVE;
    return loop_watch_new(listener->loop, listener->fd, EPOLLIN | exclusive, ready,
                          listener, &listener->watch, err);
}

static void resume(void *ctx)
{
    struct listener *listener = ctx;
    struct dm_error err;
    if (watch(listener, &err) == DM_OK)
        return;
    complain(listener, err.message);
    pause_accepting(listener);
}

enum dm_code listener_new(struct dm_loop *loop, int fd, enum listener_queue queue,
                          const struct listener_owner *owner, void *ctx,
                          struct listener **ret_listener, struct dm_error *err)
{
    DM_AUTO(listener) *listener = mem_new(sizeof *listener);
    if (!listener) {
        close(fd);
        return error_nomem(err);
    }
    listener->loop = loop;
    listener->fd = fd;
    listener->queue = queue;
    listener->owner = owner;
    listener->ctx = ctx;
    DM_TRY(watch(listener, err));

    *ret_listener = DM_TAKE(listener);
    return DM_OK;
}

static void stop(struct listener *listener)
{
    loop_timer_stop(&listener->timer);
    loop_task_cancel(&listener->again);
    loop_watch_free(listener->watch);
    listener->watch = NULL;
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = -1;
}

void listener_drain(struct listener *listener)
{
    /* The queue is as long as the backlog at most. */
    if (listener->queue != LISTENER_OUTLIVED)
        accept_some(listener, SOMAXCONN);
    stop(listener);
}

void listener_free(struct listener *listener)
{
    if (!listener)
        return;
    stop(listener);
    mem_free(listener);
}
