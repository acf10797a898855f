/* Probes: an eventfd to the shard, one back, and the answer between them. */
#include "daemon/admin/probe.h"

#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

enum probe_state {
    ASKED_LIFE = QUESTION_LIFE,
    ASKED_FIGURES = QUESTION_FIGURES,
    ASKED_READINESS = QUESTION_READINESS,
    IDLE,
    CLOSED
};

struct probe {
    int asked_fd, answered_fd; /* the second is lent */
    struct loop_watch *watch;  /* the shard's */
    probe_fn look;
    void *ctx;
    atomic_int state;
    _Atomic(struct snapshot *) answer; /* of whoever takes it out */
};

static void count_one(int event_fd)
{
    const uint64_t one = 1;
    ssize_t written = write(event_fd, &one, sizeof one);
    (void)written; /* it fails only when 2^64 went before */
}

/* Then the state is the question. */
static bool is_asked(int state)
{
    return state < IDLE;
}

/* The newest only: an answer that nobody took is stale. */
static void look(struct probe *probe, enum question question)
{
    struct snapshot *snapshot = NULL;
    if (question != QUESTION_LIFE)
        snapshot = probe->look(question, probe->ctx);
    if (snapshot)
        snapshot_free(atomic_exchange(&probe->answer, snapshot));
}

void probe_answer(struct probe *probe)
{
    int state = atomic_load(&probe->state);
    if (!is_asked(state))
        return;
    do
        look(probe, (enum question)state);
    while (!atomic_compare_exchange_strong(&probe->state, &state, IDLE));
    count_one(probe->answered_fd);
}

static void on_question(uint32_t events, void *ctx)
{
    (void)events;
    struct probe *probe = ctx;
    uint64_t count;
    ssize_t got = read(probe->asked_fd, &count, sizeof count);
    (void)got;
    probe_answer(probe);
}

enum dm_code probe_new(struct dm_loop *loop, int answered_fd, probe_fn look_at, void *ctx,
                       struct probe **ret_probe, struct dm_error *err)
{
    DM_AUTO(probe) *probe = mem_new(sizeof *probe);
    if (!probe)
        return error_nomem(err);
    atomic_init(&probe->state, IDLE);
    atomic_init(&probe->answer, NULL);
    probe->answered_fd = answered_fd;
    probe->look = look_at;
    probe->ctx = ctx;
    probe->asked_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (probe->asked_fd < 0)
        return error_set(err, DM_E_NOMEM, "event descriptor: %m");
    DM_TRY(loop_watch_new(loop, probe->asked_fd, EPOLLIN, on_question, probe,
                          &probe->watch, err));
    *ret_probe = DM_TAKE(probe);
    return DM_OK;
}

void probe_free(struct probe *probe)
{
    if (!probe)
        return;
    loop_watch_free(probe->watch);
    if (probe->asked_fd >= 0)
        close(probe->asked_fd);
    snapshot_free(probe_take(probe));
    mem_free(probe);
}

void probe_close(struct probe *probe)
{
    look(probe, QUESTION_FIGURES);
    atomic_store(&probe->state, CLOSED);
    count_one(probe->answered_fd);
}

void probe_ask(struct probe *probe, enum question question)
{
    int state = atomic_load(&probe->state);
    while (state == IDLE || state < (int)question)
        if (atomic_compare_exchange_weak(&probe->state, &state, (int)question))
            break;
    if (state == IDLE)
        count_one(probe->asked_fd);
}

bool probe_is_answered(const struct probe *probe)
{
    return !is_asked(atomic_load(&probe->state));
}

struct snapshot *probe_take(struct probe *probe)
{
    return atomic_exchange(&probe->answer, NULL);
}
