/* All models of an app and their key schemas: what GET /models shows. */
#include "base/error.h"
#include "base/mem.h"
#include "model/app_internal.h"

struct list_call;

struct list_entry {
    struct list_call *list;
    struct dm_model *model;
    struct schema_waiter waiter;
    enum dm_code problem;
};

struct list_call {
    struct dm_call call;
    struct dm_app *app;
    const struct scope *scope; /* the caller's */
    struct list_entry *entries;
    size_t count;
    struct model_listing *listings;
    size_t waiting;
    struct loop_timer deadline;
    struct loop_task all_known;
    model_list_fn done;
    void *ctx;
};

static void free_call(struct dm_call *call)
{
    struct list_call *list = DM_CONTAINER(call, struct list_call, call);
    call_remove(call);
    loop_timer_stop(&list->deadline);
    loop_task_cancel(&list->all_known);
    for (size_t i = 0; list->entries && i < list->count; i++)
        schema_unwait(&list->entries[i].waiter);
    mem_free(list->listings);
    mem_free(list->entries);
    mem_free(list);
}

static struct model_listing describe(const struct list_entry *entry)
{
    const struct scope *scope = entry->list->scope;
    const struct dm_model *model = entry->model;
    struct model_listing listing = {
        .name = model->config->name,
        .table = model->config->table_name,
        .allow_read = model->config->allow_read && scope_reads(scope),
        .allow_write = model->config->allow_write && scope_writes(scope),
        .problem = entry->problem,
        .indexes = model->indexes,
        .index_count = model->index_count,
        .config = model->config,
    };
    if (model_schema(model))
        listing.schema = *model_schema(model);
    else if (!listing.problem) /* its table went while others were described */
        listing.problem = DM_E_TABLE_NOT_FOUND;
    return listing;
}

static void finish(void *ctx)
{
    struct list_call *list = ctx;
    for (size_t i = 0; i < list->count; i++)
        list->listings[i] = describe(&list->entries[i]);
    call_remove(&list->call);
    list->done(DM_OK, list->listings, list->count, NULL, list->ctx);
    free_call(&list->call);
}

static void on_schema(enum dm_code code, const struct dm_error *err, void *ctx)
{
    (void)err;
    struct list_entry *entry = ctx;
    struct list_call *list = entry->list;
    entry->problem = code;
    if (--list->waiting == 0)
        finish(list);
}

/* Those that still wait keep the problem that they began with. */
static void on_deadline(void *ctx)
{
    finish(ctx);
}

static void ask(struct list_entry *entry)
{
    struct dm_error err = {0};
    if (model_schema(entry->model))
        return;
    entry->problem = DM_E_TIMEOUT;
    entry->waiter.done = on_schema;
    entry->waiter.ctx = entry;
    enum dm_code code = model_learn_schema(entry->model, &entry->waiter, &err);
    if (code)
        entry->problem = code;
    else
        entry->list->waiting++;
}

uint64_t app_generation(const struct dm_app *app)
{
    uint64_t generation = 0;
    for (size_t i = 0; i < app->model_count; i++)
        generation += app->models[i].generation;
    return generation;
}

static enum dm_code start(struct list_call *list, unsigned timeout_ms,
                          struct dm_error *err)
{
    struct dm_app *app = list->app;
    list->entries = mem_new(app->model_count * sizeof *list->entries);
    list->listings = mem_new(app->model_count * sizeof *list->listings);
    if (!list->entries || !list->listings)
        return error_nomem(err);
    DM_TRY(loop_timer_set(app->loop, &list->deadline,
                          timeout_ms ? timeout_ms : DEFAULT_TIMEOUT_MS, on_deadline, list,
                          err));
    for (size_t i = 0; i < app->model_count; i++) {
        if (!scope_has_model(list->scope, app->models[i].config->name))
            continue;
        struct list_entry *entry = &list->entries[list->count++];
        entry->list = list;
        entry->model = &app->models[i];
        ask(entry);
    }
    if (list->waiting == 0)
        loop_post(app->loop, &list->all_known, finish, list);
    return DM_OK;
}

enum dm_code app_list_models(struct dm_app *app, unsigned timeout_ms,
                             const struct call_context *context, model_list_fn done,
                             void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    struct list_call *list = mem_new(sizeof *list);
    if (!list)
        return error_nomem(err);
    list->call.free = free_call;
    list->app = app;
    list->scope = context->scope;
    list->done = done;
    list->ctx = ctx;
    enum dm_code code = start(list, timeout_ms, err);
    if (code) {
        free_call(&list->call);
        return code;
    }
    call_add(&app->calls, &list->call);
    if (ret_call)
        *ret_call = &list->call;
    return DM_OK;
}
