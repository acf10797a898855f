/* What would be sent, and the key schema that it depends on: calls that read no item. */
#include "store/dynamodb/explain.h"
#include "base/error.h"
#include "base/mem.h"
#include "model/query.h"
#include "model/read.h"

/* What a request to DynamoDB may come to; what is asked and planned. */
enum { REQUEST_MAX = 4 * 1024 * 1024, ARENA_MAX = 4 * 1024 * 1024 };

struct explain_call {
    struct dm_call call;
    struct arena arena;
    struct schema_use use;
    struct dm_get get;        /* explain_get */
    struct query_taken taken; /* explain_query */
    const char *operation;
    struct dm_buf json;
    struct loop_task task; /* tells it, later */
    explain_fn done;       /* NULL: the schema is asked for */
    schema_fn schema_done;
    void *ctx;
};

static void stop(struct explain_call *explain)
{
    schema_use_stop(&explain->use);
    loop_task_cancel(&explain->task);
    call_remove(&explain->call);
}

static void free_call(struct dm_call *call)
{
    struct explain_call *explain = DM_CONTAINER(call, struct explain_call, call);
    stop(explain);
    buf_done(&explain->json);
    arena_done(&explain->arena);
    mem_free(explain);
}

static void tell(struct explain_call *explain, const struct dm_error *err)
{
    enum dm_code code = err ? err->code : DM_OK;
    stop(explain);
    if (explain->done)
        explain->done(code, code ? NULL : explain->operation,
                      code ? (struct dm_str){NULL, 0} : buf_str(&explain->json), err,
                      explain->ctx);
    else
        explain->schema_done(code, code ? NULL : &explain->use.schema, err, explain->ctx);
    free_call(&explain->call);
}

static void fail(const struct dm_error *err, void *ctx)
{
    tell(ctx, err);
}

static void succeed(void *ctx)
{
    tell(ctx, NULL);
}

static struct explain_call *call_new(struct dm_app *app, struct dm_model *model,
                                     unsigned timeout_ms, void *ctx)
{
    struct explain_call *explain = mem_new(sizeof *explain);
    if (!explain)
        return NULL;
    explain->call.free = free_call;
    explain->ctx = ctx;
    arena_init(&explain->arena, ARENA_MAX);
    buf_init(&explain->json, REQUEST_MAX);
    explain->use.app = app;
    explain->use.model = model;
    explain->use.arena = &explain->arena;
    explain->use.deadline_ms = app_deadline(app, timeout_ms);
    explain->use.fail = fail;
    explain->use.ctx = explain;
    return explain;
}

/* Takes the call, whatever happens; code: how it began. */
static enum dm_code begin(struct explain_call *explain, enum dm_code code,
                          struct dm_call **ret_call, struct dm_error *err)
{
    if (code == DM_OK)
        code = schema_use_start(&explain->use, err);
    if (code) {
        free_call(&explain->call);
        return code;
    }
    call_add(&explain->use.app->calls, &explain->call);
    *ret_call = &explain->call;
    return DM_OK;
}

static struct store_base base_of(struct explain_call *explain)
{
    return (struct store_base){.arena = &explain->arena};
}

static enum dm_code tell_later(struct explain_call *explain)
{
    loop_post(explain->use.app->loop, &explain->task, succeed, explain);
    return DM_OK;
}

/* --- explain --- */

static enum dm_code explain_one(void *ctx, struct dm_error *err)
{
    struct read_plan plan;
    struct explain_call *explain = ctx;
    struct dm_model *model = explain->use.model;
    struct store_base base = base_of(explain);
    DM_TRY(read_plan_make(model, &explain->get, &explain->arena, &plan, err));
    DM_TRY(read_plan_key(model, &explain->use.schema, &explain->get, &explain->arena,
                         &plan, err));
    struct store_get request = read_plan_request(model, &plan, &base);
    DM_TRY(explain_get(&request, &explain->json, err));
    explain->operation = "GetItem";
    return tell_later(explain);
}

/* Where a model hides items, a page may have ended at one of them: its key is not told.
 */
static bool shows_all(const struct dm_model *model)
{
    const struct attributes *attributes = model->config->attributes;
    return !attributes || attributes->as_stored;
}

static enum dm_code explain_page(void *ctx, struct dm_error *err)
{
    struct plan plan;
    struct explain_call *explain = ctx;
    struct store_base base = base_of(explain);
    DM_TRY(query_plan(&explain->taken, &explain->use, &plan, err));
    unsigned limit = query_limit(&explain->taken, &plan, 0);
    const struct dm_value *after = shows_all(explain->use.model) ? plan.after : NULL;
    if (plan.is_query) {
        struct store_query request = plan_query(&plan, &base, limit, after);
        DM_TRY(explain_query(&request, &explain->json, err));
    } else {
        struct store_scan request = plan_scan(&plan, &base, limit, after);
        DM_TRY(explain_scan(&request, &explain->json, err));
    }
    explain->operation = plan.is_query ? "Query" : "Scan";
    return tell_later(explain);
}

enum dm_code app_explain_get(struct dm_app *app, struct dm_str name,
                             const struct dm_get *get, const struct call_context *context,
                             explain_fn done, void *ctx, struct dm_call **ret_call,
                             struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_readable(app, name, context->scope, &model, err));
    struct explain_call *explain = call_new(app, model, get->timeout_ms, ctx);
    if (!explain)
        return error_nomem(err);
    explain->done = done;
    explain->use.ready = explain_one;
    enum dm_code code = read_copy_get(get, &explain->arena, &explain->get, err);
    return begin(explain, code, ret_call, err);
}

enum dm_code app_explain_query(struct dm_app *app, struct dm_str name,
                               const struct dm_query *query, bool first,
                               const struct call_context *context, explain_fn done,
                               void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_readable(app, name, context->scope, &model, err));
    struct explain_call *explain = call_new(app, model, query->timeout_ms, ctx);
    if (!explain)
        return error_nomem(err);
    explain->done = done;
    explain->use.ready = explain_page;
    enum dm_code code = query_take(query, first, &explain->arena, &explain->taken, err);
    explain->use.index = explain->taken.query.index;
    return begin(explain, code, ret_call, err);
}

/* --- the schema --- */

static enum dm_code schema_ready(void *ctx, struct dm_error *err)
{
    (void)err;
    return tell_later(ctx);
}

enum dm_code app_schema(struct dm_app *app, struct dm_str name, unsigned timeout_ms,
                        const struct call_context *context, schema_fn done, void *ctx,
                        struct dm_call **ret_call, const struct key_schema **ret_schema,
                        struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_model(app, name, context->scope, &model, err));
    if (model_schema(model)) {
        *ret_schema = model_schema(model);
        return DM_OK;
    }
    struct explain_call *explain = call_new(app, model, timeout_ms, ctx);
    if (!explain)
        return error_nomem(err);
    explain->schema_done = done;
    explain->use.ready = schema_ready;
    return begin(explain, DM_OK, ret_call, err);
}
