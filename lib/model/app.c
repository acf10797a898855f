/* An app at work: its connections and its models, on one loop. */
#include "model/app.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "base/str.h"
#include "model/app_internal.h"
#include "store/cache/cached.h"
#include "store/coalesce/coalesce.h"
#include "store/dynamodb/dynamodb.h"
#include "store/dynamodb/fault.h"
#include "value/quote.h"

/* --- making it --- */

static enum dm_code open_embedded(struct dm_app *app,
                                  const struct dynamodb_config *config,
                                  struct dm_store **ret_store, struct dm_error *err)
{
    DM_AUTO(sqlite_file) *file = NULL;
    DM_TRY(embedded_open(app->config, config, &file, err));
    return sqlite_new(file, app->loop, ret_store, err);
}

/* Of the read timeout: 100 ms of its default, when DynamoDB takes ten at most. */
enum { SLOW_PART = 50 };

/* Takes its place before the store of DynamoDB. */
static enum dm_code coalesce(struct dm_app *app, const struct dynamodb_config *config,
                             struct upstream *upstream, struct dm_error *err)
{
    const struct client_options *client = &config->client;
    struct coalesce_options options = {
        .width = config->batch_width,
        .max_queue = client_max_queue(client),
        .base_backoff_ms = client->base_backoff_ms,
        .slow_ms = client->read_timeout_ms / SLOW_PART + 1,
    };
    struct dm_store *store;
    if (!options.width)
        return DM_OK;
    DM_TRY(coalesce_new(upstream->store, app->loop, &options, &store, err));
    upstream->inner = upstream->store;
    upstream->store = store;
    return DM_OK;
}

static enum dm_code add_upstream(struct dm_app *app,
                                 const struct environment *environment,
                                 const struct dynamodb_config *config,
                                 struct upstream **ret_upstream, struct dm_error *err)
{
    struct upstream *upstream = &app->upstreams[app->upstream_count++];
    if (config->embedded.len) {
        DM_TRY(open_embedded(app, config, &upstream->store, err));
    } else {
        DM_TRY(
            client_new(app->loop, environment, &config->client, &upstream->client, err));
        DM_TRY(dynamodb_new(upstream->client, &upstream->store, err));
        DM_TRY(coalesce(app, config, upstream, err));
    }
    if (app->config->cache)
        DM_TRY(cached_new(app->config->cache, NULL, upstream->store, app->loop,
                          &upstream->heeding, err));
    *ret_upstream = upstream;
    return DM_OK;
}

/* The model's own way to the upstream. */
static enum dm_code find_store(struct dm_app *app, const struct model_config *model,
                               const struct upstream *upstream,
                               struct dm_store **ret_store, struct dm_error *err)
{
    if (!model->space) {
        *ret_store = upstream->heeding ? upstream->heeding : upstream->store;
        return DM_OK;
    }
    struct dm_store **cached = &app->cached[app->cached_count];
    DM_TRY(cached_new(app->config->cache, model->space, upstream->store, app->loop,
                      cached, err));
    app->cached_count++;
    *ret_store = *cached;
    return DM_OK;
}

static size_t count_upstreams(const struct app_config *config)
{
    size_t count = 1;
    for (size_t i = 0; i < config->model_count; i++)
        count += config->models[i].has_own_dynamodb;
    return count;
}

/* Names are the file's own: no key is needed against those who choose them. */
static uint64_t hash_name(struct dm_str name)
{
    static const struct siphash_key no_key = {0, 0};
    return siphash(&no_key, name);
}

static enum dm_code make_models(struct dm_app *app, const struct environment *environment,
                                struct upstream *shared, struct dm_error *err)
{
    const struct app_config *config = app->config;
    app->models = mem_new(config->model_count * sizeof *app->models);
    app->cached = mem_new(config->model_count * sizeof(struct dm_store *));
    if (!app->models || !app->cached)
        return error_nomem(err);
    for (; app->model_count < config->model_count; app->model_count++) {
        const struct model_config *model = &config->models[app->model_count];
        struct upstream *upstream = shared;
        struct dm_store *store;
        if (model->has_own_dynamodb)
            DM_TRY(add_upstream(app, environment, &model->dynamodb, &upstream, err));
        DM_TRY(find_store(app, model, upstream, &store, err));
        struct dm_model *made = &app->models[app->model_count];
        model_init(made, model, app->loop, store, upstream->store);
        if (!hash_map_add(&app->by_name, &made->by_name, hash_name(model->name)))
            return error_nomem(err);
    }
    return DM_OK;
}

enum dm_code app_new(struct app_config *config, struct dm_loop *loop,
                     const struct environment *environment, struct dm_app **ret_app,
                     struct dm_error *err)
{
    DM_AUTO(dm_app) *app = mem_new(sizeof *app);
    if (!app)
        return error_nomem(err);
    app->config = app_config_ref(config);
    app->loop = loop;
    app->connection.app = app;
    app->upstreams = mem_new(count_upstreams(config) * sizeof *app->upstreams);
    if (!app->upstreams)
        return error_nomem(err);

    struct upstream *shared;
    DM_TRY(add_upstream(app, environment, &config->dynamodb, &shared, err));
    DM_TRY(make_models(app, environment, shared, err));
    *ret_app = DM_TAKE(app);
    return DM_OK;
}

enum dm_code dm_app_open_on(const char *path, struct dm_loop *loop,
                            struct dm_app **ret_app, struct dm_error *err)
{
    DM_AUTO(app_config) *config = NULL;
    DM_TRY(app_config_load(path, environment_process(), &config, err));
    return app_new(config, loop, environment_process(), ret_app, err);
}

enum dm_code dm_app_open(const char *path, struct dm_app **ret_app, struct dm_error *err)
{
    DM_AUTO(dm_loop) *loop = NULL;
    DM_TRY(dm_loop_new(&loop, err));
    struct dm_app *app;
    DM_TRY(dm_app_open_on(path, loop, &app, err));
    app->own_loop = DM_TAKE(loop);
    *ret_app = app;
    return DM_OK;
}

/* Calls first: they hold on to models and connections. */
void dm_app_free(struct dm_app *app)
{
    if (!app)
        return;
    while (app->calls)
        app->calls->free(app->calls);
    for (size_t i = 0; i < app->model_count; i++)
        model_done(&app->models[i]);
    for (size_t i = 0; i < app->cached_count; i++)
        store_free(app->cached[i]);
    for (size_t i = 0; i < app->upstream_count; i++) {
        store_free(app->upstreams[i].heeding);
        store_free(app->upstreams[i].store);
        store_free(app->upstreams[i].inner);
        client_free(app->upstreams[i].client);
    }
    etag_maker_free(app->etags);
    mem_free(app->cached);
    hash_map_done(&app->by_name);
    mem_free(app->models);
    mem_free(app->upstreams);
    app_config_unref(app->config);
    dm_loop_free(app->own_loop);
    mem_free(app);
}

/* --- asking it --- */

const struct limits *app_limits(const struct dm_app *app)
{
    return &app->config->limits;
}

const char *dm_app_name(const struct dm_app *app)
{
    return app->config->name.ptr;
}

const struct auth_config *app_auth(const struct dm_app *app)
{
    return &app->config->auth;
}

size_t dm_app_model_count(const struct dm_app *app)
{
    return app->model_count;
}

const char *dm_app_model_name(const struct dm_app *app, size_t index)
{
    return index < app->model_count ? app->models[index].config->name.ptr : NULL;
}

struct dm_connection *dm_app_connection(struct dm_app *app)
{
    return &app->connection;
}

struct dm_model *app_model(const struct dm_app *app, struct dm_str name)
{
    struct hash_node *node = hash_map_first(&app->by_name, hash_name(name));
    for (; node; node = hash_map_next(node)) {
        struct dm_model *model = DM_CONTAINER(node, struct dm_model, by_name);
        if (str_equal(model->config->name, name))
            return model;
    }
    return NULL;
}

/* Of models that are not for the caller nobody says which there are. */
enum dm_code app_find_model(struct dm_app *app, struct dm_str name,
                            const struct scope *scope, struct dm_model **ret_model,
                            struct dm_error *err)
{
    if (!scope_has_model(scope, name))
        return error_set(err, DM_E_FORBIDDEN, "model \"%s\" is not for this caller",
                         quote(name).text);
    struct dm_model *found = app_model(app, name);
    if (!found)
        return error_set(err, DM_E_MODEL_NOT_FOUND, "app \"%s\" has no model \"%s\"",
                         dm_app_name(app), quote(name).text);
    *ret_model = found;
    return DM_OK;
}

enum dm_code app_find_readable(struct dm_app *app, struct dm_str name,
                               const struct scope *scope, struct dm_model **ret_model,
                               struct dm_error *err)
{
    struct dm_model *model = NULL;
    DM_TRY(app_find_model(app, name, scope, &model, err));
    if (!scope_reads(scope))
        return error_set(err, DM_E_FORBIDDEN, "this caller may not read");
    if (!model->config->allow_read)
        return error_set(err, DM_E_FORBIDDEN, "model \"%s\" does not allow reading",
                         model->config->name.ptr);
    *ret_model = model;
    return DM_OK;
}

enum dm_code app_find_writable(struct dm_app *app, struct dm_str name,
                               const struct scope *scope, struct dm_model **ret_model,
                               struct dm_error *err)
{
    struct dm_model *model = NULL;
    DM_TRY(app_find_model(app, name, scope, &model, err));
    if (!scope_writes(scope))
        return error_set(err, DM_E_FORBIDDEN, "this caller may not write");
    if (!model->config->allow_write)
        return error_set(err, DM_E_FORBIDDEN, "model \"%s\" does not allow writing",
                         model->config->name.ptr);
    *ret_model = model;
    return DM_OK;
}

enum dm_code app_model_config(struct dm_app *app, struct dm_str name,
                              const struct model_config **ret_config,
                              struct dm_error *err)
{
    struct dm_model *model = NULL;
    DM_TRY(app_find_model(app, name, NULL, &model, err));
    *ret_config = model->config;
    return DM_OK;
}

void app_store_failed(struct dm_model *model, struct dm_error *err)
{
    if (fault_is_item_size(err))
        err->code = DM_E_TOO_LARGE;
    if (err->code != DM_E_TABLE_NOT_FOUND)
        return;
    model_forget_schema(model);
    model_no_table(model, err);
}

enum dm_code app_wait(struct dm_app *app, const bool *done, struct dm_error *err)
{
    while (!*done)
        DM_TRY(dm_loop_turn(app->loop, -1, err));
    return DM_OK;
}
