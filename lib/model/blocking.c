/* The blocking calls: the asynchronous ones, and the app's loop turned until they are
 * done. */
#include "base/error.h"
#include "base/str.h"
#include "model/app_internal.h"

typedef enum dm_code (*begin_fn)(struct dm_app *app, const char *model,
                                 const struct dm_get *get, dm_item_fn done, void *ctx,
                                 struct dm_call **ret_call, struct dm_error *err);

struct outcome {
    bool done;
    enum dm_code code;
    struct dm_item *item;
    char *reply;
    struct dm_error *err;
};

static void on_item(enum dm_code code, struct dm_item *item, const struct dm_error *err,
                    void *ctx)
{
    struct outcome *outcome = ctx;
    outcome->done = true;
    outcome->code = code;
    outcome->item = item;
    if (code && outcome->err)
        *outcome->err = *err;
}

static enum dm_code read_now(begin_fn begin, struct dm_app *app, const char *model,
                             const struct dm_get *get, struct dm_item **ret_item,
                             struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(begin(app, model, get, on_item, &outcome, &call, err));
    enum dm_code code = app_wait(app, &outcome.done, err);
    if (code) {
        dm_call_cancel(call);
        return code;
    }
    if (outcome.code == DM_OK)
        *ret_item = outcome.item;
    return outcome.code;
}

enum dm_code dm_get_or_404(struct dm_app *app, const char *model,
                           const struct dm_get *get, struct dm_item **ret_item,
                           struct dm_error *err)
{
    return read_now(dm_get_or_404_async, app, model, get, ret_item, err);
}

enum dm_code dm_first_or_404(struct dm_app *app, const char *model,
                             const struct dm_get *get, struct dm_item **ret_item,
                             struct dm_error *err)
{
    return read_now(dm_first_or_404_async, app, model, get, ret_item, err);
}

static void on_json(enum dm_code code, struct dm_str reply, const struct dm_error *err,
                    void *ctx)
{
    struct outcome *outcome = ctx;
    outcome->done = true;
    outcome->code = code;
    if (code == DM_OK && !(outcome->reply = str_dup(reply)))
        outcome->code = error_nomem(outcome->err);
    if (code && outcome->err)
        *outcome->err = *err;
}

enum dm_code dm_connection_call(struct dm_connection *connection, const char *operation,
                                struct dm_str request, unsigned timeout_ms,
                                char **ret_reply, struct dm_error *err)
{
    struct outcome outcome = {.err = err};
    struct dm_call *call;
    DM_TRY(dm_connection_call_async(connection, operation, request, timeout_ms, on_json,
                                    &outcome, &call, err));
    enum dm_code code = app_wait(connection->app, &outcome.done, err);
    if (code) {
        dm_call_cancel(call);
        return code;
    }
    if (outcome.code == DM_OK)
        *ret_reply = outcome.reply;
    return outcome.code;
}
