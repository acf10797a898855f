/* batchGet: many items of one model, in the order in which they were asked for. */
#include "base/error.h"
#include "base/str.h"
#include "model/batch.h"
#include "model/document.h"
#include "model/hidden.h"
#include "model/items.h"
#include "model/key_order.h"
#include "model/written_key.h"
#include "value/size.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
enum { GET_CHUNK_MAX = 100 };

/* Of items that one call gives. */
enum { GET_BYTES_MAX = 32 * 1024 * 1024 };

/* Lives in its items' arena: whoever gets the items frees the call with it. */
struct get_call {
    struct dm_call call;
    struct schema_use use;
    struct batch batch;
    struct dm_items *items;
    enum dm_format format;
    struct dm_str *texts; /* of the keys, as the document has them */
    size_t count;
    struct projection asked, projection; /* by the client; of the store */
    struct hidden hidden;
    bool consistent;
    struct attribute key_names[2]; /* that are read to know an item again */
    struct key *keys;              /* as asked for; and once each, from here on: */
    size_t *slots;                 /* of the keys */
    const struct key **slot_keys;
    const struct dm_value **slot_items;
    size_t bytes;
    dm_items_fn done;
    void *ctx;
};

static void stop(struct get_call *get)
{
    schema_use_stop(&get->use);
    batch_stop(&get->batch);
    call_remove(&get->call);
}

static void free_call(struct dm_call *call)
{
    struct get_call *get = DM_CONTAINER(call, struct get_call, call);
    stop(get);
    dm_items_free(get->items);
}

static void fail(const struct dm_error *err, void *ctx)
{
    struct get_call *get = ctx;
    struct dm_items *items = get->items;
    stop(get);
    get->done(err->code, NULL, err, get->ctx);
    dm_items_free(items);
}

static struct get_call *call_of(struct batch *batch)
{
    return DM_CONTAINER(batch, struct get_call, batch);
}

/* --- what is asked --- */

static enum dm_code read_document(struct get_call *get, struct dm_str document,
                                  struct dm_error *err)
{
    static const struct document_member members[] = {
        {"keys", READER_ARRAY},
        {"attributes_to_get", READER_STRING},
        {"consistent_read", READER_BOOL},
    };
    struct dm_str values[DM_COUNT(members)], attributes;
    struct arena *arena = &get->items->arena;
    DM_TRY(document_object(document, members, DM_COUNT(members), values, err));
    if (!values[0].ptr)
        return error_set(err, DM_E_INVALID, "expected {\"keys\": [KEY, …]}");
    DM_TRY(document_string(values[1], arena, &attributes, err));
    if (attributes.len)
        DM_TRY(projection_parse(attributes, arena, &get->asked, err));
    get->consistent = document_is_true(values[2]);
    return document_array(values[0], arena, &get->texts, &get->count, err);
}

static enum dm_code read_keys(struct get_call *get, struct dm_error *err)
{
    get->keys = arena_alloc(get->use.arena, (get->count + 1) * sizeof *get->keys);
    if (!get->keys)
        return error_nomem(err);
    struct new_item_place place = {get->use.model->config, &get->use.schema, get->format};
    for (size_t i = 0; i < get->count; i++) {
        struct dm_error why = {0};
        if (written_key_read(get->texts[i], &place, get->use.arena, &get->keys[i], &why))
            return document_blame("keys", i, &why, err);
    }
    return DM_OK;
}

/* Equal keys share one: what DynamoDB is asked has each once. */
static enum dm_code share_slots(struct get_call *get, struct dm_error *err)
{
    struct arena *arena = get->use.arena;
    struct key_order order;
    size_t used = 0;
    get->slots = arena_alloc(arena, (get->count + 1) * sizeof *get->slots);
    get->slot_keys = arena_alloc(arena, (get->count + 1) * sizeof(const struct key *));
    get->slot_items =
        arena_new(arena, (get->count + 1) * sizeof(const struct dm_value *));
    if (!get->slots || !get->slot_keys || !get->slot_items)
        return error_nomem(err);
    DM_TRY(key_order_make(get->keys, get->count, arena, &order, err));
    for (size_t i = 0; i < order.count; i++) {
        if (!used || key_compare(order.at[i], get->slot_keys[used - 1]))
            get->slot_keys[used++] = order.at[i];
        get->slots[order.at[i] - get->keys] = used - 1;
    }
    get->batch.count = used;
    return DM_OK;
}

/* What is shown of each item, and its key, by which it is known again. */
static enum dm_code make_projection(struct get_call *get, struct dm_error *err)
{
    const struct key_schema *schema = &get->use.schema;
    struct hidden hidden = {.key_count = schema->range.name.len ? 2 : 1};
    get->key_names[0] = (struct attribute){.name = schema->hash.name};
    get->key_names[1] = (struct attribute){.name = schema->range.name};
    for (size_t i = 0; i < hidden.key_count; i++)
        hidden.keys[i] = &get->key_names[i];
    hidden_expired(&hidden, get->use.model->config,
                   clock_wall_ms(loop_clock(get->use.app->loop)) / 1000);
    get->hidden = hidden;
    get->projection = get->asked;
    return hidden_widen(&get->hidden, get->use.model->config->attributes,
                        &get->projection, get->use.arena, err);
}

static enum dm_code send(struct batch_lane *lane, const struct store_base *base,
                         struct dm_error *err)
{
    const struct get_call *get = call_of(lane->batch);
    struct dm_model *model = get->use.model;
    struct key *keys = arena_alloc(base->arena, lane->count * sizeof *keys);
    if (!keys)
        return error_nomem(err);
    for (size_t i = 0; i < lane->count; i++)
        keys[i] = *get->slot_keys[lane->entries[i]];
    struct store_batch_get request = {
        .base = *base,
        .table = model->config->table_name,
        .keys = keys,
        .key_count = lane->count,
        .projection = &get->projection,
        .consistent = get->consistent,
    };
    return model->store->ops->batch_get(model->store, &request, batch_on_answer, lane,
                                        &lane->upstream, err);
}

/* --- what the store said --- */

static enum dm_code stray(struct dm_error *err)
{
    return error_set(err, DM_E_UPSTREAM,
                     "DynamoDB answered with a key that it was not asked for");
}

/* The slot of a key that the lane has asked for. */
static enum dm_code find_slot(const struct batch_lane *lane, const struct key *key,
                              size_t *ret_slot, struct dm_error *err)
{
    const struct get_call *get = call_of(lane->batch);
    struct key_order order = {get->slot_keys, get->batch.count};
    const struct key *found = key_order_find(&order, key);
    if (!found || !batch_lane_has(lane, get->slots[found - get->keys]))
        return stray(err);
    *ret_slot = get->slots[found - get->keys];
    return DM_OK;
}

static enum dm_code count_bytes(struct get_call *get, const struct dm_value *item,
                                struct dm_error *err)
{
    get->bytes += value_item_size(item);
    if (get->bytes <= GET_BYTES_MAX)
        return DM_OK;
    error_set(err, DM_E_INVALID, "the items are more than %d MB together",
              GET_BYTES_MAX / (1024 * 1024));
    error_hint(err, "ask for fewer keys, or for attributes_to_get");
    return DM_E_INVALID;
}

static enum dm_code take_item(struct batch_lane *lane, const struct dm_value *item,
                              struct dm_error *err)
{
    struct get_call *get = call_of(lane->batch);
    struct key key;
    size_t slot;
    if (!key_of_item(&get->use.schema, item, &key))
        return stray(err);
    DM_TRY(find_slot(lane, &key, &slot, err));
    DM_TRY(count_bytes(get, item, err));
    if (hidden_is(&get->hidden, item))
        return DM_OK;
    struct dm_value *shown = arena_new(get->use.arena, sizeof *shown);
    if (!shown)
        return error_nomem(err);
    DM_TRY(hidden_strip(&get->hidden, get->use.model->config->attributes, item,
                        get->use.arena, shown, err));
    get->slot_items[slot] = shown;
    return DM_OK;
}

static enum dm_code take(struct batch_lane *lane, const struct store_result *result,
                         struct dm_error *err)
{
    size_t left[GET_CHUNK_MAX], count = result->unprocessed_key_count;
    for (size_t i = 0; i < result->item_count; i++)
        DM_TRY(take_item(lane, &result->items[i], err));
    if (count > lane->count)
        return stray(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(find_slot(lane, &result->unprocessed_keys[i], &left[i], err));
    memcpy(lane->entries, left, count * sizeof *left);
    lane->count = count;
    return DM_OK;
}

static enum dm_code give(struct get_call *get, struct dm_error *err)
{
    DM_TRY(items_reserve(get->items, get->count, err));
    for (size_t i = 0; i < get->count; i++)
        items_set(get->items, i, get->slot_items[get->slots[i]],
                  get->use.model->config->attributes);
    stop(get);
    get->done(DM_OK, get->items, NULL, get->ctx);
    return DM_OK;
}

static void end(struct batch *batch)
{
    struct get_call *get = call_of(batch);
    struct dm_error failure = batch->why;
    if (failure.code || give(get, &failure))
        fail(&failure, get);
}

/* --- its beginning --- */

static const struct batch_ops get_ops = {
    .chunk_max = GET_CHUNK_MAX, .whole = true, .send = send, .take = take, .end = end};

static enum dm_code ready(void *ctx, struct dm_error *err)
{
    struct get_call *get = ctx;
    get->bytes = 0;
    DM_TRY(read_keys(get, err));
    DM_TRY(share_slots(get, err));
    DM_TRY(make_projection(get, err));
    return batch_start(&get->batch, err);
}

static struct get_call *call_new(struct dm_app *app, struct dm_model *model,
                                 const struct dm_batch *batch,
                                 const struct call_context *context)
{
    struct dm_items *items = items_new();
    if (items)
        arena_count_in(&items->arena, context->room);
    struct get_call *get = items ? arena_new(&items->arena, sizeof *get) : NULL;
    if (!get) {
        dm_items_free(items);
        return NULL;
    }
    get->call.free = free_call;
    get->items = items;
    get->format = batch->format;
    get->use = (struct schema_use){.app = app,
                                   .model = model,
                                   .arena = &items->arena,
                                   .deadline_ms = app_deadline(app, batch->timeout_ms),
                                   .ready = ready,
                                   .fail = fail,
                                   .ctx = get};
    get->batch.ops = &get_ops;
    get->batch.use = &get->use;
    get->batch.traceparent = context->traceparent;
    get->batch.cost = context->cost;
    get->batch.room = context->room;
    get->batch.kept = &items->arena;
    return get;
}

static enum dm_code start(struct get_call *get, struct dm_str document,
                          struct dm_error *err)
{
    DM_TRY(call_copy(&get->items->arena, &get->batch.traceparent, err));
    DM_TRY(read_document(get, document, err));
    return schema_use_start(&get->use, err);
}

/* A document that the caller keeps is not copied. */
static enum dm_code begin(struct dm_app *app, struct dm_str name,
                          const struct dm_batch *batch,
                          const struct call_context *context, bool copy, dm_items_fn done,
                          void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    struct dm_model *model;
    struct dm_str document = batch->document;
    DM_TRY(app_find_readable(app, name, context->scope, &model, err));
    DM_TRY(document_check_size(document, err));
    struct get_call *get = call_new(app, model, batch, context);
    if (!get)
        return error_nomem(err);
    get->done = done;
    get->ctx = ctx;
    enum dm_code code = copy ? call_copy(&get->items->arena, &document, err) : DM_OK;
    if (!code)
        code = start(get, document, err);
    if (code) {
        free_call(&get->call);
        return code;
    }
    call_add(&app->calls, &get->call);
    if (ret_call)
        *ret_call = &get->call;
    return DM_OK;
}

enum dm_code app_batch_get(struct dm_app *app, struct dm_str model,
                           const struct dm_batch *batch,
                           const struct call_context *context, dm_items_fn done,
                           void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    return begin(app, model, batch, context, false, done, ctx, ret_call, err);
}

enum dm_code dm_batch_get_async(struct dm_app *app, const char *model,
                                const struct dm_batch *batch, dm_items_fn done, void *ctx,
                                struct dm_call **ret_call, struct dm_error *err)
{
    return begin(app, dm_str(model), batch, &(struct call_context){0}, true, done, ctx,
                 ret_call, err);
}
