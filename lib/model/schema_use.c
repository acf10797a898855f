/* Waiting for a model's key schema, and doubting it. */
#include "model/schema_use.h"

#include "base/error.h"

static enum dm_code learn(struct schema_use *use, struct dm_error *err);

void schema_use_stop(struct schema_use *use)
{
    loop_timer_stop(&use->deadline);
    schema_unwait(&use->waiter);
}

/* The table may have been made anew, with other keys: `why` stands only if it was not. */
static enum dm_code refresh(struct schema_use *use, const struct dm_error *why,
                            struct dm_error *err)
{
    use->why = arena_alloc(use->arena, sizeof *use->why);
    if (!use->why)
        return error_nomem(err);
    *use->why = *why;
    use->refreshed = true;
    return learn(use, err);
}

/* The model may forget its schema while the call goes on. */
static enum dm_code take_schema(struct schema_use *use, struct dm_error *err)
{
    use->schema = *model_schema(use->model);
    use->schema.hash.name = arena_str(use->arena, use->schema.hash.name);
    use->schema.range.name = arena_str(use->arena, use->schema.range.name);
    if (!use->schema.hash.name.ptr || !use->schema.range.name.ptr)
        return error_nomem(err);
    return DM_OK;
}

static enum dm_code proceed(struct schema_use *use, struct dm_error *err)
{
    struct dm_error why = {0};
    DM_TRY(take_schema(use, err));
    enum dm_code code = use->ready(use->ctx, &why);
    if (code && !use->refreshed && model_doubts(use->model, code))
        return refresh(use, &why, err);
    if (code && err)
        *err = why;
    return code;
}

/* Whether learning anew brought the same as before, so that it would end alike. */
static bool in_vain(const struct schema_use *use)
{
    return use->refreshed && use->why->code != DM_E_INDEX_NOT_FOUND &&
           key_schema_equal(&use->schema, model_schema(use->model));
}

static void on_schema(enum dm_code code, const struct dm_error *err, void *ctx)
{
    struct schema_use *use = ctx;
    struct dm_error failure = {0};
    loop_timer_stop(&use->deadline);
    if (code == DM_E_TIMEOUT && use->joined && learn(use, &failure) == DM_OK)
        return; /* the time was over of whoever asked first, not of this call */
    if (code)
        use->fail(use->refreshed && code != DM_E_TABLE_NOT_FOUND ? use->why : err,
                  use->ctx);
    else if (in_vain(use))
        use->fail(use->why, use->ctx);
    else if (proceed(use, &failure))
        use->fail(&failure, use->ctx);
}

static void on_deadline(void *ctx)
{
    struct schema_use *use = ctx;
    struct dm_error err = {0};
    error_set(&err, DM_E_TIMEOUT,
              "the deadline passed before DynamoDB described the table");
    use->fail(&err, use->ctx);
}

static enum dm_code learn(struct schema_use *use, struct dm_error *err)
{
    struct dm_loop *loop = use->app->loop;
    int64_t left_ms = use->deadline_ms - loop_now_ms(loop);
    use->joined = use->model->describe != NULL;
    use->waiter.done = on_schema;
    use->waiter.ctx = use;
    DM_TRY(loop_timer_set(loop, &use->deadline, left_ms, on_deadline, use, err));
    return model_learn_schema(use->model, &use->waiter, err);
}

static bool known(const struct schema_use *use)
{
    const struct dm_model *model = use->model;
    return model_schema(model) &&
           (!use->index.len || model->described || model_find_index(model, use->index));
}

enum dm_code schema_use_start(struct schema_use *use, struct dm_error *err)
{
    return known(use) ? proceed(use, err) : learn(use, err);
}

bool schema_use_again(struct schema_use *use, const struct dm_error *why)
{
    struct dm_error err = {0};
    return !use->refreshed && model_key_mismatch(use->model, why) &&
           refresh(use, why, &err) == DM_OK;
}
