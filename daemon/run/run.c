/* Running the daemon: the main thread's loop, which turns signals into orders. */
#include "daemon/run/run.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "base/error.h"
#include "daemon/auth/exposure.h"
#include "daemon/config_auth.h"
#include "daemon/listen/inherited.h"
#include "daemon/log/access_log.h"
#include "daemon/run/notify.h"
#include "daemon/run/reload.h"
#include "daemon/run/shards.h"
#include "daemon/run/signals.h"
#include "daemon/run/tables.h"
#include "daemon/run/watchdog.h"

/* In this order, and never back. */
enum phase {
    PHASE_SERVING,
    PHASE_LEAVING, /* not ready any more, and serving as before */
    PHASE_DRAINING,
    PHASE_STOPPING
};

/* Embedded on run's stack; zeroed, it can be done. */
struct daemon {
    const char *path;
    struct config *config; /* in force */
    const struct environment *environment;
    struct dm_loop *loop; /* the main thread's */
    struct signals *signals;
    struct sockets sockets, admin_sockets;
    struct shards shards;
    struct loop_watch *ended; /* shards that have */
    struct reload *reload;
    struct access_log *access_log; /* NULL: none */
    enum phase phase;
    struct loop_timer phase_timer; /* its end */
    struct watchdog watchdog;
};

/* --- the process --- */

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

static void warn_of_places(const struct config *config)
{
    unsigned places = limit_places();
    if (places < config->max_connections)
        log_text(LOG_WARNING,
                 "max_connections is %u, but there may be %u: three quarters of the "
                 "process's open files",
                 config->max_connections, places);
}

static size_t count_threads(const struct config *config)
{
    cpu_set_t set;
    if (config->threads)
        return config->threads;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

/* --- the end, phase by phase --- */

static void begin_draining(struct daemon *daemon);

static void begin_stopping(struct daemon *daemon, const char *why)
{
    log_text(LOG_INFO, "stopping at once: %s", why);
    notify_stopping("stopping at once");
    loop_timer_stop(&daemon->phase_timer);
    daemon->phase = PHASE_STOPPING;
    shards_order(&daemon->shards, SHARD_STOP);
}

static void phase_is_over(void *ctx)
{
    struct daemon *daemon = ctx;
    if (daemon->phase == PHASE_LEAVING)
        begin_draining(daemon);
    else
        begin_stopping(daemon, "the drain's time is over");
}

static void begin_phase(struct daemon *daemon, enum phase phase, enum shard_order order,
                        unsigned most_ms)
{
    struct dm_error err;
    daemon->phase = phase;
    shards_order(&daemon->shards, order);
    if (loop_timer_set(daemon->loop, &daemon->phase_timer, most_ms, phase_is_over, daemon,
                       &err))
        begin_stopping(daemon, err.message);
}

static void begin_draining(struct daemon *daemon)
{
    log_text(LOG_INFO, "draining");
    notify_stopping("draining");
    begin_phase(daemon, PHASE_DRAINING, SHARD_DRAIN, daemon->config->drain_timeout_ms);
}

static void begin_leaving(struct daemon *daemon)
{
    reload_abandon(daemon->reload);
    if (daemon->config->drain_delay_ms == 0) {
        begin_draining(daemon);
        return;
    }
    log_text(LOG_INFO, "not ready any more, draining soon");
    notify_stopping("not ready any more, draining soon");
    begin_phase(daemon, PHASE_LEAVING, SHARD_LEAVE, daemon->config->drain_delay_ms);
}

/* Each goes one phase further. */
static void told_to_end(void *ctx)
{
    struct daemon *daemon = ctx;
    if (daemon->phase == PHASE_SERVING)
        begin_leaving(daemon);
    else if (daemon->phase == PHASE_LEAVING)
        begin_draining(daemon);
    else if (daemon->phase == PHASE_DRAINING)
        begin_stopping(daemon, "a second signal");
}

/* A shard that ends though nobody told it to takes the others along. */
static void shards_ended(uint32_t events, void *ctx)
{
    struct daemon *daemon = ctx;
    (void)events;
    shards_take_ended(&daemon->shards);
    if (daemon->phase >= PHASE_DRAINING)
        return;
    reload_abandon(daemon->reload);
    begin_stopping(daemon, "a thread failed");
}

/* --- reloading --- */

static void told_to_reload(void *ctx)
{
    struct daemon *daemon = ctx;
    if (daemon->phase == PHASE_SERVING)
        reload_begin(daemon->reload, daemon->config);
}

static void tell_ready(const struct daemon *daemon)
{
    size_t apps = daemon->config->app_count, addresses = daemon->sockets.count;
    notify_ready("serving %zu app%s on %zu address%s", apps, apps == 1 ? "" : "s",
                 addresses, addresses == 1 ? "" : "es");
}

/* All shards serve it: what the main thread has of it follows. */
static void reloaded(struct config *config, const struct dm_error *err, void *ctx)
{
    struct daemon *daemon = ctx;
    if (!config) {
        log_text(LOG_ERROR, "not reloaded, what was in force stays: %s", err->message);
        notify_ready("not reloaded, what was in force stays: %s", err->message);
        return;
    }
    config_unref(daemon->config);
    daemon->config = config;
    log_set_level(config->log_level);
    config_warn_of_auth(config);
    warn_of_places(config);
    log_text(LOG_INFO, "reloaded: %zu app%s", config->app_count,
             config->app_count == 1 ? "" : "s");
    tell_ready(daemon);
}

/* Whoever rotates the access log has moved its file away. */
static void told_to_reopen(void *ctx)
{
    struct daemon *daemon = ctx;
    access_log_reopen(daemon->access_log);
}

/* --- starting --- */

/* Other threads than shards write none. */
static enum dm_code make_access_log(struct daemon *daemon, struct dm_error *err)
{
    const struct access_config *config = &daemon->config->access_log;
    if (!config->file.len)
        return DM_OK;
    return access_log_new(config->file, config->format, count_threads(daemon->config),
                          &daemon->access_log, err);
}

static const struct signal_row signal_rows[] = {
    {SIGTERM, told_to_end},
    {SIGINT, told_to_end},
    {SIGHUP, told_to_reload},
    {SIGUSR1, told_to_reopen},
};

void run_hold_signals(void)
{
    signals_hold(signal_rows, DM_COUNT(signal_rows));
}

/* While we start: by a signal that waits. */
static bool is_told_to_end(void *ctx)
{
    sigset_t waiting;
    (void)ctx;
    return sigpending(&waiting) == 0 &&
           (sigismember(&waiting, SIGTERM) == 1 || sigismember(&waiting, SIGINT) == 1);
}

static enum dm_code open_sockets(struct sockets *sockets,
                                 const struct listen_config *listen, size_t count,
                                 struct dm_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t first = sockets->count;
        DM_TRY(sockets_open(sockets, &listen[i].address, err));
        sockets_describe(sockets, first, i, listen[i].has_tls);
    }
    return DM_OK;
}

/* Whoever gives us sockets has decided where we listen. */
static bool is_given(struct sockets *sockets, const char *setting, bool has_tls)
{
    if (!sockets->count)
        return false;
    log_always("%s is not opened: there are inherited sockets", setting);
    sockets_describe(sockets, 0, 0, has_tls);
    return true;
}

static enum dm_code listen_on_all(struct daemon *daemon, struct dm_error *err)
{
    const struct config *config = daemon->config;
    DM_TRY(inherited_take(&daemon->sockets, &daemon->admin_sockets, err));
    if (!is_given(&daemon->sockets, "listen", config->inherited.has_tls))
        DM_TRY(open_sockets(&daemon->sockets, config->listen, config->listen_count, err));
    if (!is_given(&daemon->admin_sockets, "admin", config->admin.has_tls))
        DM_TRY(
            open_sockets(&daemon->admin_sockets, &config->admin, config->has_admin, err));
    return exposure_check_sockets(config, &daemon->sockets, &daemon->admin_sockets, err);
}

static enum dm_code make_reload(struct daemon *daemon, struct dm_error *err)
{
    const struct reload_plan plan = {
        .loop = daemon->loop,
        .path = daemon->path,
        .environment = daemon->environment,
        .shards = &daemon->shards,
        .sockets = &daemon->sockets,
        .admin_sockets = &daemon->admin_sockets,
    };
    return reload_new(&plan, reloaded, daemon, &daemon->reload, err);
}

static enum dm_code make_shards(struct daemon *daemon, struct dm_error *err)
{
    const struct shard_plan plan = {
        .config = daemon->config,
        .environment = daemon->environment,
        .reload = daemon->reload,
        .access_log = daemon->access_log,
    };
    DM_TRY(shards_make(&daemon->shards, &plan, count_threads(daemon->config),
                       &daemon->sockets, &daemon->admin_sockets, err));
    sockets_close(&daemon->sockets);
    sockets_close(&daemon->admin_sockets);
    return loop_watch_new(daemon->loop, daemon->shards.ended_fd, EPOLLIN, shards_ended,
                          daemon, &daemon->ended, err);
}

static enum dm_code make_all(struct daemon *daemon, struct dm_error *err)
{
    DM_TRY(dm_loop_new(&daemon->loop, err));
    DM_TRY(signals_new(daemon->loop, signal_rows, DM_COUNT(signal_rows), daemon,
                       &daemon->signals, err));
    DM_TRY(make_access_log(daemon, err));
    DM_TRY(shards_init(&daemon->shards, err));
    DM_TRY(listen_on_all(daemon, err));
    DM_TRY(make_reload(daemon, err));
    DM_TRY(tables_create(daemon->config, NULL, daemon->environment, is_told_to_end, NULL,
                         err));
    return make_shards(daemon, err);
}

static void log_sockets(const char *what, const struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        log_always("%s %s", what, sockets->at[i].url);
}

static enum dm_code start(struct daemon *daemon, struct dm_error *err)
{
    DM_TRY(make_all(daemon, err));
    DM_TRY(shards_start(&daemon->shards, err));
    log_sockets("listening on", &daemon->sockets);
    log_sockets("admin on", &daemon->admin_sockets);
    config_warn_of_auth(daemon->config);
    tell_ready(daemon);
    watchdog_start(&daemon->watchdog, daemon->loop, &daemon->shards);
    return DM_OK;
}

static enum dm_code serve(struct daemon *daemon, struct dm_error *err)
{
    DM_TRY(start(daemon, err));
    while (daemon->shards.ended < daemon->shards.count)
        DM_TRY(dm_loop_turn(daemon->loop, -1, err));
    return shards_join(&daemon->shards, err);
}

/* The shards first: they hold what else there is. */
static void daemon_done(struct daemon *daemon)
{
    loop_timer_stop(&daemon->phase_timer);
    watchdog_stop(&daemon->watchdog);
    loop_watch_free(daemon->ended);
    shards_done(&daemon->shards);
    access_log_free(daemon->access_log);
    reload_free(daemon->reload);
    sockets_done(&daemon->sockets);
    sockets_done(&daemon->admin_sockets);
    signals_free(daemon->signals);
    dm_loop_free(daemon->loop);
    config_unref(daemon->config);
}

enum dm_code run(const char *path, struct config *config,
                 const struct environment *environment, struct dm_error *err)
{
    struct daemon daemon = {
        .path = path,
        .config = config,
        .environment = environment,
        .shards = {.ended_fd = -1, .answered_fd = -1, .settled_fd = -1},
    };
    raise_file_limit();
    warn_of_places(config);
    enum dm_code code = serve(&daemon, err);
    daemon_done(&daemon);
    return code;
}
