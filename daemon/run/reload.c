/* The steps of a reload. */
#include "daemon/run/reload.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "daemon/auth/exposure.h"
#include "daemon/log/line.h"
#include "daemon/log/log.h"
#include "daemon/run/counter_fd.h"
#include "daemon/run/notify.h"
#include "daemon/run/restart.h"
#include "daemon/run/tables.h"

enum step {
    STEP_NONE,
    STEP_LOADING, /* a thread reads it */
    STEP_OFFERED, /* shards make ready what they need */
    STEP_SETTLING /* shards take it, or drop it */
};

struct reload {
    struct reload_plan plan;
    reload_fn done;
    void *ctx;
    enum step step;
    atomic_bool is_abandoned; /* for good */
    bool is_asked_again;      /* meanwhile */
    struct config *before;    /* a reference as long as a reload lasts */
    struct config *next;      /* NULL: it is refused, as err says */
    struct dm_error err;
    size_t answers_due; /* of shards */

    pthread_t loader; /* before, next and err are its own while it runs */
    int loaded_fd;    /* counts its ends */
    struct loop_watch *loaded, *settled;

    pthread_mutex_t lock; /* of the status */
    struct reload_status status;
};

/* --- the status --- */

static void set_status(struct reload *reload)
{
    struct reload_status *status = &reload->status;
    pthread_mutex_lock(&reload->lock);
    status->last_ms = clock_wall_ms(clock_system());
    status->last_failed = !reload->next;
    if (reload->next) {
        status->succeeded++;
        status->loaded_ms = status->last_ms;
        restart_say(reload->next->awaits_restart, status->message,
                    sizeof status->message);
    } else {
        status->failed++;
        line_copy(status->message, sizeof status->message, reload->err.message);
    }
    pthread_mutex_unlock(&reload->lock);
    if (reload->next && *status->message)
        log_text(LOG_WARNING, "%s", status->message);
}

void reload_read_status(struct reload *reload, struct reload_status *ret_status)
{
    pthread_mutex_lock(&reload->lock);
    *ret_status = reload->status;
    pthread_mutex_unlock(&reload->lock);
}

/* --- the steps --- */

static bool is_abandoned(void *ctx)
{
    struct reload *reload = ctx;
    return atomic_load(&reload->is_abandoned);
}

static void end(struct reload *reload)
{
    struct config *next = DM_TAKE(reload->next), *before = DM_TAKE(reload->before);
    reload->step = STEP_NONE;
    reload->done(next, &reload->err, reload->ctx);
    if (reload->is_asked_again)
        reload_begin(reload, next ? next : before);
    config_unref(before);
}

static void refuse(struct reload *reload)
{
    config_unref(DM_TAKE(reload->next));
}

/* Of the first shard that says no. */
static void judge(struct reload *reload)
{
    const struct shards *shards = reload->plan.shards;
    bool all = true;
    for (size_t i = 0; all && i < shards_all(shards); i++)
        all = !shard_can_take(shards_at(shards, i), &reload->err);
    reload->answers_due = shards_all(shards);
    reload->step = STEP_SETTLING;
    for (size_t i = 0; i < shards_all(shards); i++)
        shard_settle(shards_at(shards, i), all);
    if (!all)
        refuse(reload);
}

static void on_settled(uint32_t events, void *ctx)
{
    struct reload *reload = ctx;
    (void)events;
    reload->answers_due -= counter_fd_take(reload->plan.shards->settled_fd);
    if (reload->answers_due > 0 || is_abandoned(reload))
        return;
    if (reload->step == STEP_OFFERED) {
        judge(reload);
        return;
    }
    set_status(reload);
    end(reload);
}

static void offer(struct reload *reload)
{
    const struct shards *shards = reload->plan.shards;
    reload->step = STEP_OFFERED;
    reload->answers_due = shards_all(shards);
    for (size_t i = 0; i < shards_all(shards); i++)
        shard_offer(shards_at(shards, i), reload->next);
}

/* --- reading --- */

static void *load(void *arg)
{
    struct reload *reload = arg;
    const struct reload_plan *plan = &reload->plan;
    enum dm_code code = config_load_anew(plan->path, plan->environment, reload->before,
                                         &reload->next, &reload->err);
    if (!code && exposure_check_sockets(reload->next, plan->sockets, plan->admin_sockets,
                                        &reload->err)) {
        refuse(reload);
        code = DM_E_CONFIG;
    }
    if (!code && tables_create(reload->next, reload->before, plan->environment,
                               is_abandoned, reload, &reload->err))
        refuse(reload);
    counter_fd_add(reload->loaded_fd);
    return NULL;
}

static void on_loaded(uint32_t events, void *ctx)
{
    struct reload *reload = ctx;
    (void)events;
    counter_fd_take(reload->loaded_fd);
    pthread_join(reload->loader, NULL);
    reload->step = STEP_NONE;
    if (is_abandoned(reload))
        return;
    if (reload->next) {
        offer(reload);
        return;
    }
    set_status(reload);
    end(reload);
}

static void begin(struct reload *reload, struct config *current)
{
    reload->before = config_ref(current);
    reload->is_asked_again = false;
    reload->step = STEP_LOADING;
    notify_reloading();
    int failure = pthread_create(&reload->loader, NULL, load, reload);
    if (!failure) {
        pthread_setname_np(reload->loader, "reload");
        return;
    }
    error_set(&reload->err, DM_E_INTERNAL, "no thread: %s", strerror(failure));
    set_status(reload);
    end(reload);
}

void reload_begin(struct reload *reload, struct config *current)
{
    if (is_abandoned(reload))
        return;
    if (reload->step == STEP_NONE)
        begin(reload, current);
    else
        reload->is_asked_again = true;
}

void reload_abandon(struct reload *reload)
{
    atomic_store(&reload->is_abandoned, true);
}

/* --- life --- */

enum dm_code reload_new(const struct reload_plan *plan, reload_fn done, void *ctx,
                        struct reload **ret_reload, struct dm_error *err)
{
    DM_AUTO(reload) *reload = mem_new(sizeof *reload);
    if (!reload)
        return error_nomem(err);
    reload->plan = *plan;
    reload->done = done;
    reload->ctx = ctx;
    reload->loaded_fd = -1;
    atomic_init(&reload->is_abandoned, false);
    reload->status.loaded_ms = clock_wall_ms(clock_system());
    pthread_mutex_init(&reload->lock, NULL);
    DM_TRY(counter_fd_new(&reload->loaded_fd, err));
    DM_TRY(loop_watch_new(plan->loop, reload->loaded_fd, EPOLLIN, on_loaded, reload,
                          &reload->loaded, err));
    DM_TRY(loop_watch_new(plan->loop, plan->shards->settled_fd, EPOLLIN, on_settled,
                          reload, &reload->settled, err));
    *ret_reload = DM_TAKE(reload);
    return DM_OK;
}

void reload_free(struct reload *reload)
{
    if (!reload)
        return;
    if (reload->step == STEP_LOADING)
        pthread_join(reload->loader, NULL);
    loop_watch_free(reload->loaded);
    loop_watch_free(reload->settled);
    if (reload->loaded_fd >= 0)
        close(reload->loaded_fd);
    config_unref(reload->next);
    config_unref(reload->before);
    pthread_mutex_destroy(&reload->lock);
    mem_free(reload);
}
