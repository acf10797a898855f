/*
 * What the operations of the embedded store share: one signature, and the two ways to go,
 * at once on the store's own connection or through the writer.
 */
#ifndef DYNAMOD_STORE_SQLITE_OPERATION_H
#define DYNAMOD_STORE_SQLITE_OPERATION_H

#include "store/copy.h"
#include "store/sqlite/file.h"
#include "store/sqlite/inbox.h"

struct call;
struct reading;

/* In the order of arrival. */
struct readings {
    struct reading *first, **tail;
};

struct sqlite {
    struct dm_store store;
    struct sqlite_file *file;
    struct dm_loop *loop;
    struct database *database; /* for reading */
    struct inbox *inbox;
    struct call *calls; /* all that are under way */
    struct readings waiting, running;
    struct loop_task read_all;
    bool has_snapshot;         /* until the turn's end */
    uint64_t snapshot_commits; /* the writer's, before it was taken */
    struct loop_task end_snapshot;
};

static inline struct sqlite *sqlite_of(struct dm_store *store)
{
    return DM_CONTAINER(store, struct sqlite, store);
}

/* One call under way, whichever way it goes. */
struct call {
    struct store_call base;
    struct call *next, **link;         /* among the store's */
    void (*cancel)(struct call *call); /* nobody waits for the answer any more */
    store_done_fn done;
    void *ctx;
};

void call_begin(struct call *call, struct sqlite *sqlite, store_done_fn done, void *ctx);
void call_end(struct call *call);

/* Gives the result with DM_OK, with a condition that failed, and with a cancelled
 * transaction, which has reasons. */
void call_answer(struct call *call, enum dm_code code, const struct store_result *result,
                 const struct dm_error *err);

/* What an operation does inside a transaction; results in the arena. */
typedef enum dm_code (*perform_fn)(struct database *database, const void *request,
                                   struct arena *arena, struct store_result *ret_result,
                                   struct dm_error *err);

/* Nobody reads yet. */
void readings_init(struct readings *readings);

/* Reads later in this turn, from one snapshot with all that were asked for until then;
 * the arguments behind `request` are those of store_ops. */
DM_MUST_USE enum dm_code read_start(struct dm_store *store, perform_fn perform,
                                    const void *request, size_t size, store_done_fn done,
                                    void *ctx, struct store_call **ret_call,
                                    struct dm_error *err);

struct read_item {
    const struct dm_value *item; /* NULL: none */
    size_t size;                 /* before projection */
};

/* One item out of the snapshot, whoever asks. */
DM_MUST_USE enum dm_code read_item(struct database *database,
                                   const struct store_transact_get_entry *wish,
                                   struct arena *arena, struct read_item *ret_item,
                                   struct dm_error *err);

/* A write under way: on the heap, with a copy of the request in an arena of its own. */
struct job;

/* Not started yet; job_free it, or start it. */
DM_MUST_USE enum dm_code job_new(struct dm_store *store, const struct store_base *base,
                                 store_done_fn done, void *ctx, struct job **ret_job,
                                 struct dm_error *err);
void job_free(struct job *job);
DM_AUTO_DEFINE(job, job_free)

struct arena *job_arena(struct job *job);

/* On the writer's thread, the request being in the job's arena; what it points at is not
 * the caller's any more. Takes the job, whatever happens. */
DM_MUST_USE enum dm_code job_start(struct job *job, perform_fn perform,
                                   const void *request, struct store_call **ret_call,
                                   struct dm_error *err);

/* store_ops.get and the rest, each in the file of its kind. */
#define SQLITE_OPERATION(name)                                                           \
    enum dm_code sqlite_##name(                                                          \
        struct dm_store *store, const struct store_##name *request, store_done_fn done,  \
        void *ctx, struct store_call **ret_call, struct dm_error *err)

enum dm_code sqlite_get_now(struct dm_store *store, const struct store_get *request,
                            bool *ret_given, struct store_result *ret_result,
                            struct dm_error *err);
SQLITE_OPERATION(get);
SQLITE_OPERATION(batch_get);
SQLITE_OPERATION(query);
SQLITE_OPERATION(scan);
SQLITE_OPERATION(put);
SQLITE_OPERATION(update);
SQLITE_OPERATION(delete);
SQLITE_OPERATION(batch_write);
SQLITE_OPERATION(transact_get);
SQLITE_OPERATION(transact_write);
SQLITE_OPERATION(describe);
SQLITE_OPERATION(create);

#endif
