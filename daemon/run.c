/* Running the daemon. */
#include "daemon/run.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "daemon/notify.h"
#include "daemon/shard.h"
#include "daemon/tables.h"

/* Embedded on run's stack; zeroed, it can be done. */
struct daemon {
    const struct config *config;
    struct sockets sockets, admin_sockets;
    struct shard **shards;
    size_t shard_count;
    struct shard *admin; /* NULL: none */
    size_t ended;        /* shards that have */
    int signal_fd;       /* SIGTERM, SIGINT */
    int ended_fd;        /* counts shards that have ended */
    int answered_fd;     /* counts what shards answered to the admin */
    enum shard_order order;
    int64_t deadline_ms; /* of the drain */
};

/* --- the process --- */

static enum dm_code failed(const char *what, struct dm_error *err)
{
    return error_set(err, DM_E_INTERNAL, "%s: %s", what, strerror(errno));
}

static enum dm_code make_eventfd(int *ret_fd, struct dm_error *err)
{
    *ret_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return *ret_fd < 0 ? failed("eventfd", err) : DM_OK;
}

/* Blocked before any thread starts: the main thread alone reads them. */
static enum dm_code take_signals(struct daemon *daemon, struct dm_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* ignored by our parent, children's ends would be lost */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    daemon->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (daemon->signal_fd < 0)
        return failed("signalfd", err);
    DM_TRY(make_eventfd(&daemon->ended_fd, err));
    return make_eventfd(&daemon->answered_fd, err);
}

/* A connection is a descriptor, and so is each of its calls. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_text(LOG_WARNING, "the limit of open files stays: %s", strerror(errno));
}

static size_t count_threads(const struct config *config)
{
    cpu_set_t set;
    if (config->threads)
        return config->threads;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

/* --- starting --- */

static enum dm_code open_sockets(struct daemon *daemon, struct dm_error *err)
{
    for (size_t i = 0; i < daemon->config->listen_count; i++)
        DM_TRY(sockets_open(&daemon->sockets, &daemon->config->listen[i], err));
    if (!daemon->config->has_admin)
        return DM_OK;
    return sockets_open(&daemon->admin_sockets, &daemon->config->admin, err);
}

static enum dm_code make_shards(struct daemon *daemon,
                                const struct environment *environment,
                                struct dm_error *err)
{
    size_t count = count_threads(daemon->config);
    struct shard_plan plan = {
        .config = daemon->config,
        .environment = environment,
        .sockets = &daemon->sockets,
        .ended_fd = daemon->ended_fd,
        .answered_fd = daemon->answered_fd,
    };
    daemon->shards = mem_new(count * sizeof(struct shard *));
    if (!daemon->shards)
        return error_nomem(err);
    for (; daemon->shard_count < count; daemon->shard_count++)
        DM_TRY(shard_new(&plan, &daemon->shards[daemon->shard_count], err));
    sockets_close(&daemon->sockets);
    return DM_OK;
}

static enum dm_code make_admin(struct daemon *daemon, struct dm_error *err)
{
    struct shard_plan plan = {
        .config = daemon->config,
        .sockets = &daemon->admin_sockets,
        .ended_fd = daemon->ended_fd,
        .answered_fd = daemon->answered_fd,
        .others = daemon->shards,
        .other_count = daemon->shard_count,
    };
    if (!daemon->config->has_admin)
        return DM_OK;
    DM_TRY(shard_new(&plan, &daemon->admin, err));
    sockets_close(&daemon->admin_sockets);
    return DM_OK;
}

static void log_sockets(const char *what, const struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        log_always("%s %s", what, sockets->at[i].url);
}

static enum dm_code start_shards(struct daemon *daemon, struct dm_error *err)
{
    for (size_t i = 0; i < daemon->shard_count; i++)
        DM_TRY(shard_start(daemon->shards[i], err));
    if (daemon->admin)
        DM_TRY(shard_start(daemon->admin, err));
    log_sockets("listening on", &daemon->sockets);
    log_sockets("admin on", &daemon->admin_sockets);
    notify_ready();
    return DM_OK;
}

/* --- until the end --- */

static void order_all(struct daemon *daemon, enum shard_order order)
{
    daemon->order = order;
    for (size_t i = 0; i < daemon->shard_count; i++)
        shard_order(daemon->shards[i], order);
}

static void begin_drain(struct daemon *daemon)
{
    notify_stopping();
    log_text(LOG_INFO, "draining");
    daemon->deadline_ms =
        clock_monotonic_ms(clock_system()) + daemon->config->drain_timeout_ms;
    order_all(daemon, SHARD_DRAIN);
}

static void stop(struct daemon *daemon, const char *why)
{
    log_text(LOG_INFO, "stopping at once: %s", why);
    order_all(daemon, SHARD_STOP);
}

/* The first signal drains, the second stops. */
static void read_signals(struct daemon *daemon)
{
    struct signalfd_siginfo info;
    while (read(daemon->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (daemon->order == SHARD_SERVE)
            begin_drain(daemon);
        else if (daemon->order == SHARD_DRAIN)
            stop(daemon, "a second signal");
    }
}

/* A shard that ends though nobody told it to takes the others along. */
static void read_ended(struct daemon *daemon)
{
    uint64_t count = 0;
    if (read(daemon->ended_fd, &count, sizeof count) != (ssize_t)sizeof count)
        return;
    daemon->ended += count;
    if (daemon->order == SHARD_SERVE)
        stop(daemon, "a thread failed");
}

static int wait_ms(const struct daemon *daemon)
{
    if (daemon->order != SHARD_DRAIN)
        return -1;
    int64_t left_ms = daemon->deadline_ms - clock_monotonic_ms(clock_system());
    return left_ms > 0 ? (int)left_ms : 0;
}

static void wait_for_end(struct daemon *daemon)
{
    while (daemon->ended < daemon->shard_count) {
        struct pollfd fds[] = {
            {.fd = daemon->signal_fd, .events = POLLIN},
            {.fd = daemon->ended_fd, .events = POLLIN},
        };
        if (poll(fds, DM_COUNT(fds), wait_ms(daemon)) == 0)
            stop(daemon, "the drain's time is over");
        read_signals(daemon);
        read_ended(daemon);
    }
}

/* The admin's last: it tells of the others' end. */
static enum dm_code join_shards(struct daemon *daemon, struct dm_error *err)
{
    bool good = true;
    for (size_t i = 0; i < daemon->shard_count; i++)
        good = shard_join(daemon->shards[i]) && good;
    if (daemon->admin) {
        shard_order(daemon->admin, SHARD_STOP);
        good = shard_join(daemon->admin) && good;
    }
    return good ? DM_OK : error_set(err, DM_E_INTERNAL, "a thread failed");
}

static enum dm_code serve(struct daemon *daemon, const struct environment *environment,
                          struct dm_error *err)
{
    DM_TRY(take_signals(daemon, err));
    DM_TRY(open_sockets(daemon, err));
    DM_TRY(tables_create(daemon->config, environment, err));
    DM_TRY(make_shards(daemon, environment, err));
    DM_TRY(make_admin(daemon, err));
    DM_TRY(start_shards(daemon, err));
    wait_for_end(daemon);
    return join_shards(daemon, err);
}

/* The admin's shard first: it asks the others. */
static void daemon_done(struct daemon *daemon)
{
    shard_free(daemon->admin);
    for (size_t i = 0; i < daemon->shard_count; i++)
        shard_free(daemon->shards[i]);
    mem_free(daemon->shards);
    sockets_done(&daemon->sockets);
    sockets_done(&daemon->admin_sockets);
    if (daemon->answered_fd >= 0)
        close(daemon->answered_fd);
    if (daemon->ended_fd >= 0)
        close(daemon->ended_fd);
    if (daemon->signal_fd >= 0)
        close(daemon->signal_fd);
}

enum dm_code run(const struct config *config, const struct environment *environment,
                 struct dm_error *err)
{
    struct daemon daemon = {
        .config = config, .signal_fd = -1, .ended_fd = -1, .answered_fd = -1};
    raise_file_limit();
    enum dm_code code = serve(&daemon, environment, err);
    daemon_done(&daemon);
    return code;
}
