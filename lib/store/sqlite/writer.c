/* The writer's thread and its queue. */
#include "store/sqlite/writer.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "base/error.h"
#include "base/mem.h"

/* What may wait: 64 shards' worth of work, each at most a transaction's 4 MB. */
enum { QUEUE_WORK_MAX = 4096, QUEUE_BYTES_MAX = 256 * 1024 * 1024 };

struct queue {
    struct work *first, **tail;
    size_t count, bytes;
};

struct writer {
    struct database *database;
    pthread_t thread;
    bool running;
    _Atomic uint64_t commits;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct queue queue;
    bool stopping;
};

static void queue_init(struct queue *queue)
{
    *queue = (struct queue){.tail = &queue->first};
}

static void queue_add(struct queue *queue, struct work *work)
{
    work->next = NULL;
    *queue->tail = work;
    queue->tail = &work->next;
    queue->count++;
    queue->bytes += work->size;
}

/* --- one transaction --- */

static enum dm_code begins(const struct work *work, struct dm_error *err)
{
    if (atomic_load(&work->cancelled))
        return error_set(err, DM_E_TIMEOUT, "the write was cancelled before it began");
    if (clock_monotonic_ms(work->clock) >= work->deadline_ms)
        return error_set(err, DM_E_TIMEOUT, "the deadline passed before the write began");
    return DM_OK;
}

static enum dm_code run_one(struct database *database, struct work *work,
                            struct dm_error *err)
{
    DM_TRY(begins(work, err));
    DM_TRY(database_savepoint(database, err));
    enum dm_code code = work->run(work, database, err);
    if (code == DM_OK)
        code = database_release(database, err);
    if (code)
        database_undo(database);
    return code;
}

/*
 * Each work's own failure stays in it. A failure of the file's takes the transaction with
 * it (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A
 * Transaction"), and is returned.
 */
static enum dm_code run_all(struct database *database, struct work *first,
                            bool *ret_changed, struct dm_error *err)
{
    for (struct work *work = first; work; work = work->next) {
        work->code = run_one(database, work, &work->err);
        if (!database_in_transaction(database)) {
            *err = work->err;
            return work->code;
        }
        *ret_changed |= work->code == DM_OK;
    }
    return DM_OK;
}

static enum dm_code transact(struct database *database, struct work *first,
                             struct dm_error *err)
{
    bool changed = false;
    DM_TRY(database_begin(database, err));
    enum dm_code code = run_all(database, first, &changed, err);
    if (code == DM_OK && changed)
        code = database_commit(database, err);
    if (code || !changed)
        database_rollback(database);
    return code;
}

/* One whose condition failed may have failed because of another that is undone: none has
 * an answer of its own then, but those that never began. */
static void fail_all(struct work *first, enum dm_code code, const struct dm_error *err)
{
    for (struct work *work = first; work; work = work->next) {
        if (work->code == DM_E_TIMEOUT)
            continue;
        work->code = code;
        work->err = *err;
    }
}

static void perform(struct writer *writer, struct work *first)
{
    struct dm_error err = {0};
    enum dm_code code = transact(writer->database, first, &err);
    if (code)
        fail_all(first, code, &err);
    atomic_fetch_add(&writer->commits, 1);
    while (first) {
        struct work *work = first;
        first = work->next;
        work->done(work);
    }
}

uint64_t writer_commits(const struct writer *writer)
{
    return atomic_load(&writer->commits);
}

/* --- the thread --- */

/* All that has gathered; NULL at the end. */
static struct work *take(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    while (!writer->queue.first && !writer->stopping)
        pthread_cond_wait(&writer->changed, &writer->lock);
    struct work *first = writer->queue.first;
    queue_init(&writer->queue);
    pthread_mutex_unlock(&writer->lock);
    return first;
}

static void *run_thread(void *ctx)
{
    struct writer *writer = ctx;
    struct work *first;
    while ((first = take(writer)))
        perform(writer, first);
    return NULL;
}

/* Signals are for the threads of whoever uses the library. */
static enum dm_code start_thread(struct writer *writer, struct dm_error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&writer->thread, NULL, run_thread, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure)
        return error_set(err, DM_E_NOMEM, "the writer's thread cannot be started");
    writer->running = true;
    return DM_OK;
}

enum dm_code writer_new(const char *path, bool relaxed, struct writer **ret_writer,
                        struct dm_error *err)
{
    DM_AUTO(writer) *writer = mem_new(sizeof *writer);
    if (!writer)
        return error_nomem(err);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->changed, NULL);
    queue_init(&writer->queue);

    DM_TRY(database_open(path, DATABASE_WRITE, relaxed, &writer->database, err));
    DM_TRY(start_thread(writer, err));

    *ret_writer = DM_TAKE(writer);
    return DM_OK;
}

static void stop_thread(struct writer *writer)
{
    if (!writer->running)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    stop_thread(writer);
    database_close(writer->database);
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->lock);
    mem_free(writer);
}

/* --- the queue --- */

static bool has_room(const struct queue *queue, const struct work *work)
{
    return queue->count < QUEUE_WORK_MAX && work->size <= QUEUE_BYTES_MAX - queue->bytes;
}

enum dm_code writer_put(struct writer *writer, struct work *work, struct dm_error *err)
{
    pthread_mutex_lock(&writer->lock);
    bool room = has_room(&writer->queue, work);
    if (room) {
        queue_add(&writer->queue, work);
        pthread_cond_signal(&writer->changed);
    }
    pthread_mutex_unlock(&writer->lock);
    if (room)
        return DM_OK;
    error_set(err, DM_E_OVERLOADED, "too many writes wait already");
    if (err)
        err->retry_after_s = 1;
    return DM_E_OVERLOADED;
}

struct waiting {
    struct work work;
    struct work *inner;
    sem_t done;
};

static enum dm_code run_waiting(struct work *work, struct database *database,
                                struct dm_error *err)
{
    struct work *inner = DM_CONTAINER(work, struct waiting, work)->inner;
    return inner->run(inner, database, err);
}

static void wake_waiting(struct work *work)
{
    sem_post(&DM_CONTAINER(work, struct waiting, work)->done);
}

enum dm_code writer_wait(struct writer *writer, struct work *work, struct dm_error *err)
{
    struct waiting waiting = {
        .work = {.run = run_waiting,
                 .done = wake_waiting,
                 .clock = clock_system(),
                 .deadline_ms = INT64_MAX},
        .inner = work,
    };
    sem_init(&waiting.done, 0, 0);
    enum dm_code code = writer_put(writer, &waiting.work, err);
    if (code == DM_OK) {
        while (sem_wait(&waiting.done) < 0)
            continue;
        code = waiting.work.code;
        if (code && err)
            *err = waiting.work.err;
    }
    sem_destroy(&waiting.done);
    return code;
}
