/* Rounds of questions to the shards. */
#include "daemon/admin/admin.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/http/exchange.h"
#include "model/call.h"

/* A shard that is silent for so long hangs. Kubernetes' probes wait a second. */
enum { PATIENCE_MS = 800 };

struct asked_shard {
    struct probe *probe;
    struct snapshot *last;
    bool silent;
};

struct admin {
    struct dm_loop *loop;
    int answered_fd;
    struct loop_watch *watch;
    struct asked_shard *shards;
    size_t count;
    bool asking;            /* a round is open */
    enum question question; /* of the round */
    struct loop_timer patience;
    struct loop_timer sampling;
    struct history *history;
    bool step_is_due;
    struct loop_task look;
    struct dm_call *calls; /* exchanges that wait for its end */
};

/* In its exchange's arena. */
struct admin_call {
    struct dm_call call;
    struct exchange *exchange;
    admin_answer_fn answer;
};

/* --- the round --- */

static void answer(struct admin_call *call)
{
    struct exchange *exchange = call->exchange;
    struct dm_error err;
    call_remove(&call->call);
    if (call->answer(exchange, &err))
        reply_problem(exchange, &err);
    exchange_resume(exchange);
}

static void take_answer(struct asked_shard *shard)
{
    shard->silent = !probe_is_answered(shard->probe);
    struct snapshot *snapshot = probe_take(shard->probe);
    if (!snapshot)
        return;
    snapshot_free(shard->last);
    shard->last = snapshot;
}

static void gather(struct admin *admin)
{
    history_gather(admin->history, loop_now_ms(admin->loop));
    for (size_t i = 0; i < admin->count; i++) {
        const struct snapshot *last = admin->shards[i].last;
        for (const struct model_view *at = last ? last->models : NULL; at; at = at->next)
            history_add(admin->history, at->app, at->model, &at->tally);
    }
    if (admin->step_is_due)
        history_step(admin->history);
    admin->step_is_due = false;
}

static void end_round(void *ctx)
{
    struct admin *admin = ctx;
    loop_timer_stop(&admin->patience);
    for (size_t i = 0; i < admin->count; i++)
        take_answer(&admin->shards[i]);
    admin->asking = false;
    if (admin->question != QUESTION_LIFE)
        gather(admin);
    while (admin->calls)
        answer((struct admin_call *)admin->calls);
}

static void look(void *ctx)
{
    struct admin *admin = ctx;
    if (!admin->asking)
        return;
    for (size_t i = 0; i < admin->count; i++)
        if (!probe_is_answered(admin->shards[i].probe))
            return;
    end_round(admin);
}

static void on_answered(uint32_t events, void *ctx)
{
    (void)events;
    struct admin *admin = ctx;
    uint64_t count;
    ssize_t got = read(admin->answered_fd, &count, sizeof count);
    (void)got;
    look(admin);
}

/* Begins a round, or asks more in one of our own that is open. Of a shard that has ended
 * nothing will come: looked at as soon as the caller is done. */
static enum dm_code ask(struct admin *admin, enum question question, struct dm_error *err)
{
    if (admin->asking && question <= admin->question)
        return DM_OK;
    if (!admin->asking)
        DM_TRY(loop_timer_set(admin->loop, &admin->patience, PATIENCE_MS, end_round,
                              admin, err));
    admin->asking = true;
    admin->question = question;
    for (size_t i = 0; i < admin->count; i++)
        probe_ask(admin->shards[i].probe, question);
    loop_post(admin->loop, &admin->look, look, admin);
    return DM_OK;
}

/* Without memory for it the next step is a longer one. */
static void sample(void *ctx)
{
    struct admin *admin = ctx;
    struct dm_error err;
    if (loop_timer_set(admin->loop, &admin->sampling, HISTORY_STEP_MS, sample, admin,
                       &err) == DM_OK)
        admin->step_is_due = ask(admin, QUESTION_FIGURES, &err) == DM_OK;
}

static void forget(struct dm_call *call)
{
    call_remove(call);
}

enum dm_code admin_ask(struct admin *admin, enum question question,
                       struct exchange *exchange, admin_answer_fn answer_with,
                       struct dm_error *err)
{
    struct admin_call *call = arena_new(&exchange->arena, sizeof *call);
    if (!call)
        return error_nomem(err);
    DM_TRY(ask(admin, question, err));
    call->call.free = forget;
    call->exchange = exchange;
    call->answer = answer_with;
    call_add(&admin->calls, &call->call);
    exchange->call = &call->call;
    return DM_OK;
}

/* --- life --- */

enum dm_code admin_new(struct dm_loop *loop, int answered_fd, size_t most,
                       struct admin **ret_admin, struct dm_error *err)
{
    DM_AUTO(admin) *admin = mem_new(sizeof *admin);
    if (!admin)
        return error_nomem(err);
    admin->loop = loop;
    admin->answered_fd = answered_fd;
    admin->shards = mem_new(most * sizeof *admin->shards);
    if (!admin->shards)
        return error_nomem(err);
    DM_TRY(loop_watch_new(loop, answered_fd, EPOLLIN, on_answered, admin, &admin->watch,
                          err));
    DM_TRY(history_new(loop_now_ms(loop), &admin->history, err));
    DM_TRY(loop_timer_set(loop, &admin->sampling, HISTORY_STEP_MS, sample, admin, err));
    *ret_admin = DM_TAKE(admin);
    return DM_OK;
}

void admin_free(struct admin *admin)
{
    if (!admin)
        return;
    while (admin->calls)
        call_remove(admin->calls);
    loop_task_cancel(&admin->look);
    loop_timer_stop(&admin->patience);
    loop_timer_stop(&admin->sampling);
    history_free(admin->history);
    loop_watch_free(admin->watch);
    for (size_t i = 0; i < admin->count; i++)
        snapshot_free(admin->shards[i].last);
    mem_free(admin->shards);
    mem_free(admin);
}

void admin_add(struct admin *admin, struct probe *probe)
{
    admin->shards[admin->count++].probe = probe;
}

size_t admin_shard_count(const struct admin *admin)
{
    return admin->count;
}

struct shard_view admin_shard(const struct admin *admin, size_t index)
{
    const struct asked_shard *shard = &admin->shards[index];
    return (struct shard_view){.last = shard->last, .silent = shard->silent};
}

const struct history *admin_history(const struct admin *admin)
{
    return admin->history;
}
