/* The event loop over epoll. */
#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "net/timers.h"

enum { BATCH = 64 };

#define NEVER INT64_MAX

struct loop_watch {
    struct dm_loop *loop;
    int fd;
    uint32_t events;
    loop_watch_fn ready; /* NULL: freed, events of this turn may still point here */
    void *ctx;
    struct loop_watch *next_dead;
};

struct tasks {
    struct loop_task *first, **tail;
};

struct dm_loop {
    const struct clock *clock;
    int epoll_fd, timer_fd, wake_fd;
    bool is_watched;  /* from outside, by dm_loop_fd */
    unsigned depth;   /* turns under way: 0, 1, or more when a callback turns the loop */
    int64_t now_ms;   /* of this turn */
    int64_t armed_ms; /* when timer_fd wakes; NEVER: not armed */
    struct timers timers;
    struct tasks posted, running;
    struct loop_watch *dead;
};

static enum dm_code failed(struct dm_error *err, const char *what)
{
    bool ceiling =
        errno == ENOMEM || errno == ENOSPC || errno == EMFILE || errno == ENFILE;
    return error_set(err, ceiling ? DM_E_NOMEM : DM_E_INTERNAL, "%s: %m", what);
}

/* --- making and freeing --- */

/* Edge-triggered: neither descriptor is ever read, each expiry and each write is an edge.
 */
static bool watch_own(struct dm_loop *loop, int *fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = fd};
    return *fd >= 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, *fd, &event) == 0;
}

static bool open_all(struct dm_loop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        return false;
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (!watch_own(loop, &loop->timer_fd))
        return false;
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return watch_own(loop, &loop->wake_fd);
}

static void tasks_init(struct tasks *tasks)
{
    *tasks = (struct tasks){.tail = &tasks->first};
}

enum dm_code loop_new(const struct clock *clock, struct dm_loop **ret_loop,
                      struct dm_error *err)
{
    DM_AUTO(dm_loop) *loop = mem_new(sizeof *loop);
    if (!loop)
        return error_nomem(err);

    loop->clock = clock;
    loop->epoll_fd = loop->timer_fd = loop->wake_fd = -1;
    loop->armed_ms = NEVER;
    tasks_init(&loop->posted);
    tasks_init(&loop->running);
    if (!open_all(loop))
        return failed(err, "event loop");

    *ret_loop = DM_TAKE(loop);
    return DM_OK;
}

enum dm_code dm_loop_new(struct dm_loop **ret_loop, struct dm_error *err)
{
    return loop_new(clock_system(), ret_loop, err);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void dm_loop_free(struct dm_loop *loop)
{
    if (!loop)
        return;
    assert(loop->depth == 0);
    while (loop->posted.first)
        loop_task_cancel(loop->posted.first);
    timers_done(&loop->timers);
    close_if_open(loop->wake_fd);
    close_if_open(loop->timer_fd);
    close_if_open(loop->epoll_fd);
    mem_free(loop);
}

const struct clock *loop_clock(const struct dm_loop *loop)
{
    return loop->clock;
}

int64_t loop_now_ms(const struct dm_loop *loop)
{
    return loop->depth ? loop->now_ms : clock_monotonic_ms(loop->clock);
}

/* Leaves the descriptor readable when there is something to do at once: where nobody
 * looks at it, has_work is enough, and spares a system call a turn. */
static void show_work(struct dm_loop *loop)
{
    if (loop->is_watched && loop->posted.first)
        loop_wake(loop);
}

int dm_loop_fd(struct dm_loop *loop)
{
    bool is_first_look = !loop->is_watched;
    loop->is_watched = true;
    if (is_first_look && !loop->depth)
        show_work(loop);
    return loop->epoll_fd;
}

void loop_wake(struct dm_loop *loop)
{
    int saved = errno;
    uint64_t one = 1;
    /* It fails only when 2^64 wakes went before. */
    ssize_t written = write(loop->wake_fd, &one, sizeof one);
    (void)written;
    errno = saved;
}

/* --- watches --- */

enum dm_code loop_watch_new(struct dm_loop *loop, int fd, uint32_t events,
                            loop_watch_fn ready, void *ctx, struct loop_watch **ret_watch,
                            struct dm_error *err)
{
    struct loop_watch *watch = mem_new(sizeof *watch);
    if (!watch)
        return error_nomem(err);

    *watch = (struct loop_watch){
        .loop = loop, .fd = fd, .events = events, .ready = ready, .ctx = ctx};
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        mem_free(watch);
        return failed(err, "watching a descriptor");
    }
    *ret_watch = watch;
    return DM_OK;
}

enum dm_code loop_watch_change(struct loop_watch *watch, uint32_t events,
                               struct dm_error *err)
{
    if (watch->events == events)
        return DM_OK;
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0)
        return failed(err, "watching a descriptor");
    watch->events = events;
    return DM_OK;
}

enum dm_code loop_watch_requeue(struct loop_watch *watch, struct dm_error *err)
{
    int epoll_fd = watch->loop->epoll_fd;
    struct epoll_event event = {.events = watch->events, .data.ptr = watch};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) < 0 ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0)
        return failed(err, "watching a descriptor");
    return DM_OK;
}

void loop_watch_free(struct loop_watch *watch)
{
    if (!watch)
        return;
    struct dm_loop *loop = watch->loop;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    if (!loop->depth) {
        mem_free(watch);
        return;
    }
    watch->ready = NULL;
    watch->next_dead = loop->dead;
    loop->dead = watch;
}

static void bury_dead(struct dm_loop *loop)
{
    while (loop->dead) {
        struct loop_watch *watch = loop->dead;
        loop->dead = watch->next_dead;
        mem_free(watch);
    }
}

static void dispatch(struct dm_loop *loop, const struct epoll_event *event)
{
    if (event->data.ptr == &loop->wake_fd)
        return;
    if (event->data.ptr == &loop->timer_fd) {
        loop->armed_ms = NEVER;
        return;
    }
    struct loop_watch *watch = event->data.ptr;
    uint32_t events = event->events & (watch->events | EPOLLERR | EPOLLHUP);
    if (watch->ready && events)
        watch->ready(events, watch->ctx);
}

/* --- timers --- */

/*
 * Wakes at the earliest timer. An earlier wake that is no longer needed stays: it costs a
 * turn now and then, where taking it back would cost a system call each time. A delay,
 * not a time, because the clock may be any.
 */
static void arm(struct dm_loop *loop)
{
    const struct loop_timer *first = timers_first(&loop->timers);
    if (!first || first->at_ms >= loop->armed_ms)
        return;
    int64_t delay_ms = first->at_ms - clock_monotonic_ms(loop->clock);
    struct itimerspec when = {.it_value.tv_nsec = 1};
    if (delay_ms > 0)
        when.it_value = (struct timespec){.tv_sec = delay_ms / 1000,
                                          .tv_nsec = delay_ms % 1000 * 1000000};
    timerfd_settime(loop->timer_fd, 0, &when, NULL);
    loop->armed_ms = first->at_ms;
}

enum dm_code loop_timer_set(struct dm_loop *loop, struct loop_timer *timer,
                            int64_t delay_ms, loop_fn expired, void *ctx,
                            struct dm_error *err)
{
    assert(!timer->place || timer->loop == loop);
    timer->loop = loop;
    timer->at_ms = loop_now_ms(loop) + delay_ms;
    timer->expired = expired;
    timer->ctx = ctx;
    if (!timers_put(&loop->timers, timer))
        return error_nomem(err);
    if (!loop->depth)
        arm(loop);
    return DM_OK;
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->place)
        timers_remove(&timer->loop->timers, timer);
}

static struct loop_timer *due(const struct dm_loop *loop, int64_t now_ms)
{
    struct loop_timer *first = timers_first(&loop->timers);
    return first && first->at_ms <= now_ms ? first : NULL;
}

/* No more than there were: one that sets itself for now waits for the next turn. */
static void expire_timers(struct dm_loop *loop)
{
    for (size_t left = loop->timers.count; left; left--) {
        struct loop_timer *timer = due(loop, loop->now_ms);
        if (!timer)
            return;
        timers_remove(&loop->timers, timer);
        timer->expired(timer->ctx);
    }
}

/* --- tasks --- */

void loop_post(struct dm_loop *loop, struct loop_task *task, loop_fn run, void *ctx)
{
    if (task->loop)
        return;
    struct tasks *posted = &loop->posted;
    bool is_first = !posted->first;
    *task =
        (struct loop_task){.loop = loop, .link = posted->tail, .run = run, .ctx = ctx};
    *posted->tail = task;
    posted->tail = &task->next;
    if (!loop->depth && is_first)
        show_work(loop);
}

void loop_task_cancel(struct loop_task *task)
{
    struct dm_loop *loop = task->loop;
    if (!loop)
        return;
    *task->link = task->next;
    if (task->next)
        task->next->link = task->link;
    if (loop->posted.tail == &task->next)
        loop->posted.tail = task->link;
    if (loop->running.tail == &task->next)
        loop->running.tail = task->link;
    task->loop = NULL;
}

/* Those posted until now; what they post themselves is for the next turn. */
static void run_tasks(struct dm_loop *loop)
{
    struct tasks *posted = &loop->posted, *running = &loop->running;
    if (posted->first) {
        posted->first->link = running->tail;
        *running->tail = posted->first;
        running->tail = posted->tail;
        tasks_init(posted);
    }
    while (running->first) {
        struct loop_task *task = running->first;
        loop_task_cancel(task);
        task->run(task->ctx);
    }
}

/* --- turning --- */

static bool has_work(const struct dm_loop *loop)
{
    return loop->posted.first || loop->running.first ||
           (loop->timers.count && due(loop, clock_monotonic_ms(loop->clock)));
}

static void settle(struct dm_loop *loop)
{
    bury_dead(loop);
    arm(loop);
    show_work(loop);
}

enum dm_code dm_loop_turn(struct dm_loop *loop, int timeout_ms, struct dm_error *err)
{
    struct epoll_event events[BATCH];
    arm(loop); /* a turn inside a turn finds what the outer one has not yet armed */
    int wait_ms = has_work(loop) ? 0 : timeout_ms;
    int count = epoll_wait(loop->epoll_fd, events, BATCH, wait_ms);
    if (count < 0 && errno != EINTR)
        return failed(err, "event loop");

    loop->depth++;
    loop->now_ms = clock_monotonic_ms(loop->clock);
    for (int i = 0; i < count; i++)
        dispatch(loop, &events[i]);
    expire_timers(loop);
    run_tasks(loop);
    if (--loop->depth == 0)
        settle(loop);
    return DM_OK;
}
