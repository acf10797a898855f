/* Writing one item. */
#include "model/write_internal.h"

#include <stdio.h>
#include <sys/random.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "model/hidden.h"
#include "model/new_item.h"
#include "model/request_key.h"

/* Of a write that reads first: how often what it read may have changed when it writes. */
enum { ATTEMPTS_MAX = 8, AGAIN_BASE_MS = 4 };

static enum dm_code attempt(struct write_call *write, struct dm_error *err);

/* --- its end --- */

static void free_call(struct dm_call *call)
{
    struct write_call *write = DM_CONTAINER(call, struct write_call, call);
    schema_use_stop(&write->use);
    loop_timer_stop(&write->again);
    if (write->upstream)
        store_cancel(DM_TAKE(write->upstream));
    call_remove(&write->call);
    dm_outcome_free(write->outcome);
    arena_done(&write->arena);
    mem_free(write);
}

/* err may be the call's own. */
static void end(struct write_call *write, enum dm_code code, const struct dm_error *err)
{
    bool tells = code == DM_OK || code == DM_E_CONDITION || code == DM_E_EXISTS;
    struct dm_outcome *outcome = tells ? DM_TAKE(write->outcome) : NULL;
    struct dm_error why = code ? *err : (struct dm_error){0};
    dm_outcome_fn done = write->done;
    void *ctx = write->ctx;
    free_call(&write->call);
    done(code, outcome, code ? &why : NULL, ctx);
}

static void fail(const struct dm_error *err, void *ctx)
{
    struct write_call *write = ctx;
    struct dm_error why = *err;
    bool is_unknown = why.code == DM_E_UPSTREAM || why.code == DM_E_TIMEOUT;
    if (write->once && is_unknown && !why.hint[0])
        error_hint(&why, "it may have been done: read the item before you send it again");
    end(write, why.code, &why);
}

/* The item that the outcome tells, which is in its arena; NULL: there is none. What there
 * is no memory to show is not told. */
static void tell(struct write_call *write, const struct dm_value *item)
{
    struct dm_outcome *outcome = write->outcome;
    struct dm_error ignored;
    outcome->has_item = item && hidden_strip(NULL, write_model(write)->attributes, item,
                                             write_arena(write), &outcome->item->value,
                                             &ignored) == DM_OK;
}

static const struct dm_value *if_readable(const struct write_call *write,
                                          const struct dm_value *item)
{
    return write_may_tell(write) ? item : NULL;
}

/* --- refusing it --- */

static bool is_expired(const struct write_call *write, const struct dm_value *item)
{
    const struct model_config *model = write_model(write);
    return item && model->hide_expired &&
           attributes_expired(model->attributes, item, write->now_s);
}

/* Because of what stands there, hidden or not, in the attempt's arena; NULL: nothing. */
static enum dm_code refuse(struct write_call *write, const struct dm_value *present,
                           struct dm_error *err)
{
    if (is_expired(write, present))
        present = NULL;
    tell(write, if_readable(write, present));
    if (write->creates)
        return error_set(err, DM_E_EXISTS, "the item is there already");
    if (!present && write->misses && !write->asked_guard.if_match.len)
        return model_not_found(write->use.model, write->key_texts[0], write->key_texts[1],
                               write->message, err);
    return error_set(err, DM_E_CONDITION,
                     present ? "the item is not as the request demands"
                             : "there is no item as the request demands");
}

static void on_again(void *ctx)
{
    struct write_call *write = ctx;
    struct dm_error err = {0};
    if (attempt(write, &err))
        fail(&err, write);
}

static enum dm_code go_again(struct write_call *write, struct dm_error *err)
{
    int64_t delay_ms;
    unsigned cost;
    write->attempts++;
    if (!retry_next(&write->policy, write->attempts, false, -1, &delay_ms, &cost))
        return error_set(err, DM_E_CONFLICT,
                         "the item was changed by others while it was being written");
    return loop_timer_set(write->use.app->loop, &write->again, delay_ms, on_again, write,
                          err);
}

/* --- looking at the item --- */

static void looked(struct write_call *write, const struct store_result *result)
{
    write->upstream = NULL;
    call_meter_answered(&write->meter, result);
}

/* What the item is after a transaction, which does not tell; it is done, whatever comes
 * now. */
static void on_look_done(enum dm_code code, const struct store_result *result,
                         const struct dm_error *err, void *ctx)
{
    struct write_call *write = ctx;
    const struct dm_value *item = code ? NULL : result->item;
    (void)err;
    looked(write, code ? NULL : result);
    tell(write, is_expired(write, item) ? NULL : item);
    end(write, DM_OK, NULL);
}

/* Likewise what was in its way. */
static void on_look_refused(enum dm_code code, const struct store_result *result,
                            const struct dm_error *err, void *ctx)
{
    struct write_call *write = ctx;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    looked(write, code ? NULL : result);
    if (!code)
        refuse(write, result->item, &failure);
    fail(&failure, write);
}

/* --- what the store said of the write --- */

/* old: what a put replaced. */
static bool is_new(const struct write_call *write, const struct dm_value *old)
{
    if (write->creates || write->guard.must_not_exist ||
        (write->reads && !write_seen(write)))
        return true;
    return write->entry.kind == TRANSACT_PUT && !write->token.len &&
           (!old || is_expired(write, old));
}

static enum dm_code succeed(struct write_call *write, const struct store_result *result)
{
    bool is_put = write->entry.kind == TRANSACT_PUT;
    struct dm_error err;
    write->outcome->created = is_new(write, result->item);
    if (write->token.len && write->returns &&
        write_look(write, on_look_done, &err) == DM_OK)
        return DM_OK;
    if (is_put)
        tell(write, write->entry.item);
    else
        tell(write, write->returns && !write->token.len ? result->item : NULL);
    end(write, DM_OK, NULL);
    return DM_OK;
}

/* A condition failed. present: as of refuse; a transaction does not tell it. */
static enum dm_code judge(struct write_call *write, const struct dm_value *present,
                          struct dm_error *err)
{
    if (write->reads)
        return go_again(write, err);
    if (write->token.len)
        return write_look(write, on_look_refused, err);
    if (write->upserts && is_expired(write, present)) {
        write->reads = true;
        return go_again(write, err);
    }
    return refuse(write, present, err);
}

/* Why the transaction was cancelled, of which the write was the only entry. */
static void take_reason(const struct store_result *result, struct dm_error *err)
{
    const struct store_reason *reason =
        result && result->reason_count ? &result->reasons[0] : NULL;
    if (err->code != DM_E_CONFLICT || !reason || !reason->code)
        return;
    err->code = reason->code;
    if (reason->message.len)
        snprintf(err->message, sizeof err->message, "%.*s", STR_ARG(reason->message));
}

static void on_written(enum dm_code code, const struct store_result *result,
                       const struct dm_error *err, void *ctx)
{
    struct write_call *write = ctx;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    write->upstream = NULL;
    call_meter_answered(&write->meter, code ? NULL : result);
    if (code && schema_use_again(&write->use, err))
        return;
    take_reason(result, &failure);
    app_store_failed(write->use.model, &failure);
    if (failure.code == DM_OK)
        code = succeed(write, result);
    else if (failure.code == DM_E_CONDITION)
        code = judge(write, result ? result->item : NULL, &failure);
    if (code)
        fail(&failure, write);
}

/* --- one attempt --- */

static enum dm_code check_tags(struct write_call *write, bool *ret_right,
                               struct dm_error *err)
{
    struct dm_app *app = write->use.app;
    *ret_right = true;
    if (!guard_compares(&write->guard))
        return DM_OK;
    if (!app->etags)
        DM_TRY(etag_maker_new(&app->etags, err));
    return guard_check_tags(&write->guard, app->etags, write_model(write)->attributes,
                            write_seen(write), ret_right, err);
}

/* Whether what was read is as it should be; that the store will look at it too is
 * another matter. */
static enum dm_code check_read(struct write_call *write, struct dm_error *err)
{
    const struct condition *condition;
    bool is_right;
    DM_TRY(check_tags(write, &is_right, err));
    DM_TRY(demands_end(&write->demands, &condition, err));
    if (is_right && (!condition || condition_holds(condition, write->stored)))
        return DM_OK;
    return refuse(write, write->stored, err);
}

static enum dm_code make(struct write_call *write, struct dm_error *err)
{
    enum dm_code code = write->kind->make(write, err);
    if (code == DM_E_CONDITION)
        tell(write, if_readable(write, write_seen(write)));
    return code;
}

static enum dm_code send(struct write_call *write, struct dm_error *err)
{
    const struct model_config *model = write_model(write);
    const struct key_schema *schema = &write->use.schema;
    DM_TRY(demands_init(&write->demands, model, schema->hash.name, write->now_s,
                        write_arena(write), err));
    DM_TRY(guard_demand(&write->guard, model->attributes, schema, &write->demands, err));
    DM_TRY(write->kind->demand(write, err));
    if (write->reads)
        DM_TRY(check_read(write, err));
    DM_TRY(make(write, err));
    if (guard_compares(&write->guard))
        DM_TRY(write_demand_as_read(write, NULL, err));
    return write_ask(write, on_written, err);
}

/* Hidden attributes are not part of what a write is made of, nor compared. */
static enum dm_code take_read(struct write_call *write, const struct dm_value *item,
                              struct dm_error *err)
{
    write->is_expired = is_expired(write, item);
    if (!item)
        return DM_OK;
    struct dm_value *shown = arena_new(write_arena(write), sizeof *shown);
    if (!shown)
        return error_nomem(err);
    write->stored = shown;
    return hidden_strip(NULL, write_model(write)->attributes, item, write_arena(write),
                        shown, err);
}

static void on_read(enum dm_code code, const struct store_result *result,
                    const struct dm_error *err, void *ctx)
{
    struct write_call *write = ctx;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    looked(write, code ? NULL : result);
    if (code && schema_use_again(&write->use, err))
        return;
    if (code)
        app_store_failed(write->use.model, &failure);
    else
        code = take_read(write, result->item, &failure);
    if (!code)
        code = send(write, &failure);
    if (code)
        fail(&failure, write);
}

static enum dm_code attempt(struct write_call *write, struct dm_error *err)
{
    struct dm_outcome *outcome = write->outcome;
    arena_done(write_arena(write));
    outcome->has_item = false;
    outcome->item->value = (struct dm_value){.type = DM_M};
    write->now_s = demand_time(loop_clock(write->use.app->loop), write->token);
    write->stored = NULL;
    write->is_expired = false;
    DM_TRY(outcome_set_key(outcome, write_model(write)->attributes, &write->key, err));
    return write->reads ? write_look(write, on_read, err) : send(write, err);
}

/* --- its beginning --- */

static enum dm_code ready(void *ctx, struct dm_error *err)
{
    struct write_call *write = ctx;
    if (write->key_texts[0].ptr)
        DM_TRY(request_key_parse(write_model(write)->attributes, &write->use.schema,
                                 write->key_texts[0], write->key_texts[1], &write->arena,
                                 &write->key, err));
    enum dm_code code = write->kind->prepare(write, err);
    if (code == DM_E_NOMEM && write->arena.is_full)
        return new_item_too_large(err);
    if (code)
        return code;
    write->reads |= guard_compares(&write->guard);
    return attempt(write, err);
}

static enum dm_code copy_guard(struct write_call *write, struct dm_error *err)
{
    struct arena *arena = &write->arena;
    struct dm_guard *guard = &write->asked_guard;
    size_t count = guard->filter_count;
    struct dm_filter *filters = arena_alloc(arena, (count + 1) * sizeof *filters);
    if (!filters)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        filters[i] = guard->filters[i];
        DM_TRY(call_copy(arena, &filters[i].name, err));
        DM_TRY(call_copy(arena, &filters[i].value, err));
    }
    guard->filters = filters;
    DM_TRY(call_copy(arena, &guard->if_match, err));
    return call_copy(arena, &guard->if_none_match, err);
}

static enum dm_code copy_texts(struct write_call *write, struct dm_error *err)
{
    struct dm_str *const texts[] = {&write->key_texts[0], &write->key_texts[1],
                                    &write->message, &write->token, &write->traceparent};
    for (size_t i = 0; i < DM_COUNT(texts); i++)
        DM_TRY(call_copy(&write->arena, texts[i], err));
    if (!write->lends)
        DM_TRY(call_copy(&write->arena, &write->body, err));
    return copy_guard(write, err);
}

static enum dm_code check_guard(struct write_call *write, struct dm_error *err)
{
    const struct model_config *model = write_model(write);
    DM_TRY(guard_read(&write->asked_guard, model->attributes, &write->guard, err));
    if (guard_compares(&write->guard) || write->guard.filter_count)
        DM_TRY(guard_check_compares(model, write->scope, err));
    if (write->creates || write->guard.is_given || !model->require_if_match)
        return DM_OK;
    error_set(err, DM_E_PRECONDITION_REQUIRED,
              "model \"%s\" takes no such write without If-Match or If-None-Match",
              model->name.ptr);
    error_hint(err, "read the item, and send its ETag as If-Match");
    return DM_E_PRECONDITION_REQUIRED;
}

static enum dm_code start(struct write_call *write, struct dm_error *err)
{
    DM_TRY(call_check_message(write->message, err));
    DM_TRY(call_check_token(write->token, err));
    DM_TRY(copy_texts(write, err));
    DM_TRY(check_guard(write, err));
    return schema_use_start(&write->use, err);
}

enum dm_code write_begin(struct write_call *write, unsigned timeout_ms,
                         struct dm_call **ret_call, struct dm_error *err)
{
    unsigned retries = write->token.len ? 0 : ATTEMPTS_MAX - 1;
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) < 0 || !seed)
        seed = 1;
    retry_init(&write->policy, retries, AGAIN_BASE_MS, seed);
    write->use.deadline_ms = app_deadline(write->use.app, timeout_ms);
    enum dm_code code = start(write, err);
    if (code) {
        free_call(&write->call);
        return code;
    }
    call_add(&write->use.app->calls, &write->call);
    if (ret_call)
        *ret_call = &write->call;
    return DM_OK;
}

enum dm_code write_new(const struct write_kind *kind, const struct write_request *request,
                       struct write_call **ret_write, struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_writable(request->app, request->model, request->context->scope,
                             &model, err));
    struct dm_outcome *outcome = outcome_new(model->config->attributes);
    struct write_call *write = outcome ? mem_new(kind->size) : NULL;
    if (!write) {
        dm_outcome_free(outcome);
        return error_nomem(err);
    }
    write->call.free = free_call;
    write->kind = kind;
    write->outcome = outcome;
    write->lends = request->lends;
    write->scope = request->context->scope;
    write->done = request->done;
    write->ctx = request->ctx;
    write->traceparent = request->context->traceparent;
    write->meter.cost = request->context->cost;
    write->meter.clock = loop_clock(request->app->loop);
    write->use.app = request->app;
    write->use.model = model;
    write->use.arena = &write->arena;
    write->use.ready = ready;
    write->use.fail = fail;
    write->use.ctx = write;
    arena_init(&write->arena, WRITE_ARENA_MAX);
    arena_count_in(&write->arena, request->context->room);
    arena_count_in(&outcome->item->arena, request->context->room);
    *ret_write = write;
    return DM_OK;
}
