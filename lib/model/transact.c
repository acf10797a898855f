/* Transactions: all or nothing, over models of one app. */
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "model/demand.h"
#include "model/document.h"
#include "model/schema_use.h"
#include "model/transact_entry.h"
#include "model/transacted.h"

struct transact_call;

/* A model of which there are entries. */
struct participant {
    struct transact_call *transact;
    struct schema_use use;
    bool ready; /* its entries are made */
};

/* Lives in its result's arena: whoever gets that frees the call with it. */
struct transact_call {
    struct dm_call call;
    struct dm_app *app;
    const struct scope *scope; /* the caller's */
    struct dm_transacted *transacted;
    struct transact_document document;
    struct participant *participants;
    size_t participant_count;
    struct store_base base;
    struct dm_str token;
    struct call_meter meter;
    struct store_call *upstream;
    dm_transacted_fn done;
    void *ctx;
};

static void stop(struct transact_call *transact)
{
    for (size_t i = 0; i < transact->participant_count; i++)
        schema_use_stop(&transact->participants[i].use);
    if (transact->upstream)
        store_cancel(DM_TAKE(transact->upstream));
    call_remove(&transact->call);
}

static void free_call(struct dm_call *call)
{
    struct transact_call *transact = DM_CONTAINER(call, struct transact_call, call);
    stop(transact);
    dm_transacted_free(transact->transacted);
}

/* --- its end --- */

static void fail(const struct dm_error *err, struct transact_call *transact)
{
    struct dm_transacted *transacted = transact->transacted;
    stop(transact);
    transact->done(err->code, NULL, err, transact->ctx);
    dm_transacted_free(transacted);
}

static void on_fail(const struct dm_error *err, void *ctx)
{
    const struct participant *participant = ctx;
    fail(err, participant->transact);
}

static void give(struct transact_call *transact, const struct dm_error *err)
{
    stop(transact);
    transact->done(err ? err->code : DM_OK, transact->transacted, err, transact->ctx);
}

/* --- what the store said --- */

/* An item of which nothing is left is not told from one that is not there: so neither is
 * one that had but hidden attributes to tell. */
static enum dm_code take_item(struct transact_call *transact, size_t index,
                              const struct dm_value *item, struct dm_error *err)
{
    const struct transact_entry *entry = &transact->document.entries[index];
    struct attributes *attributes = entry->model->config->attributes;
    struct dm_items *items = transact->transacted->items;
    struct dm_value *shown = arena_new(&items->arena, sizeof *shown);
    if (!shown)
        return error_nomem(err);
    DM_TRY(hidden_strip(NULL, attributes, item, &items->arena, shown, err));
    if (!shown->as.map.count || hidden_is(&entry->hidden, item))
        return DM_OK;
    DM_TRY(hidden_strip(&entry->hidden, attributes, shown, &items->arena, shown, err));
    items_set(items, index, shown, attributes);
    return DM_OK;
}

static enum dm_code take_items(struct transact_call *transact,
                               const struct store_result *result, struct dm_error *err)
{
    struct dm_items *items = transact->transacted->items;
    if (result->item_count != transact->document.count)
        return error_set(err, DM_E_UPSTREAM,
                         "DynamoDB answered with other items than it was asked for");
    DM_TRY(items_reserve(items, result->item_count, err));
    for (size_t i = 0; i < result->item_count; i++)
        DM_TRY(take_item(transact, i, &result->items[i], err));
    return DM_OK;
}

/* A table that has been made anew, with other keys: learnt, and asked once more. */
static bool doubt(struct transact_call *transact, struct dm_model *model,
                  const struct dm_error *why)
{
    for (size_t i = 0; i < transact->participant_count; i++) {
        struct participant *participant = &transact->participants[i];
        if (model && participant->use.model != model)
            continue;
        if (schema_use_again(&participant->use, why)) {
            participant->ready = false;
            return true;
        }
    }
    return false;
}

/* DynamoDB may say it of one entry, or of all together. */
static bool ask_again(struct transact_call *transact, const struct store_result *result,
                      const struct dm_error *err)
{
    for (size_t i = 0; result && i < result->reason_count; i++) {
        const struct store_reason *reason = &result->reasons[i];
        struct dm_error why = {0};
        error_set(&why, reason->code, "%.*s", STR_ARG(reason->message));
        if (i < transact->document.count &&
            doubt(transact, transact->document.entries[i].model, &why))
            return true;
    }
    return doubt(transact, NULL, err);
}

/* Which of the tables is not there, DynamoDB does not say. */
static void store_failed(struct transact_call *transact, struct dm_error *err)
{
    if (err->code != DM_E_TABLE_NOT_FOUND)
        return;
    for (size_t i = 0; i < transact->participant_count; i++)
        model_forget_schema(transact->participants[i].use.model);
    if (transact->participant_count == 1)
        model_no_table(transact->participants[0].use.model, err);
    else
        snprintf(err->message, sizeof err->message,
                 "the table of one of the models does not exist");
}

static void on_answer(enum dm_code code, const struct store_result *result,
                      const struct dm_error *err, void *ctx)
{
    struct transact_call *transact = ctx;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    transact->upstream = NULL;
    call_meter_answered(&transact->meter, code ? NULL : result);
    if (code && ask_again(transact, result, err))
        return;
    if (code == DM_E_CONFLICT && result &&
        result->reason_count == transact->document.count) {
        transact->transacted->reasons = result->reasons;
        give(transact, &failure);
        return;
    }
    if (code)
        store_failed(transact, &failure);
    else if (transact->document.is_get)
        code = take_items(transact, result, &failure);
    if (code)
        fail(&failure, transact);
    else
        give(transact, NULL);
}

/* --- what the store is asked --- */

static struct dm_store *store_of(const struct transact_call *transact)
{
    return transact->document.entries[0].model->store;
}

static enum dm_code send_get(struct transact_call *transact, struct dm_error *err)
{
    size_t count = transact->document.count;
    struct store_transact_get_entry *entries =
        arena_new(&transact->transacted->arena, count * sizeof *entries);
    if (!entries)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const struct transact_entry *entry = &transact->document.entries[i];
        entries[i] = (struct store_transact_get_entry){entry->model->config->table_name,
                                                       &entry->key, &entry->projection};
    }
    struct dm_store *store = store_of(transact);
    struct store_transact_get request = {transact->base, entries, count};
    request.base.arena = &transact->transacted->items->arena;
    return store->ops->transact_get(store, &request, on_answer, transact,
                                    &transact->upstream, err);
}

static struct store_transact_entry write_of(const struct transact_entry *entry)
{
    struct store_transact_entry write = {.kind = entry->kind,
                                         .table = entry->model->config->table_name,
                                         .key = &entry->key,
                                         .condition = entry->condition};
    if (entry->kind == TRANSACT_PUT)
        write.item = &entry->item;
    if (entry->kind == TRANSACT_UPDATE)
        write.update = &entry->update;
    return write;
}

static enum dm_code send_write(struct transact_call *transact, struct dm_error *err)
{
    size_t count = transact->document.count;
    struct store_transact_entry *entries =
        arena_new(&transact->transacted->arena, count * sizeof *entries);
    if (!entries)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        entries[i] = write_of(&transact->document.entries[i]);
    struct dm_store *store = store_of(transact);
    struct store_transact_write request = {transact->base, entries, count,
                                           transact->token};
    return store->ops->transact_write(store, &request, on_answer, transact,
                                      &transact->upstream, err);
}

static enum dm_code send(struct transact_call *transact, struct dm_error *err)
{
    DM_TRY(transact_check_twins(&transact->document, err));
    transact->meter.writes = !transact->document.is_get;
    call_meter_sent(&transact->meter);
    return transact->document.is_get ? send_get(transact, err)
                                     : send_write(transact, err);
}

static enum dm_code make_entries(struct participant *participant, struct dm_error *err)
{
    const struct transact_document *document = &participant->transact->document;
    const struct schema_use *use = &participant->use;
    struct transact_place place = {
        use->model->config, &use->schema,
        demand_time(loop_clock(use->app->loop), participant->transact->token),
        participant->transact->scope};
    for (size_t i = 0; i < document->count; i++) {
        struct transact_entry *entry = &document->entries[i];
        struct dm_error why = {0};
        if (entry->model != use->model)
            continue;
        if (transact_entry_make(document, entry, &place, use->arena, &why))
            return document_blame(transact_list_name(document), i, &why, err);
    }
    return DM_OK;
}

/* Whoever is the last to be ready sends. */
static enum dm_code on_ready(void *ctx, struct dm_error *err)
{
    struct participant *participant = ctx;
    struct transact_call *transact = participant->transact;
    DM_TRY(make_entries(participant, err));
    participant->ready = true;
    for (size_t i = 0; i < transact->participant_count; i++)
        if (!transact->participants[i].ready)
            return DM_OK;
    return send(transact, err);
}

/* --- its beginning --- */

static struct participant *find_participant(const struct transact_call *transact,
                                            const struct dm_model *model)
{
    for (size_t i = 0; i < transact->participant_count; i++)
        if (transact->participants[i].use.model == model)
            return &transact->participants[i];
    return NULL;
}

static void add_participant(struct transact_call *transact, struct dm_model *model)
{
    struct participant *participant =
        &transact->participants[transact->participant_count++];
    participant->transact = transact;
    participant->use = (struct schema_use){.app = transact->app,
                                           .model = model,
                                           .arena = &transact->transacted->arena,
                                           .deadline_ms = transact->base.deadline_ms,
                                           .ready = on_ready,
                                           .fail = on_fail,
                                           .ctx = participant};
}

/* A check changes nothing, and tells what is there. */
static enum dm_code find_model(struct transact_call *transact,
                               struct transact_entry *entry, struct dm_error *err)
{
    struct dm_app *app = transact->app;
    const struct scope *scope = transact->scope;
    if (transact->document.is_get || entry->kind == TRANSACT_CHECK)
        DM_TRY(app_find_readable(app, entry->model_name, scope, &entry->model, err));
    else
        DM_TRY(app_find_writable(app, entry->model_name, scope, &entry->model, err));
    if (entry->model->upstream != transact->document.entries[0].model->upstream)
        return error_set(err, DM_E_INVALID,
                         "model \"%s\" has a connection of its own: a transaction is of "
                         "models that share one",
                         entry->model->config->name.ptr);
    if (!find_participant(transact, entry->model))
        add_participant(transact, entry->model);
    return DM_OK;
}

static enum dm_code find_models(struct transact_call *transact, struct dm_error *err)
{
    struct transact_document *document = &transact->document;
    transact->participants = arena_new(&transact->transacted->arena,
                                       document->count * sizeof *transact->participants);
    if (!transact->participants)
        return error_nomem(err);
    for (size_t i = 0; i < document->count; i++) {
        struct dm_error why = {0};
        if (find_model(transact, &document->entries[i], &why))
            return document_blame(transact_list_name(document), i, &why, err);
    }
    return DM_OK;
}

static struct transact_call *call_new(struct dm_app *app,
                                      const struct dm_transaction *transaction,
                                      const struct call_context *context)
{
    struct dm_transacted *transacted = transacted_new();
    if (transacted)
        arena_count_in(&transacted->arena, context->room);
    struct transact_call *transact =
        transacted ? arena_new(&transacted->arena, sizeof *transact) : NULL;
    if (!transact) {
        dm_transacted_free(transacted);
        return NULL;
    }
    transact->call.free = free_call;
    transact->app = app;
    transact->scope = context->scope;
    transact->transacted = transacted;
    transact->document.format = transaction->format;
    transact->base = (struct store_base){app_deadline(app, transaction->timeout_ms),
                                         &transacted->arena, context->traceparent};
    transact->token = transaction->token;
    transact->meter = (struct call_meter){context->cost, loop_clock(app->loop), 0, false};
    return transact;
}

static enum dm_code take(struct transact_call *transact, struct dm_str text,
                         struct dm_error *err)
{
    struct dm_transacted *transacted = transact->transacted;
    struct arena *arena = &transacted->arena;
    DM_TRY(call_copy(arena, &transact->base.traceparent, err));
    DM_TRY(call_copy(arena, &transact->token, err));
    DM_TRY(transact_document_read(text, arena, &transact->document, err));
    transacted->count = transact->document.count;
    transacted->items = transact->document.is_get ? items_new() : NULL;
    if (transact->document.is_get && !transacted->items)
        return error_nomem(err);
    if (transacted->items)
        arena_count_in(&transacted->items->arena, arena->room);
    return find_models(transact, err);
}

static enum dm_code start(struct transact_call *transact, struct dm_str text,
                          struct dm_error *err)
{
    DM_TRY(take(transact, text, err));
    for (size_t i = 0; i < transact->participant_count; i++)
        DM_TRY(schema_use_start(&transact->participants[i].use, err));
    return DM_OK;
}

/* A document that the caller keeps is not copied. */
static enum dm_code begin(struct dm_app *app, const struct dm_transaction *transaction,
                          const struct call_context *context, bool copy,
                          dm_transacted_fn done, void *ctx, struct dm_call **ret_call,
                          struct dm_error *err)
{
    struct dm_str document = transaction->document;
    DM_TRY(document_check_size(document, err));
    DM_TRY(call_check_token(transaction->token, err));
    struct transact_call *transact = call_new(app, transaction, context);
    if (!transact)
        return error_nomem(err);
    transact->done = done;
    transact->ctx = ctx;
    enum dm_code code =
        copy ? call_copy(&transact->transacted->arena, &document, err) : DM_OK;
    if (!code)
        code = start(transact, document, err);
    if (code) {
        free_call(&transact->call);
        return code;
    }
    call_add(&app->calls, &transact->call);
    if (ret_call)
        *ret_call = &transact->call;
    return DM_OK;
}

enum dm_code app_transact(struct dm_app *app, const struct dm_transaction *transaction,
                          const struct call_context *context, dm_transacted_fn done,
                          void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    return begin(app, transaction, context, false, done, ctx, ret_call, err);
}

enum dm_code dm_transact_async(struct dm_app *app,
                               const struct dm_transaction *transaction,
                               dm_transacted_fn done, void *ctx,
                               struct dm_call **ret_call, struct dm_error *err)
{
    return begin(app, transaction, &(struct call_context){0}, true, done, ctx, ret_call,
                 err);
}
