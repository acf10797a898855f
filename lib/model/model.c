/* Models: whose key schema is learnt once and shared by all who wait for it. */
#include "model/model.h"

#include "base/error.h"
#include "base/str.h"
#include "model/secret.h"
#include "store/dynamodb/fault.h"

enum {
    DESCRIBE_MAX_MS = 10000,
    DESCRIBE_ARENA_MAX = 4 * 1024 * 1024,
    LEARNT_MAX = 256 * 1024, /* 25 indexes, 100 names included, each of 255 bytes */
    DOUBT_MS = 5000
};

void model_init(struct dm_model *model, const struct model_config *config,
                struct dm_loop *loop, struct dm_store *store, struct dm_store *upstream)
{
    *model = (struct dm_model){
        .config = config, .loop = loop, .store = store, .upstream = upstream};
    model->schema_given = model_config_schema(config, &model->schema);
    model->schema_known = model->schema_given;
    model->indexes = config->indexes;
    model->index_count = config->index_count;
    arena_init(&model->learnt, LEARNT_MAX);
    arena_init(&model->describe_arena, DESCRIBE_ARENA_MAX);
}

void model_done(struct dm_model *model)
{
    store_cancel(model->describe);
    arena_done(&model->describe_arena);
    arena_done(&model->learnt);
}

const struct key_schema *model_schema(const struct dm_model *model)
{
    return model->schema_known ? &model->schema : NULL;
}

static const struct store_index *find(const struct store_index *indexes, size_t count,
                                      struct dm_str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(indexes[i].name, name))
            return &indexes[i];
    return NULL;
}

const struct store_index *model_find_index(const struct dm_model *model,
                                           struct dm_str name)
{
    return find(model->indexes, model->index_count, name);
}

/* What was learnt stays until it is learnt anew: calls under way may hold it. */
void model_forget_schema(struct dm_model *model)
{
    model->schema_known = model->schema_given;
    model->described = false;
    model->generation++;
    model->indexes = model->config->indexes;
    model->index_count = model->config->index_count;
}

bool model_key_mismatch(const struct dm_model *model, const struct dm_error *err)
{
    return !model->schema_given && fault_is_key_mismatch(err);
}

bool model_doubts(struct dm_model *model, enum dm_code code)
{
    int64_t now_ms = loop_now_ms(model->loop);
    bool learnt = code == DM_E_INDEX_NOT_FOUND ||
                  (code == DM_E_INVALID_KEY && !model->schema_given);
    if (!learnt || (model->doubted_ms && now_ms < model->doubted_ms + DOUBT_MS))
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

/* --- what outlives the reply --- */

static bool copy_key(struct arena *arena, struct key_attribute *key)
{
    key->name = arena_str(arena, key->name);
    return key->name.ptr;
}

static bool copy_schema(struct arena *arena, struct key_schema *schema)
{
    return copy_key(arena, &schema->hash) && copy_key(arena, &schema->range);
}

static bool copy_index(struct arena *arena, struct store_index *index)
{
    struct dm_str *included =
        arena_alloc(arena, (index->included_count + 1) * sizeof *included);
    index->name = arena_str(arena, index->name);
    if (!included || !index->name.ptr || !copy_schema(arena, &index->schema))
        return false;
    for (size_t i = 0; i < index->included_count; i++) {
        included[i] = arena_str(arena, index->included[i]);
        if (!included[i].ptr)
            return false;
    }
    index->included = included;
    return true;
}

/* The file's, and those of the table that the file does not name and that show no hidden
 * attribute by their order. */
static struct store_index *merge_indexes(const struct model_config *config,
                                         const struct store_result *result,
                                         struct arena *arena, size_t *ret_count)
{
    size_t count = config->index_count;
    struct store_index *indexes =
        arena_alloc(arena, (count + result->index_count + 1) * sizeof *indexes);
    if (!indexes)
        return NULL;
    if (count)
        memcpy(indexes, config->indexes, count * sizeof *indexes);
    for (size_t i = 0; i < result->index_count; i++) {
        indexes[count] = result->indexes[i];
        if (find(config->indexes, config->index_count, indexes[count].name) ||
            secret_is_key(config->attributes, &indexes[count].schema))
            continue;
        if (!copy_index(arena, &indexes[count++]))
            return NULL;
    }
    *ret_count = count;
    return indexes;
}

static enum dm_code keep(struct dm_model *model, const struct store_result *result,
                         struct dm_error *err)
{
    struct arena arena;
    size_t count = 0;
    struct key_schema schema = result->schema;
    arena_init(&arena, LEARNT_MAX);
    struct store_index *indexes = merge_indexes(model->config, result, &arena, &count);
    if (!indexes || !copy_schema(&arena, &schema)) {
        arena_done(&arena);
        return error_nomem(err);
    }
    arena_done(&model->learnt);
    model->learnt = arena;
    model->indexes = indexes;
    model->index_count = count;
    if (!model->schema_given)
        model->schema = schema;
    model->schema_known = model->described = true;
    model->generation++;
    return DM_OK;
}

/* The file may name the keys and leave their types to the table; then the names must
 * agree. */
static enum dm_code check_names(const struct dm_model *model,
                                const struct key_schema *schema, struct dm_error *err)
{
    const struct model_config *config = model->config;
    if (!schema->hash.name.len)
        return error_set(err, DM_E_UPSTREAM, "the table's description has no keys");
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
    if (secret_is_key(model->config->attributes, &result->schema))
        return error_set(err, DM_E_VALIDATION, "the model hides a key of its table");
    DM_TRY(check_names(model, &result->schema, err));
    return keep(model, result, err);
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
            .base = {.deadline_ms = loop_now_ms(model->loop) + DESCRIBE_MAX_MS,
                     .arena = &model->describe_arena},
        };
        arena_done(&model->describe_arena);
        DM_TRY(model->store->ops->describe(model->store, &request, on_described, model,
                                           &model->describe, err));
    }
    wait_for_schema(model, waiter);
    return DM_OK;
}
