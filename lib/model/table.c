/* Making a model's table when it is missing, and waiting until it can be used. Blocks. */
#include "base/error.h"
#include "model/app_internal.h"

enum { CREATE_TIMEOUT_MS = 60000, POLL_MS = 100, ARENA_MAX = 4 * 1024 * 1024 };

struct outcome {
    bool done;
    enum dm_code code;
    enum table_status status;
    struct dm_error *err;
};

static void on_table(enum dm_code code, const struct store_result *result,
                     const struct dm_error *err, void *ctx)
{
    struct outcome *outcome = ctx;
    outcome->done = true;
    outcome->code = code;
    if (code)
        *outcome->err = *err;
    else
        outcome->status = result->status;
}

static void on_pause(void *ctx)
{
    *(bool *)ctx = true;
}

static enum dm_code wait_for(struct dm_app *app, struct store_call *call,
                             struct outcome *outcome, struct dm_error *err)
{
    enum dm_code code = app_wait(app, &outcome->done, err);
    if (code)
        store_cancel(call);
    return code ? code : outcome->code;
}

static enum dm_code describe(struct dm_app *app, struct dm_model *model,
                             int64_t deadline_ms, enum table_status *ret_status,
                             struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    struct outcome outcome = {.err = err};
    struct store_call *call;
    struct store_describe request = {
        .base = {.deadline_ms = deadline_ms, .arena = &arena},
        .table = model->config->table_name};
    DM_TRY(model->store->ops->describe(model->store, &request, on_table, &outcome, &call,
                                       err));
    DM_TRY(wait_for(app, call, &outcome, err));
    *ret_status = outcome.status;
    return DM_OK;
}

static enum dm_code create(struct dm_app *app, struct dm_model *model,
                           int64_t deadline_ms, struct dm_error *err)
{
    const struct dynamodb_config *config = &model->config->dynamodb;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    struct outcome outcome = {.err = err};
    struct store_call *call;
    struct store_create request = {
        .base = {.deadline_ms = deadline_ms, .arena = &arena},
        .table = model->config->table_name,
        .schema = &model->schema,
        .indexes = model->config->indexes,
        .index_count = model->config->index_count,
        .read_capacity_units = config->read_capacity_units,
        .write_capacity_units = config->write_capacity_units,
    };
    if (!model->schema_given)
        return error_set(
            err, DM_E_INVALID,
            "model \"%s\" does not name its keys and their types, so that its "
            "table cannot be made",
            model->config->name.ptr);
    DM_TRY(model->store->ops->create(model->store, &request, on_table, &outcome, &call,
                                     err));
    enum dm_code code = wait_for(app, call, &outcome, err);
    return code == DM_E_CONFLICT ? DM_OK : code; /* somebody else makes it */
}

static enum dm_code pause(struct dm_app *app, struct dm_error *err)
{
    bool over = false;
    struct loop_timer timer = {0};
    DM_TRY(loop_timer_set(app->loop, &timer, POLL_MS, on_pause, &over, err));
    enum dm_code code = app_wait(app, &over, err);
    loop_timer_stop(&timer);
    return code;
}

/* Once: a table that is not there is asked for, once. */
static enum dm_code look(struct dm_app *app, struct dm_model *model, int64_t deadline_ms,
                         bool *asked, enum table_status *ret_status, struct dm_error *err)
{
    struct dm_error why = {0};
    enum dm_code code = describe(app, model, deadline_ms, ret_status, &why);
    if (code == DM_E_TABLE_NOT_FOUND && !*asked) {
        *asked = true;
        return create(app, model, deadline_ms, err);
    }
    if (code && code != DM_E_TABLE_NOT_FOUND)
        *err = why;
    return code == DM_E_TABLE_NOT_FOUND ? DM_OK : code;
}

static enum dm_code make_table(struct dm_app *app, struct dm_model *model,
                               int64_t deadline_ms, struct dm_error *err)
{
    bool asked = false;
    while (loop_now_ms(app->loop) < deadline_ms) {
        enum table_status status = TABLE_NOT_YET;
        DM_TRY(look(app, model, deadline_ms, &asked, &status, err));
        if (status == TABLE_ACTIVE)
            return DM_OK;
        DM_TRY(pause(app, err));
    }
    return error_set(err, DM_E_TIMEOUT, "the table of model \"%s\" is not active yet",
                     model->config->name.ptr);
}

enum dm_code dm_create_table(struct dm_app *app, const char *name, unsigned timeout_ms,
                             struct dm_error *err)
{
    struct dm_error own = {0};
    struct dm_model *model;
    if (!err)
        err = &own;
    DM_TRY(app_find_model(app, dm_str(name), NULL, &model, err));
    int64_t deadline_ms =
        loop_now_ms(app->loop) + (timeout_ms ? timeout_ms : CREATE_TIMEOUT_MS);
    return make_table(app, model, deadline_ms, err);
}

enum dm_code app_create_tables(struct dm_app *app, unsigned timeout_ms,
                               struct dm_error *err)
{
    int64_t deadline_ms = loop_now_ms(app->loop) + timeout_ms;
    for (size_t i = 0; i < app->model_count; i++)
        if (app->models[i].config->create_table)
            DM_TRY(make_table(app, &app->models[i], deadline_ms, err));
    return DM_OK;
}
