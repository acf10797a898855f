/* get_or_404: one item, through the model's key schema and store. */
#include "model/read.h"

#include "base/error.h"
#include "model/request_key.h"
#include "value/item.h"

/* --- what the store is asked --- */

static enum dm_code read_projection(const struct dm_model *model,
                                    const struct dm_get *get, struct read_plan *plan,
                                    struct arena *arena, struct dm_error *err)
{
    if (!get->attributes_to_get.len)
        return DM_OK;
    DM_TRY(projection_parse(get->attributes_to_get, arena, &plan->projection, err));
    return hidden_widen(&plan->hidden, model->config->attributes, &plan->projection,
                        arena, err);
}

enum dm_code read_plan_make(const struct dm_model *model, const struct dm_get *get,
                            struct arena *arena, struct read_plan *ret_plan,
                            struct dm_error *err)
{
    struct read_plan plan = {.consistent = get->consistent_read};
    hidden_expired(&plan.hidden, model->config,
                   clock_wall_ms(loop_clock(model->loop)) / 1000);
    DM_TRY(read_projection(model, get, &plan, arena, err));
    *ret_plan = plan;
    return DM_OK;
}

enum dm_code read_plan_key(const struct dm_model *model, const struct key_schema *schema,
                           const struct dm_get *get, struct arena *arena,
                           struct read_plan *plan, struct dm_error *err)
{
    return request_key_parse(model->config->attributes, schema, get->hash_key,
                             get->range_key, arena, &plan->key, err);
}

struct store_get read_plan_request(const struct dm_model *model,
                                   const struct read_plan *plan,
                                   const struct store_base *base)
{
    return (struct store_get){
        .base = *base,
        .table = model->config->table_name,
        .key = &plan->key,
        .projection = &plan->projection,
        .consistent = plan->consistent,
    };
}

/* The item as it is shown, or DM_E_NOT_FOUND. */
static enum dm_code show(const struct dm_model *model, const struct dm_get *get,
                         const struct read_plan *plan, const struct store_result *result,
                         struct dm_item *item, struct dm_error *err)
{
    const struct dm_value *stored = result->item;
    if (!stored || hidden_is(&plan->hidden, stored))
        return model_not_found(model, get->hash_key, get->range_key, get->message, err);
    if (result->cache.status == STORE_CACHE_HIT && !plan->hidden.added_count)
        item->cached = result->cache.entry;
    return hidden_strip(&plan->hidden, model->config->attributes, stored, &item->arena,
                        &item->value, err);
}

/* --- at once --- */

static enum dm_code ask_now(struct dm_model *model, const struct store_get *request,
                            struct call_meter *meter, bool *ret_given,
                            struct store_result *ret_result, struct dm_error *err)
{
    call_meter_sent(meter);
    enum dm_code code =
        model->store->ops->get_now(model->store, request, ret_given, ret_result, err);
    if (code || *ret_given)
        call_meter_answered(meter, code ? NULL : ret_result);
    if (!code)
        call_meter_cached(meter, &ret_result->cache);
    if (code == DM_E_TABLE_NOT_FOUND)
        return model_no_table(model, err);
    return code;
}

/* No item and DM_OK: it is not at hand. */
static enum dm_code get_now(struct dm_model *model, const struct dm_get *get,
                            const struct call_context *context, struct dm_item **ret_item,
                            struct dm_error *err)
{
    struct read_plan plan;
    bool given = false;
    struct store_result result = {0};
    struct call_meter meter = {context->cost, loop_clock(model->loop), 0, false};
    DM_TRY(call_check_message(get->message, err));
    DM_AUTO(dm_item) *item = item_new(model->config->attributes);
    if (!item)
        return error_nomem(err);
    arena_count_in(&item->arena, context->room);
    DM_TRY(read_plan_make(model, get, &item->arena, &plan, err));
    DM_TRY(read_plan_key(model, model_schema(model), get, &item->arena, &plan, err));
    struct store_get request =
        read_plan_request(model, &plan, &(struct store_base){.arena = &item->arena});
    DM_TRY(ask_now(model, &request, &meter, &given, &result, err));
    if (!given)
        return DM_OK;
    DM_TRY(show(model, get, &plan, &result, item, err));
    *ret_item = DM_TAKE(item);
    return DM_OK;
}

/* --- later --- */

/* Lives in its item's arena: whoever gets the item frees the call with it. */
struct read_call {
    struct dm_call call;
    struct schema_use use;
    struct dm_item *item;
    struct dm_get get; /* its texts are in the arena */
    struct dm_str traceparent;
    struct read_plan plan;
    struct call_meter meter;
    struct store_call *upstream;
    dm_item_fn done;
    void *ctx;
};

static void stop(struct read_call *read)
{
    schema_use_stop(&read->use);
    if (read->upstream)
        store_cancel(DM_TAKE(read->upstream));
    call_remove(&read->call);
}

static void free_call(struct dm_call *call)
{
    struct read_call *read = DM_CONTAINER(call, struct read_call, call);
    stop(read);
    dm_item_free(read->item);
}

static void fail(const struct dm_error *err, void *ctx)
{
    struct read_call *read = ctx;
    struct dm_item *item = read->item;
    stop(read);
    read->done(err->code, NULL, err, read->ctx);
    dm_item_free(item);
}

static void on_got(enum dm_code code, const struct store_result *result,
                   const struct dm_error *err, void *ctx)
{
    struct read_call *read = ctx;
    struct dm_model *model = read->use.model;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    read->upstream = NULL;
    call_meter_answered(&read->meter, code ? NULL : result);
    if (code && schema_use_again(&read->use, err))
        return;
    if (code) {
        app_store_failed(model, &failure);
    } else {
        call_meter_cached(&read->meter, &result->cache);
        code = show(model, &read->get, &read->plan, result, read->item, &failure);
    }
    if (code) {
        fail(&failure, read);
        return;
    }
    stop(read);
    read->done(DM_OK, read->item, NULL, read->ctx);
}

static enum dm_code send(void *ctx, struct dm_error *err)
{
    struct read_call *read = ctx;
    struct dm_model *model = read->use.model;
    struct store_base base = {read->use.deadline_ms, &read->item->arena,
                              read->traceparent};
    DM_TRY(read_plan_key(model, &read->use.schema, &read->get, &read->item->arena,
                         &read->plan, err));
    struct store_get request = read_plan_request(model, &read->plan, &base);
    call_meter_sent(&read->meter);
    return model->store->ops->get(model->store, &request, on_got, read, &read->upstream,
                                  err);
}

enum dm_code read_copy_get(const struct dm_get *get, struct arena *arena,
                           struct dm_get *ret_copy, struct dm_error *err)
{
    struct dm_get copy = *get;
    DM_TRY(call_check_message(get->message, err));
    DM_TRY(call_copy(arena, &copy.hash_key, err));
    DM_TRY(call_copy(arena, &copy.range_key, err));
    DM_TRY(call_copy(arena, &copy.attributes_to_get, err));
    DM_TRY(call_copy(arena, &copy.message, err));
    *ret_copy = copy;
    return DM_OK;
}

static enum dm_code start(struct read_call *read, const struct dm_get *get,
                          struct dm_str traceparent, struct dm_error *err)
{
    struct arena *arena = &read->item->arena;
    read->traceparent = traceparent;
    DM_TRY(call_copy(arena, &read->traceparent, err));
    DM_TRY(read_copy_get(get, arena, &read->get, err));
    DM_TRY(read_plan_make(read->use.model, &read->get, arena, &read->plan, err));
    return schema_use_start(&read->use, err);
}

/* A call that has not begun: freeing its item is all that it needs. */
static struct read_call *call_new(struct dm_app *app, struct dm_model *model,
                                  const struct dm_get *get,
                                  const struct call_context *context)
{
    struct dm_item *item = item_new(model->config->attributes);
    if (item)
        arena_count_in(&item->arena, context->room);
    struct read_call *read = item ? arena_new(&item->arena, sizeof *read) : NULL;
    if (!read) {
        dm_item_free(item);
        return NULL;
    }
    read->call.free = free_call;
    read->item = item;
    read->meter = (struct call_meter){context->cost, loop_clock(app->loop), 0, false};
    read->use.app = app;
    read->use.model = model;
    read->use.arena = &item->arena;
    read->use.deadline_ms = app_deadline(app, get->timeout_ms);
    read->use.ready = send;
    read->use.fail = fail;
    read->use.ctx = read;
    return read;
}

static enum dm_code get_later(struct dm_app *app, struct dm_model *model,
                              const struct dm_get *get,
                              const struct call_context *context, dm_item_fn done,
                              void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    struct read_call *read = call_new(app, model, get, context);
    if (!read)
        return error_nomem(err);
    read->done = done;
    read->ctx = ctx;
    enum dm_code code = start(read, get, context->traceparent, err);
    if (code) {
        free_call(&read->call);
        return code;
    }
    call_add(&app->calls, &read->call);
    if (ret_call)
        *ret_call = &read->call;
    return DM_OK;
}

/* --- both --- */

enum dm_code app_get(struct dm_app *app, struct dm_str name, const struct dm_get *get,
                     const struct call_context *context, dm_item_fn done, void *ctx,
                     struct dm_call **ret_call, struct dm_item **ret_item,
                     struct dm_error *err)
{
    struct dm_model *model;
    struct dm_item *item = NULL;
    DM_TRY(app_find_readable(app, name, context->scope, &model, err));
    if (model->store->ops->get_now && model_schema(model))
        DM_TRY(get_now(model, get, context, &item, err));
    if (item) {
        *ret_item = item;
        return DM_OK;
    }
    return get_later(app, model, get, context, done, ctx, ret_call, err);
}

enum dm_code dm_get_or_404_async(struct dm_app *app, const char *name,
                                 const struct dm_get *get, dm_item_fn done, void *ctx,
                                 struct dm_call **ret_call, struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_readable(app, dm_str(name), NULL, &model, err));
    return get_later(app, model, get, &(struct call_context){0}, done, ctx, ret_call,
                     err);
}
