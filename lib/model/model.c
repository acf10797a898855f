/* Models: whose key schema is learnt once and shared by all who wait for it. */
#include "model/model.h"

#include "base/error.h"
#include "base/str.h"
#include "store/dynamodb/fault.h"

enum {
    DESCRIBE_MAX_MS = 10000,
    DESCRIBE_ARENA_MAX = 4 * 1024 * 1024,
    NAMES_MAX = 4096,
    DOUBT_MS = 5000
};

void model_init(struct dm_model *model, const struct model_config *config,
                struct dm_loop *loop, struct dm_store *store)
{
    *model = (struct dm_model){.config = config, .loop = loop, .store = store};
    model->schema_given = model_config_schema(config, &model->schema);
    model->schema_known = model->schema_given;
    arena_init(&model->schema_names, NAMES_MAX);
    arena_init(&model->describe_arena, DESCRIBE_ARENA_MAX);
}

void model_done(struct dm_model *model)
{
    store_cancel(model->describe);
    arena_done(&model->describe_arena);
    arena_done(&model->schema_names);
}

const struct key_schema *model_schema(const struct dm_model *model)
{
    return model->schema_known ? &model->schema : NULL;
}

void model_forget_schema(struct dm_model *model)
{
    model->schema_known = model->schema_given;
}

bool model_key_mismatch(const struct dm_model *model, const struct dm_error *err)
{
    return !model->schema_given && fault_is_key_mismatch(err);
}

bool model_doubts_schema(struct dm_model *model)
{
    int64_t now_ms = loop_now_ms(model->loop);
    if (model->schema_given ||
        (model->doubted_ms && now_ms < model->doubted_ms + DOUBT_MS))
        return false;
    model->doubted_ms = now_ms;
    return true;
}

enum dm_code model_no_table(const struct dm_model *model, struct dm_error *err)
{
    struct dm_error upstream = *err;
    error_set(err, DM_E_TABLE_NOT_FOUND, "the table of model \"%s\" does not exist",
              model->config->name.ptr);
    memcpy(err->upstream_type, upstream.upstream_type, sizeof err->upstream_type);
    memcpy(err->upstream_request_id, upstream.upstream_request_id,
           sizeof err->upstream_request_id);
    return DM_E_TABLE_NOT_FOUND;
}

void schema_unwait(struct schema_waiter *waiter)
{
    if (!waiter->link)
        return;
    *waiter->link = waiter->next;
    if (waiter->next)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
}

static void wait_for_schema(struct dm_model *model, struct schema_waiter *waiter)
{
    waiter->next = model->waiters;
    waiter->link = &model->waiters;
    if (waiter->next)
        waiter->next->link = &waiter->next;
    model->waiters = waiter;
}

/* The names outlive the reply. */
static enum dm_code keep_schema(struct dm_model *model, const struct key_schema *schema,
                                struct dm_error *err)
{
    struct arena names;
    arena_init(&names, NAMES_MAX);
    struct key_schema kept = *schema;
    kept.hash.name = arena_str(&names, schema->hash.name);
    if (schema->range.name.len)
        kept.range.name = arena_str(&names, schema->range.name);
    if (!kept.hash.name.ptr || (schema->range.name.len && !kept.range.name.ptr)) {
        arena_done(&names);
        return error_nomem(err);
    }
    arena_done(&model->schema_names);
    model->schema_names = names;
    model->schema = kept;
    model->schema_known = true;
    return DM_OK;
}

/* The file may name the keys and leave their types to the table; then the names must
 * agree. */
static enum dm_code check_names(const struct dm_model *model,
                                const struct key_schema *schema, struct dm_error *err)
{
    const struct model_config *config = model->config;
    bool same =
        !config->hash_key.len || (str_equal(config->hash_key, schema->hash.name) &&
                                  str_equal(config->range_key, schema->range.name));
    if (same)
        return DM_OK;
    return error_set(err, DM_E_VALIDATION,
                     "the model's configured keys are not those of its table");
}

static enum dm_code settle(struct dm_model *model, enum dm_code code,
                           const struct store_result *result, struct dm_error *err)
{
    if (code == DM_E_TABLE_NOT_FOUND)
        return model_no_table(model, err);
    if (code)
        return code;
    DM_TRY(check_names(model, &result->schema, err));
    return keep_schema(model, &result->schema, err);
}

/* One waiter's callback may free others: each is unlinked before it is called. */
static void on_described(enum dm_code code, const struct store_result *result,
                         const struct dm_error *err, void *ctx)
{
    struct dm_model *model = ctx;
    struct dm_error outcome = code ? *err : (struct dm_error){0};
    model->describe = NULL;
    code = settle(model, code, result, &outcome);
    arena_done(&model->describe_arena);

    struct schema_waiter *waiting = model->waiters;
    model->waiters = NULL;
    if (waiting)
        waiting->link = &waiting;
    while (waiting) {
        struct schema_waiter *waiter = waiting;
        schema_unwait(waiter);
        waiter->done(code, &outcome, waiter->ctx);
    }
}

enum dm_code model_learn_schema(struct dm_model *model, struct schema_waiter *waiter,
                                struct dm_error *err)
{
    if (!model->describe) {
        struct store_describe request = {
            .table = model->config->table_name,
            .base = {loop_now_ms(model->loop) + DESCRIBE_MAX_MS, &model->describe_arena},
        };
        arena_done(&model->describe_arena);
        DM_TRY(model->store->ops->describe(model->store, &request, on_described, model,
                                           &model->describe, err));
    }
    wait_for_schema(model, waiter);
    return DM_OK;
}
