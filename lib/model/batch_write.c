/* batchWrite: many items of one model put and deleted, each by itself. */
#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "model/batch.h"
#include "model/document.h"
#include "model/items.h"
#include "model/key_order.h"
#include "model/secret.h"
#include "model/version.h"
#include "model/written.h"
#include "model/written_key.h"
#include "value/item.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
enum { WRITE_CHUNK_MAX = 25 };

/* An item's JSON, where each character is escaped or each value a NULL. */
enum { ITEM_JSON_MAX = 4 * 1024 * 1024 };

/* What is around an item or a key in a request. */
enum { ENTRY_JSON = sizeof "{\"DeleteRequest\":{\"Item\":}}," };

/* Lives in its result's arena: whoever gets that frees the call with it. The puts are the
 * first entries, the deletes all others. */
struct write_call {
    struct dm_call call;
    struct schema_use use;
    struct batch batch;
    struct dm_written *written;
    enum dm_format format;
    struct dm_str *texts[WRITTEN_KINDS]; /* as the document has them */
    size_t counts[WRITTEN_KINDS];
    struct key *keys; /* here and below: of each entry */
    size_t *sizes;
    bool *is_done;
    struct key_order order;
    dm_written_fn done;
    void *ctx;
};

static void stop(struct write_call *write)
{
    schema_use_stop(&write->use);
    batch_stop(&write->batch);
    call_remove(&write->call);
}

static void free_call(struct dm_call *call)
{
    struct write_call *write = DM_CONTAINER(call, struct write_call, call);
    stop(write);
    dm_written_free(write->written);
}

static void fail(const struct dm_error *err, void *ctx)
{
    struct write_call *write = ctx;
    struct dm_written *written = write->written;
    stop(write);
    write->done(err->code, NULL, err, write->ctx);
    dm_written_free(written);
}

static struct write_call *call_of(struct batch *batch)
{
    return DM_CONTAINER(batch, struct write_call, batch);
}

/* --- what is asked --- */

static const char *const list_names[] = {
    [DM_WRITTEN_PUT] = "put", [DM_WRITTEN_DELETE] = "delete"};

static enum dm_code read_document(struct write_call *write, struct dm_str document,
                                  struct dm_error *err)
{
    static const struct document_member members[] = {
        [DM_WRITTEN_PUT] = {"put", READER_ARRAY},
        [DM_WRITTEN_DELETE] = {"delete", READER_ARRAY}};
    struct dm_str values[WRITTEN_KINDS];
    DM_TRY(document_object(document, members, WRITTEN_KINDS, values, err));
    if (!values[DM_WRITTEN_PUT].ptr && !values[DM_WRITTEN_DELETE].ptr)
        return error_set(err, DM_E_INVALID,
                         "expected {\"put\": [ITEM, …], \"delete\": [KEY, …]}");
    for (size_t i = 0; i < WRITTEN_KINDS; i++)
        DM_TRY(document_array(values[i], &write->written->arena, &write->texts[i],
                              &write->counts[i], err));
    return DM_OK;
}

/* Which list the entry is of, and its place in it. */
static enum dm_written_kind place_of(const struct write_call *write, size_t entry,
                                     size_t *ret_index)
{
    bool is_put = entry < write->counts[DM_WRITTEN_PUT];
    *ret_index = is_put ? entry : entry - write->counts[DM_WRITTEN_PUT];
    return is_put ? DM_WRITTEN_PUT : DM_WRITTEN_DELETE;
}

static struct new_item_place new_item_place(const struct write_call *write)
{
    return (struct new_item_place){write->use.model->config, &write->use.schema,
                                   write->format};
}

static enum dm_code make_item(const struct write_call *write, size_t put,
                              struct arena *arena, struct new_item *ret_item,
                              struct dm_error *err)
{
    struct new_item_place place = new_item_place(write);
    struct dm_value written;
    DM_TRY(secret_check_spared(place.model, err));
    DM_TRY(new_item_read(write->texts[DM_WRITTEN_PUT][put], write->format, arena,
                         &written, err));
    DM_TRY(new_item_make(&place, &written, NULL, arena, ret_item, err));
    DM_TRY(version_add(place.model->attributes, ret_item->version, arena,
                       &ret_item->value, err));
    return new_item_check_size(&ret_item->value, err);
}

static enum dm_code keep_key(const struct key *key, struct arena *arena,
                             struct key *ret_key, struct dm_error *err)
{
    struct key copy = *key;
    DM_TRY(value_copy(&key->hash, arena, &copy.hash, err));
    if (key->range_attribute.name.len)
        DM_TRY(value_copy(&key->range, arena, &copy.range, err));
    *ret_key = copy;
    return DM_OK;
}

static enum dm_code measure(const struct dm_value *item, size_t *ret_size,
                            struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) json;
    buf_init(&json, ITEM_JSON_MAX);
    ddb_json_write_item(item, &json);
    *ret_size = json.len + ENTRY_JSON;
    return buf_check(&json, "item", err);
}

/* All items are looked at before the first is sent; but only their keys are kept, for
 * there may be many. */
static enum dm_code check_put(struct write_call *write, size_t put, struct dm_error *err)
{
    DM_AUTO_DONE(arena) scratch;
    struct new_item item;
    arena_init(&scratch, ITEM_ARENA_MAX);
    DM_TRY(make_item(write, put, &scratch, &item, err));
    DM_TRY(measure(&item.value, &write->sizes[put], err));
    return keep_key(&item.key, write->use.arena, &write->keys[put], err);
}

static enum dm_code check_delete(struct write_call *write, size_t index,
                                 struct dm_error *err)
{
    size_t entry = write->counts[DM_WRITTEN_PUT] + index;
    struct new_item_place place = new_item_place(write);
    write->sizes[entry] = write->texts[DM_WRITTEN_DELETE][index].len + ENTRY_JSON;
    return written_key_read(write->texts[DM_WRITTEN_DELETE][index], &place,
                            write->use.arena, &write->keys[entry], err);
}

static enum dm_code check_entry(struct write_call *write, size_t entry,
                                struct dm_error *err)
{
    size_t index;
    struct dm_error why = {0};
    enum dm_written_kind kind = place_of(write, entry, &index);
    enum dm_code code = kind == DM_WRITTEN_PUT ? check_put(write, index, &why)
                                               : check_delete(write, index, &why);
    return code ? document_blame(list_names[kind], index, &why, err) : DM_OK;
}

/* DynamoDB's order of one key's writes would be anyone's guess. */
static enum dm_code check_twins(struct write_call *write, struct dm_error *err)
{
    size_t first, second, twin = key_order_twin(&write->order);
    if (twin == write->order.count)
        return DM_OK;
    const struct key *const *at = write->order.at + twin;
    enum dm_written_kind one = place_of(write, (size_t)(at[-1] - write->keys), &first);
    enum dm_written_kind other = place_of(write, (size_t)(at[0] - write->keys), &second);
    return error_set(err, DM_E_INVALID_KEY, "%s[%zu] and %s[%zu] have the same key",
                     list_names[one], first, list_names[other], second);
}

static enum dm_code check_all(struct write_call *write, struct dm_error *err)
{
    struct arena *arena = write->use.arena;
    size_t count = write->batch.count;
    write->keys = arena_alloc(arena, (count + 1) * sizeof *write->keys);
    write->sizes = arena_alloc(arena, (count + 1) * sizeof *write->sizes);
    write->is_done = arena_new(arena, (count + 1) * sizeof *write->is_done);
    if (!write->keys || !write->sizes || !write->is_done)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(check_entry(write, i, err));
    DM_TRY(key_order_make(write->keys, count, arena, &write->order, err));
    return check_twins(write, err);
}

static size_t size_of(struct batch *batch, size_t entry)
{
    return call_of(batch)->sizes[entry];
}

static enum dm_code make_request(const struct batch_lane *lane,
                                 struct store_batch_write *request, struct dm_error *err)
{
    const struct write_call *write = call_of(lane->batch);
    struct arena *arena = request->base.arena;
    struct dm_value *puts = arena_alloc(arena, lane->count * sizeof *puts);
    struct key *put_keys = arena_alloc(arena, lane->count * sizeof *put_keys);
    struct key *deletes = arena_alloc(arena, lane->count * sizeof *deletes);
    if (!puts || !put_keys || !deletes)
        return error_nomem(err);
    for (size_t i = 0; i < lane->count; i++) {
        size_t entry = lane->entries[i];
        struct new_item item;
        if (entry >= write->counts[DM_WRITTEN_PUT]) {
            deletes[request->delete_count++] = write->keys[entry];
            continue;
        }
        DM_TRY(make_item(write, entry, arena, &item, err));
        put_keys[request->put_count] = write->keys[entry];
        puts[request->put_count++] = item.value;
    }
    request->puts = puts;
    request->put_keys = put_keys;
    request->deletes = deletes;
    return DM_OK;
}

static enum dm_code send(struct batch_lane *lane, const struct store_base *base,
                         struct dm_error *err)
{
    struct dm_model *model = call_of(lane->batch)->use.model;
    struct store_batch_write request = {.base = *base,
                                        .table = model->config->table_name};
    DM_TRY(make_request(lane, &request, err));
    return model->store->ops->batch_write(model->store, &request, batch_on_answer, lane,
                                          &lane->upstream, err);
}

/* --- what the store said --- */

/* The entry of a key that the lane has sent. */
static enum dm_code find_entry(const struct batch_lane *lane, const struct key *key,
                               size_t *ret_entry, struct dm_error *err)
{
    const struct write_call *write = call_of(lane->batch);
    const struct key *found = key ? key_order_find(&write->order, key) : NULL;
    if (!found || !batch_lane_has(lane, (size_t)(found - write->keys)))
        return error_set(err, DM_E_UPSTREAM,
                         "DynamoDB answered with a key that it was not sent");
    *ret_entry = (size_t)(found - write->keys);
    return DM_OK;
}

static enum dm_code find_left(const struct batch_lane *lane,
                              const struct store_result *result, size_t *left,
                              struct dm_error *err)
{
    const struct write_call *write = call_of(lane->batch);
    for (size_t i = 0; i < result->unprocessed_put_count; i++) {
        struct key key;
        bool is_item =
            key_of_item(&write->use.schema, &result->unprocessed_puts[i], &key);
        DM_TRY(find_entry(lane, is_item ? &key : NULL, left++, err));
    }
    for (size_t i = 0; i < result->unprocessed_key_count; i++)
        DM_TRY(find_entry(lane, &result->unprocessed_keys[i], left++, err));
    return DM_OK;
}

static enum dm_code take(struct batch_lane *lane, const struct store_result *result,
                         struct dm_error *err)
{
    struct write_call *write = call_of(lane->batch);
    size_t left[WRITE_CHUNK_MAX];
    size_t puts = result->unprocessed_put_count, deletes = result->unprocessed_key_count;
    if (puts > lane->count || deletes > lane->count - puts)
        return error_set(err, DM_E_UPSTREAM, "DynamoDB answered with more than was sent");
    DM_TRY(find_left(lane, result, left, err));
    for (size_t i = 0; i < lane->count; i++)
        write->is_done[lane->entries[i]] = true;
    for (size_t i = 0; i < puts + deletes; i++)
        write->is_done[left[i]] = false;
    lane->count = puts + deletes;
    memcpy(lane->entries, left, lane->count * sizeof *left);
    return DM_OK;
}

static void sort_out(struct write_call *write)
{
    for (size_t i = 0; i < WRITTEN_KINDS; i++)
        write->written->lists[i] = (struct written_list){.texts = write->texts[i]};
    for (size_t entry = 0; entry < write->batch.count; entry++) {
        size_t index;
        struct written_list *list =
            &write->written->lists[place_of(write, entry, &index)];
        if (write->is_done[entry])
            list->done_count++;
        else
            list->texts[list->left_count++] = list->texts[index];
    }
}

/* Some is better than none. */
static void end(struct batch *batch)
{
    struct write_call *write = call_of(batch);
    struct dm_error failure = batch->why;
    if (failure.code && !batch->done) {
        fail(&failure, write);
        return;
    }
    sort_out(write);
    write->written->why = failure;
    stop(write);
    write->done(DM_OK, write->written, NULL, write->ctx);
}

/* --- its beginning --- */

static const struct batch_ops write_ops = {.chunk_max = WRITE_CHUNK_MAX,
                                           .writes = true,
                                           .size = size_of,
                                           .send = send,
                                           .take = take,
                                           .end = end};

static enum dm_code ready(void *ctx, struct dm_error *err)
{
    struct write_call *write = ctx;
    DM_TRY(check_all(write, err));
    return batch_start(&write->batch, err);
}

static struct write_call *call_new(struct dm_app *app, struct dm_model *model,
                                   const struct dm_batch *batch,
                                   const struct call_context *context)
{
    struct dm_written *written = written_new();
    if (written)
        arena_count_in(&written->arena, context->room);
    struct write_call *write = written ? arena_new(&written->arena, sizeof *write) : NULL;
    if (!write) {
        dm_written_free(written);
        return NULL;
    }
    write->call.free = free_call;
    write->written = written;
    write->format = batch->format;
    write->use = (struct schema_use){.app = app,
                                     .model = model,
                                     .arena = &written->arena,
                                     .deadline_ms = app_deadline(app, batch->timeout_ms),
                                     .ready = ready,
                                     .fail = fail,
                                     .ctx = write};
    write->batch.ops = &write_ops;
    write->batch.use = &write->use;
    write->batch.traceparent = context->traceparent;
    write->batch.cost = context->cost;
    write->batch.room = context->room;
    return write;
}

static enum dm_code start(struct write_call *write, struct dm_str document,
                          struct dm_error *err)
{
    DM_TRY(call_copy(&write->written->arena, &write->batch.traceparent, err));
    DM_TRY(read_document(write, document, err));
    write->batch.count = write->counts[DM_WRITTEN_PUT] + write->counts[DM_WRITTEN_DELETE];
    return schema_use_start(&write->use, err);
}

/* A batch has no conditions. */
static enum dm_code find_model(struct dm_app *app, struct dm_str name,
                               const struct scope *scope, struct dm_model **ret_model,
                               struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_writable(app, name, scope, &model, err));
    if (model->config->require_if_match) {
        error_set(err, DM_E_FORBIDDEN,
                  "model \"%s\" demands conditions, and a batch has none",
                  model->config->name.ptr);
        error_hint(err, "write the items in a transaction, each with an \"if\"");
        return DM_E_FORBIDDEN;
    }
    *ret_model = model;
    return DM_OK;
}

/* A document that the caller keeps is not copied. */
static enum dm_code begin(struct dm_app *app, struct dm_str name,
                          const struct dm_batch *batch,
                          const struct call_context *context, bool copy,
                          dm_written_fn done, void *ctx, struct dm_call **ret_call,
                          struct dm_error *err)
{
    struct dm_model *model;
    struct dm_str document = batch->document;
    DM_TRY(find_model(app, name, context->scope, &model, err));
    DM_TRY(document_check_size(document, err));
    struct write_call *write = call_new(app, model, batch, context);
    if (!write)
        return error_nomem(err);
    write->done = done;
    write->ctx = ctx;
    enum dm_code code = copy ? call_copy(&write->written->arena, &document, err) : DM_OK;
    if (!code)
        code = start(write, document, err);
    if (code) {
        free_call(&write->call);
        return code;
    }
    call_add(&app->calls, &write->call);
    if (ret_call)
        *ret_call = &write->call;
    return DM_OK;
}

enum dm_code app_batch_write(struct dm_app *app, struct dm_str model,
                             const struct dm_batch *batch,
                             const struct call_context *context, dm_written_fn done,
                             void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    return begin(app, model, batch, context, false, done, ctx, ret_call, err);
}

enum dm_code dm_batch_write_async(struct dm_app *app, const char *model,
                                  const struct dm_batch *batch, dm_written_fn done,
                                  void *ctx, struct dm_call **ret_call,
                                  struct dm_error *err)
{
    return begin(app, dm_str(model), batch, &(struct call_context){0}, true, done, ctx,
                 ret_call, err);
}
