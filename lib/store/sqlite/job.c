/*
 * A write under way: handed to the writer, finished there, answered from the loop. Who
 * waited may have gone meanwhile; the job then ends alone.
 */
#include "base/error.h"
#include "base/mem.h"
#include "store/sqlite/operation.h"

/* A request of 16 MB as a tree, and what is read to apply it. */
enum { JOB_ARENA_MAX = 256 * 1024 * 1024 };

struct job {
    struct call call; /* the loop's, and so are the two that follow */
    struct loop_timer deadline;
    struct arena *answer_arena; /* the request's */
    struct sqlite *sqlite;
    struct inbox *inbox;
    struct letter letter;
    struct work work;
    struct arena arena; /* the writer's once started */
    perform_fn perform;
    const void *request;
    struct store_result result;
};

void job_free(struct job *job)
{
    if (!job)
        return;
    arena_done(&job->arena);
    mem_free(job);
}

struct arena *job_arena(struct job *job)
{
    return &job->arena;
}

/* --- on the writer's thread --- */

static enum dm_code run(struct work *work, struct database *database,
                        struct dm_error *err)
{
    struct job *job = DM_CONTAINER(work, struct job, work);
    return job->perform(database, job->request, &job->arena, &job->result, err);
}

static void finished(struct work *work)
{
    struct job *job = DM_CONTAINER(work, struct job, work);
    inbox_deliver(job->inbox, &job->letter);
}

static void discard(struct letter *letter)
{
    job_free(DM_CONTAINER(letter, struct job, letter));
}

/* --- on the loop's thread --- */

/* From here on nobody waits. */
static void detach(struct job *job)
{
    loop_timer_stop(&job->deadline);
    call_end(&job->call);
    job->call.done = NULL;
    atomic_store(&job->work.cancelled, true);
}

static void cancel(struct call *call)
{
    detach(DM_CONTAINER(call, struct job, call));
}

/* The write may still happen. */
static void on_deadline(void *ctx)
{
    struct job *job = ctx;
    struct call call = job->call;
    struct dm_error err = {0};
    detach(job);
    error_set(&err, DM_E_TIMEOUT, "the deadline passed before the write was durable");
    call_answer(&call, DM_E_TIMEOUT, NULL, &err);
}

/* Without room for the answer the write has happened all the same. */
static enum dm_code copy_answer(const struct job *job, struct store_result *ret_result,
                                struct dm_error *err)
{
    struct copy copy = {.arena = job->answer_arena};
    *ret_result = copy_result(&copy, &job->result);
    return copy_check(&copy, err);
}

static void answer(struct job *job)
{
    struct store_result result = {0};
    struct dm_error err = job->work.err;
    enum dm_code code = job->work.code;
    if (copy_answer(job, &result, &err))
        code = err.code;
    struct call call = job->call;
    detach(job);
    call_answer(&call, code, &result, &err);
}

static void arrived(struct letter *letter)
{
    DM_AUTO(job) *job = DM_CONTAINER(letter, struct job, letter);
    if (job->call.done)
        answer(job);
}

enum dm_code job_new(struct dm_store *store, const struct store_base *base,
                     store_done_fn done, void *ctx, struct job **ret_job,
                     struct dm_error *err)
{
    struct job *job = mem_new(sizeof *job);
    if (!job)
        return error_nomem(err);
    job->sqlite = sqlite_of(store);
    job->inbox = job->sqlite->inbox;
    job->answer_arena = base->arena;
    job->call.cancel = cancel;
    job->call.done = done;
    job->call.ctx = ctx;
    job->letter.open = arrived;
    job->letter.discard = discard;
    job->work.run = run;
    job->work.done = finished;
    job->work.clock = loop_clock(job->sqlite->loop);
    job->work.deadline_ms = base->deadline_ms;
    atomic_init(&job->work.cancelled, false);
    arena_init(&job->arena, JOB_ARENA_MAX);
    *ret_job = job;
    return DM_OK;
}

static enum dm_code hand_over(struct job *job, struct dm_error *err)
{
    struct dm_loop *loop = job->sqlite->loop;
    int64_t left_ms = job->work.deadline_ms - loop_now_ms(loop);
    DM_TRY(loop_timer_set(loop, &job->deadline, left_ms, on_deadline, job, err));
    inbox_expect(job->inbox);
    enum dm_code code =
        writer_put(sqlite_file_writer(job->sqlite->file), &job->work, err);
    if (code) {
        inbox_forgo(job->inbox);
        loop_timer_stop(&job->deadline);
    }
    return code;
}

enum dm_code job_start(struct job *job, perform_fn perform, const void *request,
                       struct store_call **ret_call, struct dm_error *err)
{
    job->perform = perform;
    job->request = request;
    job->work.size = sizeof *job + job->arena.used;
    call_begin(&job->call, job->sqlite, job->call.done, job->call.ctx);
    enum dm_code code = hand_over(job, err);
    if (code) {
        call_end(&job->call);
        job_free(job);
        return code;
    }
    *ret_call = &job->call.base;
    return DM_OK;
}
