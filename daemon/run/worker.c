/* The worker's thread. */
#include "daemon/run/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

static int64_t now_ms(void)
{
    return clock_monotonic_ms(clock_system());
}

static void ring(int fd)
{
    const uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written; /* one that is full has woken whoever sleeps already */
}

static void *run_thread(void *arg)
{
    struct worker *worker = arg;
    worker->run(worker->ctx);
    ring(worker->ended_fd);
    return NULL;
}

/* The thread inherits the mask that stands when it is made. */
static int create_thread(struct worker *worker)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&worker->thread, NULL, run_thread, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void close_fds(struct worker *worker)
{
    if (worker->wake_fd >= 0)
        close(worker->wake_fd);
    if (worker->ended_fd >= 0)
        close(worker->ended_fd);
}

enum dm_code worker_start(struct worker *worker, const char *name, void (*run)(void *ctx),
                          void *ctx, struct dm_error *err)
{
    *worker = (struct worker){.run = run, .ctx = ctx};
    worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    worker->ended_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    int failure =
        worker->wake_fd < 0 || worker->ended_fd < 0 ? errno : create_thread(worker);
    if (failure) {
        close_fds(worker);
        return error_set(err, DM_E_INTERNAL, "no thread: %s", strerror(failure));
    }
    pthread_setname_np(worker->thread, name);
    return DM_OK;
}

void worker_wake(struct worker *worker)
{
    if (atomic_load(&worker->asleep) && atomic_exchange(&worker->asleep, false))
        ring(worker->wake_fd);
}

bool worker_stop(struct worker *worker, unsigned within_ms)
{
    worker->deadline_ms = now_ms() + within_ms;
    atomic_store(&worker->stopping, true);
    ring(worker->wake_fd);

    struct pollfd ended = {.fd = worker->ended_fd, .events = POLLIN};
    if (poll(&ended, 1, 2 * (int)within_ms) <= 0)
        return false;
    pthread_join(worker->thread, NULL);
    close_fds(worker);
    return true;
}

void worker_lie_down(struct worker *worker)
{
    atomic_store(&worker->asleep, true);
}

/* A bell that was rung late says nothing new. What it was rung for is looked at anyhow.
 */
static void silence(struct worker *worker)
{
    uint64_t count = 0;
    ssize_t taken = read(worker->wake_fd, &count, sizeof count);
    (void)taken; /* nothing, where nobody rang */
}

void worker_get_up(struct worker *worker)
{
    atomic_store(&worker->asleep, false);
    silence(worker);
}

void worker_nap(struct worker *worker, int timeout_ms)
{
    struct pollfd bell = {.fd = worker->wake_fd, .events = POLLIN};
    if (!worker_is_stopping(worker) && poll(&bell, 1, timeout_ms) > 0)
        silence(worker);
}

void worker_sleep(struct worker *worker, int timeout_ms)
{
    worker_nap(worker, timeout_ms);
    worker_get_up(worker);
}

static int wait_to_the_end(struct worker *worker, struct pollfd *output)
{
    int64_t left_ms = worker->deadline_ms - now_ms();
    return poll(output, 1, left_ms > 0 ? (int)left_ms : 0);
}

bool worker_await_output(struct worker *worker, int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLOUT},
                           {.fd = worker->wake_fd, .events = POLLIN}};
    while (!worker_is_stopping(worker)) {
        if (poll(fds, DM_COUNT(fds), -1) > 0 && fds[0].revents)
            return true;
        silence(worker);
    }
    return wait_to_the_end(worker, fds) > 0;
}
