/* get_or_404 and first_or_404: one item, through the model's key schema and store. */
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "model/app_internal.h"
#include "value/item.h"

/* Lives in its item's arena: whoever gets the item frees the call with it. */
struct read_call {
    struct dm_call call;
    struct dm_app *app;
    struct dm_model *model;
    struct dm_item *item;
    struct dm_get get; /* its texts are in the arena */
    struct projection projection;
    struct key key;
    struct key_schema schema; /* that the key was parsed by; its names are in the arena */
    bool schema_refreshed;
    bool joined; /* a DescribeTable that another call had sent */
    int64_t deadline_ms;
    struct loop_timer deadline; /* while it waits for the schema; the store has its own */
    struct schema_waiter waiter;
    struct store_call *upstream;
    struct dm_error error; /* why the schema is read again */
    dm_item_fn done;
    void *ctx;
};

static void stop(struct read_call *read)
{
    loop_timer_stop(&read->deadline);
    schema_unwait(&read->waiter);
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

static void succeed(struct read_call *read, const struct dm_value *item)
{
    stop(read);
    read->item->value = *item;
    read->done(DM_OK, read->item, NULL, read->ctx);
}

static void fail(struct read_call *read, const struct dm_error *err)
{
    struct dm_item *item = read->item;
    stop(read);
    read->done(err->code, NULL, err, read->ctx);
    dm_item_free(item);
}

/* What the store knows as a table, the caller knows as a model. */
static void fail_store(struct read_call *read, const struct dm_error *err)
{
    struct dm_error named = *err;
    if (err->code == DM_E_TABLE_NOT_FOUND) {
        model_forget_schema(read->model);
        model_no_table(read->model, &named);
    }
    fail(read, &named);
}

/* --- get_or_404 --- */

static enum dm_code send_get(struct read_call *read, struct dm_error *err);
static enum dm_code learn_schema(struct read_call *read, struct dm_error *err);

static void on_schema(enum dm_code code, const struct dm_error *err, void *ctx)
{
    struct read_call *read = ctx;
    struct dm_error failure = {0};
    loop_timer_stop(&read->deadline);
    if (code == DM_E_TIMEOUT && read->joined && learn_schema(read, &failure) == DM_OK)
        return; /* the time was over of whoever asked first, not of this call */
    if (code)
        fail(read,
             read->schema_refreshed && code != DM_E_TABLE_NOT_FOUND ? &read->error : err);
    else if (read->schema_refreshed &&
             key_schema_equal(&read->schema, model_schema(read->model)))
        fail(read, &read->error);
    else if (send_get(read, &failure))
        fail(read, &failure);
}

static void on_deadline(void *ctx)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_TIMEOUT,
              "the deadline passed before DynamoDB described the table");
    fail(ctx, &err);
}

static enum dm_code learn_schema(struct read_call *read, struct dm_error *err)
{
    int64_t left_ms = read->deadline_ms - loop_now_ms(read->app->loop);
    read->joined = read->model->describe != NULL;
    read->waiter.done = on_schema;
    read->waiter.ctx = read;
    DM_TRY(loop_timer_set(read->app->loop, &read->deadline, left_ms, on_deadline, read,
                          err));
    return model_learn_schema(read->model, &read->waiter, err);
}

/* The table may have been made anew, with other keys: `why` stands only if it was not. */
static enum dm_code refresh_schema(struct read_call *read, const struct dm_error *why,
                                   struct dm_error *err)
{
    read->schema_refreshed = true;
    read->error = *why;
    return learn_schema(read, err);
}

static bool may_refresh(const struct read_call *read, const struct dm_error *err)
{
    return !read->schema_refreshed && model_key_mismatch(read->model, err);
}

static void on_got(enum dm_code code, const struct store_result *result,
                   const struct dm_error *err, void *ctx)
{
    struct read_call *read = ctx;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    read->upstream = NULL;
    if (code == DM_OK && result->item) {
        succeed(read, result->item);
    } else if (code == DM_OK) {
        model_not_found(read->model, read->get.hash_key, read->get.range_key,
                        read->get.message, &failure);
        fail(read, &failure);
    } else if (!may_refresh(read, err) || refresh_schema(read, err, &failure)) {
        fail_store(read, &failure);
    }
}

/* The model may forget its schema while this call goes on. */
static enum dm_code take_schema(struct read_call *read, struct dm_error *err)
{
    struct arena *arena = &read->item->arena;
    read->schema = *model_schema(read->model);
    read->schema.hash.name = arena_str(arena, read->schema.hash.name);
    read->schema.range.name = arena_str(arena, read->schema.range.name);
    if (!read->schema.hash.name.ptr || !read->schema.range.name.ptr)
        return error_nomem(err);
    return DM_OK;
}

static enum dm_code take_key(struct read_call *read, struct dm_error *err)
{
    DM_TRY(take_schema(read, err));
    return key_parse(&read->schema, read->get.hash_key, read->get.range_key,
                     &read->item->arena, &read->key, err);
}

static struct store_get store_request(const struct read_call *read)
{
    return (struct store_get){
        .base = {read->deadline_ms, &read->item->arena},
        .table = read->model->config->table_name,
        .key = &read->key,
        .projection = &read->projection,
        .consistent = read->get.consistent_read,
    };
}

static enum dm_code send_get(struct read_call *read, struct dm_error *err)
{
    struct dm_error why = {0};
    enum dm_code code = take_key(read, &why);
    if (code == DM_E_INVALID_KEY && !read->schema_refreshed &&
        model_doubts_schema(read->model))
        return refresh_schema(read, &why, err);
    if (code && err)
        *err = why;
    if (code)
        return code;

    struct store_get request = store_request(read);
    struct dm_store *store = read->model->store;
    return store->ops->get(store, &request, on_got, read, &read->upstream, err);
}

static enum dm_code start_get(struct read_call *read, struct dm_error *err)
{
    if (model_schema(read->model))
        return send_get(read, err);
    return learn_schema(read, err);
}

/* --- first_or_404 --- */

static enum dm_code send_scan(struct read_call *read, const struct dm_value *after,
                              struct dm_error *err);

static void on_scanned(enum dm_code code, const struct store_result *result,
                       const struct dm_error *err, void *ctx)
{
    struct read_call *read = ctx;
    struct dm_error failure = {0};
    read->upstream = NULL;
    if (code) {
        fail_store(read, err);
    } else if (result->item_count) {
        succeed(read, &result->items[0]);
    } else if (!result->last) {
        model_not_found(read->model, read->get.hash_key, read->get.range_key,
                        read->get.message, &failure);
        fail(read, &failure);
    } else if (send_scan(read, result->last, &failure)) {
        fail(read, &failure);
    }
}

static enum dm_code send_scan(struct read_call *read, const struct dm_value *after,
                              struct dm_error *err)
{
    struct store_scan request = {
        .base = {read->deadline_ms, &read->item->arena},
        .table = read->model->config->table_name,
        .projection = &read->projection,
        .consistent = read->get.consistent_read,
        .limit = 1,
        .after = after,
    };
    struct dm_store *store = read->model->store;
    return store->ops->scan(store, &request, on_scanned, read, &read->upstream, err);
}

static enum dm_code start_first(struct read_call *read, struct dm_error *err)
{
    if (read->get.hash_key.len || read->get.range_key.len)
        return error_set(err, DM_E_INVALID, "the first item is asked for without keys");
    return send_scan(read, NULL, err);
}

/* --- both --- */

static enum dm_code copy_text(struct arena *arena, struct dm_str *text,
                              struct dm_error *err)
{
    if (!text->ptr)
        return DM_OK;
    *text = arena_str(arena, *text);
    return text->ptr ? DM_OK : error_nomem(err);
}

static enum dm_code take_request(struct read_call *read, const struct dm_get *get,
                                 struct dm_error *err)
{
    struct arena *arena = &read->item->arena;
    read->get = *get;
    if (get->message.len > MESSAGE_MAX || !utf8_valid(get->message))
        return error_set(err, DM_E_INVALID, "message: expected at most %d bytes of UTF-8",
                         MESSAGE_MAX);
    DM_TRY(copy_text(arena, &read->get.hash_key, err));
    DM_TRY(copy_text(arena, &read->get.range_key, err));
    DM_TRY(copy_text(arena, &read->get.attributes_to_get, err));
    DM_TRY(copy_text(arena, &read->get.message, err));
    if (read->get.attributes_to_get.len)
        return projection_parse(read->get.attributes_to_get, arena, &read->projection,
                                err);
    return DM_OK;
}

static enum dm_code find_readable(struct dm_app *app, const char *name,
                                  struct dm_model **ret_model, struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_model(app, dm_str(name), &model, err));
    if (!model->config->allow_read)
        return error_set(err, DM_E_FORBIDDEN, "model \"%s\" does not allow reading",
                         name);
    *ret_model = model;
    return DM_OK;
}

/* A call that has not begun: freeing its item is all that it needs. */
static enum dm_code prepare(struct dm_app *app, const char *name,
                            const struct dm_get *get, struct read_call **ret_read,
                            struct dm_error *err)
{
    struct dm_model *model = NULL;
    DM_TRY(find_readable(app, name, &model, err));
    DM_AUTO(dm_item) *item = item_new();
    struct read_call *read = item ? arena_new(&item->arena, sizeof *read) : NULL;
    if (!read)
        return error_nomem(err);
    read->call.free = free_call;
    read->app = app;
    read->model = model;
    read->item = item;
    read->deadline_ms = app_deadline(app, get->timeout_ms);
    DM_TRY(take_request(read, get, err));
    (void)DM_TAKE(item);
    *ret_read = read;
    return DM_OK;
}

typedef enum dm_code (*start_fn)(struct read_call *read, struct dm_error *err);

/* Takes the prepared call, whatever happens. */
static enum dm_code begin(struct read_call *read, start_fn start, dm_item_fn done,
                          void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    read->done = done;
    read->ctx = ctx;
    enum dm_code code = start(read, err);
    if (code) {
        free_call(&read->call);
        return code;
    }
    call_add(&read->app->calls, &read->call);
    if (ret_call)
        *ret_call = &read->call;
    return DM_OK;
}

static bool is_at_hand(const struct read_call *read)
{
    return read->model->store->ops->get_now && model_schema(read->model);
}

static enum dm_code get_now(struct read_call *read, struct dm_error *err)
{
    DM_TRY(take_key(read, err));
    struct store_get request = store_request(read);
    struct store_result result = {0};
    struct dm_store *store = read->model->store;
    enum dm_code code = store->ops->get_now(store, &request, &result, err);
    if (code == DM_E_TABLE_NOT_FOUND)
        return model_no_table(read->model, err);
    if (code)
        return code;
    if (!result.item)
        return model_not_found(read->model, read->get.hash_key, read->get.range_key,
                               read->get.message, err);
    read->item->value = *result.item;
    return DM_OK;
}

enum dm_code app_get(struct dm_app *app, const char *model, const struct dm_get *get,
                     dm_item_fn done, void *ctx, struct dm_call **ret_call,
                     struct dm_item **ret_item, struct dm_error *err)
{
    struct read_call *read = NULL;
    DM_TRY(prepare(app, model, get, &read, err));
    if (!is_at_hand(read))
        return begin(read, start_get, done, ctx, ret_call, err);
    DM_AUTO(dm_item) *item = read->item;
    DM_TRY(get_now(read, err));
    *ret_item = DM_TAKE(item);
    return DM_OK;
}

enum dm_code dm_get_or_404_async(struct dm_app *app, const char *model,
                                 const struct dm_get *get, dm_item_fn done, void *ctx,
                                 struct dm_call **ret_call, struct dm_error *err)
{
    struct read_call *read = NULL;
    DM_TRY(prepare(app, model, get, &read, err));
    return begin(read, start_get, done, ctx, ret_call, err);
}

enum dm_code dm_first_or_404_async(struct dm_app *app, const char *model,
                                   const struct dm_get *get, dm_item_fn done, void *ctx,
                                   struct dm_call **ret_call, struct dm_error *err)
{
    struct read_call *read = NULL;
    DM_TRY(prepare(app, model, get, &read, err));
    return begin(read, start_first, done, ctx, ret_call, err);
}
