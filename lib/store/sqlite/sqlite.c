/* The embedded store: its operations, its calls, its beginning and end. */
#include "store/sqlite/sqlite.h"

#include "base/error.h"
#include "base/mem.h"
#include "store/sqlite/operation.h"

/* --- calls --- */

void call_begin(struct call *call, struct sqlite *sqlite, store_done_fn done, void *ctx)
{
    call->base.store = &sqlite->store;
    call->done = done;
    call->ctx = ctx;
    call->next = sqlite->calls;
    call->link = &sqlite->calls;
    if (call->next)
        call->next->link = &call->next;
    sqlite->calls = call;
}

void call_end(struct call *call)
{
    if (!call->link)
        return;
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    call->link = NULL;
}

void call_answer(struct call *call, enum dm_code code, const struct store_result *result,
                 const struct dm_error *err)
{
    bool has_result = code == DM_OK || code == DM_E_CONDITION ||
                      (code == DM_E_CONFLICT && result->reason_count);
    call->done(code, has_result ? result : NULL, err, call->ctx);
}

static void cancel(struct store_call *base)
{
    struct call *call = DM_CONTAINER(base, struct call, base);
    call_end(call);
    call->cancel(call);
}

/* --- the store --- */

static void sqlite_free(struct sqlite *sqlite)
{
    if (!sqlite)
        return;
    while (sqlite->calls)
        cancel(&sqlite->calls->base);
    loop_task_cancel(&sqlite->read_all);
    loop_task_cancel(&sqlite->end_snapshot);
    inbox_close(sqlite->inbox);
    database_close(sqlite->database);
    sqlite_file_unref(sqlite->file);
    mem_free(sqlite);
}
DM_AUTO_DEFINE(sqlite, sqlite_free)

static void free_store(struct dm_store *store)
{
    sqlite_free(sqlite_of(store));
}

static const struct store_ops ops = {
    .get = sqlite_get,
    .get_now = sqlite_get_now,
    .batch_get = sqlite_batch_get,
    .query = sqlite_query,
    .scan = sqlite_scan,
    .put = sqlite_put,
    .update = sqlite_update,
    .delete = sqlite_delete,
    .batch_write = sqlite_batch_write,
    .transact_get = sqlite_transact_get,
    .transact_write = sqlite_transact_write,
    .describe = sqlite_describe,
    .create = sqlite_create,
    .cancel = cancel,
    .free = free_store,
};

enum dm_code sqlite_new(struct sqlite_file *file, struct dm_loop *loop,
                        struct dm_store **ret_store, struct dm_error *err)
{
    DM_AUTO(sqlite) *sqlite = mem_new(sizeof *sqlite);
    if (!sqlite)
        return error_nomem(err);
    sqlite->store.ops = &ops;
    sqlite->loop = loop;
    sqlite->file = sqlite_file_ref(file);
    readings_init(&sqlite->waiting);
    readings_init(&sqlite->running);

    DM_TRY(database_open(sqlite_file_path(file), DATABASE_READ, sqlite_file_relaxed(file),
                         &sqlite->database, err));
    DM_TRY(inbox_new(loop, &sqlite->inbox, err));

    *ret_store = &DM_TAKE(sqlite)->store;
    return DM_OK;
}
