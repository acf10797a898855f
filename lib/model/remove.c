/* Deleting an item. */
#include "model/write.h"

static enum dm_code prepare(struct write_call *write, struct dm_error *err)
{
    (void)write, (void)err;
    return DM_OK;
}

static enum dm_code demand_all(struct write_call *write, struct dm_error *err)
{
    return demand_item(&write->demands, err);
}

static enum dm_code make(struct write_call *write, struct dm_error *err)
{
    (void)err;
    write->entry = (struct store_transact_entry){.kind = TRANSACT_DELETE};
    return DM_OK;
}

static enum dm_code begin(const struct write_request *request,
                          const struct dm_delete *asked, struct dm_call **ret_call,
                          struct dm_error *err)
{
    static const struct write_kind kind = {prepare, demand_all, make,
                                           sizeof(struct write_call)};
    struct write_call *write;
    DM_TRY(write_new(&kind, request, &write, err));
    write->key_texts[0] = write_key_text(asked->hash_key);
    write->key_texts[1] = asked->range_key;
    write->asked_guard = asked->guard;
    write->message = asked->message;
    write->token = asked->token;
    write->misses = true;
    write->returns = asked->return_item && write_may_tell(write);
    return write_begin(write, asked->timeout_ms, ret_call, err);
}

enum dm_code app_delete(struct dm_app *app, struct dm_str model,
                        const struct dm_delete *asked, const struct call_context *context,
                        dm_outcome_fn done, void *ctx, struct dm_call **ret_call,
                        struct dm_error *err)
{
    struct write_request request = {app, model, context, true, done, ctx};
    return begin(&request, asked, ret_call, err);
}

enum dm_code dm_delete_async(struct dm_app *app, const char *model,
                             const struct dm_delete *asked, dm_outcome_fn done, void *ctx,
                             struct dm_call **ret_call, struct dm_error *err)
{
    struct call_context context = {0};
    struct write_request request = {app, dm_str(model), &context, false, done, ctx};
    return begin(&request, asked, ret_call, err);
}
