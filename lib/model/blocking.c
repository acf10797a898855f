/* The blocking calls: the asynchronous ones, and the app's loop turned until they are
 * done. */
#include "base/error.h"
#include "base/str.h"
#include "model/app_internal.h"

struct outcome {
    bool done;
    enum dm_code code;
    struct dm_item *item;
    struct dm_page *page;
    struct dm_outcome *outcome;
    struct dm_items *items;
    struct dm_written *written;
    struct dm_transacted *transacted;
    char *reply;
    struct dm_error *err;
};

static void settle(struct outcome *outcome, enum dm_code code, const struct dm_error *err)
{
    outcome->done = true;
    outcome->code = code;
    if (code && outcome->err)
        *outcome->err = *err;
}

static void on_item(enum dm_code code, struct dm_item *item, const struct dm_error *err,
                    void *ctx)
{
    struct outcome *outcome = ctx;
    settle(outcome, code, err);
    outcome->item = item;
}

static void on_page(enum dm_code code, struct dm_page *page, const struct dm_error *err,
                    void *ctx)
{
    struct outcome *outcome = ctx;
    settle(outcome, code, err);
    outcome->page = page;
}

/* Waits for the call, which has begun. */
static enum dm_code wait_for(struct dm_app *app, struct dm_call *call,
                             const struct outcome *outcome, struct dm_error *err)
{
    enum dm_code code = app_wait(app, &outcome->done, err);
    if (code)
        dm_call_cancel(call);
    return code ? code : outcome->code;
}

enum dm_code dm_get_or_404(struct dm_app *app, const char *model,
                           const struct dm_get *get, struct dm_item **ret_item,
                           struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(dm_get_or_404_async(app, model, get, on_item, &outcome, &call, err));
    DM_TRY(wait_for(app, call, &outcome, err));
    *ret_item = outcome.item;
    return DM_OK;
}

enum dm_code dm_first_or_404(struct dm_app *app, const char *model,
                             const struct dm_get *get, struct dm_item **ret_item,
                             struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(dm_first_or_404_async(app, model, get, on_item, &outcome, &call, err));
    DM_TRY(wait_for(app, call, &outcome, err));
    *ret_item = outcome.item;
    return DM_OK;
}

enum dm_code dm_query(struct dm_app *app, const char *model, const struct dm_query *query,
                      struct dm_page **ret_page, struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(dm_query_async(app, model, query, on_page, &outcome, &call, err));
    DM_TRY(wait_for(app, call, &outcome, err));
    *ret_page = outcome.page;
    return DM_OK;
}

enum dm_code dm_query_first_or_404(struct dm_app *app, const char *model,
                                   const struct dm_query *query, struct dm_str message,
                                   struct dm_item **ret_item, struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(dm_query_first_or_404_async(app, model, query, message, on_item, &outcome,
                                       &call, err));
    DM_TRY(wait_for(app, call, &outcome, err));
    *ret_item = outcome.item;
    return DM_OK;
}

/* --- writing --- */

static void on_outcome(enum dm_code code, struct dm_outcome *written,
                       const struct dm_error *err, void *ctx)
{
    struct outcome *outcome = ctx;
    settle(outcome, code, err);
    outcome->outcome = written;
}

static enum dm_code wait_for_write(struct dm_app *app, struct dm_call *call,
                                   struct outcome *outcome,
                                   struct dm_outcome **ret_outcome, struct dm_error *err)
{
    enum dm_code code = wait_for(app, call, outcome, err);
    *ret_outcome = outcome->outcome;
    return code;
}

enum dm_code dm_put(struct dm_app *app, const char *model, const struct dm_put *put,
                    struct dm_outcome **ret_outcome, struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    *ret_outcome = NULL;
    DM_TRY(dm_put_async(app, model, put, on_outcome, &outcome, &call, err));
    return wait_for_write(app, call, &outcome, ret_outcome, err);
}

enum dm_code dm_update(struct dm_app *app, const char *model,
                       const struct dm_update *update, struct dm_outcome **ret_outcome,
                       struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    *ret_outcome = NULL;
    DM_TRY(dm_update_async(app, model, update, on_outcome, &outcome, &call, err));
    return wait_for_write(app, call, &outcome, ret_outcome, err);
}

enum dm_code dm_delete(struct dm_app *app, const char *model,
                       const struct dm_delete *asked, struct dm_outcome **ret_outcome,
                       struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    *ret_outcome = NULL;
    DM_TRY(dm_delete_async(app, model, asked, on_outcome, &outcome, &call, err));
    return wait_for_write(app, call, &outcome, ret_outcome, err);
}

/* --- many at once --- */

static void on_items(enum dm_code code, struct dm_items *items,
                     const struct dm_error *err, void *ctx)
{
    struct outcome *outcome = ctx;
    settle(outcome, code, err);
    outcome->items = items;
}

enum dm_code dm_batch_get(struct dm_app *app, const char *model,
                          const struct dm_batch *batch, struct dm_items **ret_items,
                          struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(dm_batch_get_async(app, model, batch, on_items, &outcome, &call, err));
    DM_TRY(wait_for(app, call, &outcome, err));
    *ret_items = outcome.items;
    return DM_OK;
}

static void on_written(enum dm_code code, struct dm_written *written,
                       const struct dm_error *err, void *ctx)
{
    struct outcome *outcome = ctx;
    settle(outcome, code, err);
    outcome->written = written;
}

enum dm_code dm_batch_write(struct dm_app *app, const char *model,
                            const struct dm_batch *batch, struct dm_written **ret_written,
                            struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(dm_batch_write_async(app, model, batch, on_written, &outcome, &call, err));
    DM_TRY(wait_for(app, call, &outcome, err));
    *ret_written = outcome.written;
    return DM_OK;
}

static void on_transacted(enum dm_code code, struct dm_transacted *transacted,
                          const struct dm_error *err, void *ctx)
{
    struct outcome *outcome = ctx;
    settle(outcome, code, err);
    outcome->transacted = transacted;
}

enum dm_code dm_transact(struct dm_app *app, const struct dm_transaction *transaction,
                         struct dm_transacted **ret_transacted, struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    *ret_transacted = NULL;
    DM_TRY(dm_transact_async(app, transaction, on_transacted, &outcome, &call, err));
    enum dm_code code = wait_for(app, call, &outcome, err);
    *ret_transacted = outcome.transacted;
    return code;
}

/* --- the connection --- */

static void on_json(enum dm_code code, struct dm_str reply, const struct dm_error *err,
                    void *ctx)
{
    struct outcome *outcome = ctx;
    settle(outcome, code, err);
    if (code == DM_OK && !(outcome->reply = str_dup(reply)))
        outcome->code = error_nomem(outcome->err);
}

enum dm_code dm_connection_call(struct dm_connection *connection, const char *operation,
                                struct dm_str request, unsigned timeout_ms,
                                char **ret_reply, struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(dm_connection_call_async(connection, operation, request, timeout_ms, on_json,
                                    &outcome, &call, err));
    DM_TRY(wait_for(connection->app, call, &outcome, err));
    *ret_reply = outcome.reply;
    return DM_OK;
}
