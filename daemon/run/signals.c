/* A signalfd under watch. */
#include "daemon/run/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

struct signals {
    const struct signal_row *rows;
    size_t count;
    void *ctx;
    int fd;
    struct loop_watch *watch;
};

static void arrived(const struct signals *signals, int number)
{
    for (size_t i = 0; i < signals->count; i++)
        if (signals->rows[i].number == number)
            signals->rows[i].arrived(signals->ctx);
}

static void ready(uint32_t events, void *ctx)
{
    const struct signals *signals = ctx;
    struct signalfd_siginfo info;
    (void)events;
    while (read(signals->fd, &info, sizeof info) == (ssize_t)sizeof info)
        arrived(signals, (int)info.ssi_signo);
}

static sigset_t set_of(const struct signal_row *rows, size_t count)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++)
        sigaddset(&set, rows[i].number);
    return set;
}

void signals_hold(const struct signal_row *rows, size_t count)
{
    const sigset_t set = set_of(rows, count);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* ignored by our parent, children's ends would be lost */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int open_fd(const struct signal_row *rows, size_t count)
{
    const sigset_t set = set_of(rows, count);
    signals_hold(rows, count);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

enum dm_code signals_new(struct dm_loop *loop, const struct signal_row *rows,
                         size_t count, void *ctx, struct signals **ret_signals,
                         struct dm_error *err)
{
    DM_AUTO(signals) *signals = mem_new(sizeof *signals);
    if (!signals)
        return error_nomem(err);
    signals->rows = rows;
    signals->count = count;
    signals->ctx = ctx;
    signals->fd = open_fd(rows, count);
    if (signals->fd < 0)
        return error_set(err, DM_E_INTERNAL, "signalfd: %m");
    DM_TRY(
        loop_watch_new(loop, signals->fd, EPOLLIN, ready, signals, &signals->watch, err));
    *ret_signals = DM_TAKE(signals);
    return DM_OK;
}

void signals_free(struct signals *signals)
{
    if (!signals)
        return;
    loop_watch_free(signals->watch);
    if (signals->fd >= 0)
        close(signals->fd);
    mem_free(signals);
}
