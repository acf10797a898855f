/* Queries and Scans: a page of items, their count, or the first of them. */
#include "model/query.h"

#include "base/error.h"
#include "model/page.h"
#include "value/item.h"

/* Lives in its page's arena: whoever gets the page frees the call with it. */
struct query_call {
    struct dm_call call;
    struct schema_use use;
    struct dm_page *page;
    struct arena replies; /* of one request to the store, where there may be many */
    struct query_taken taken;
    struct plan plan;
    struct dm_str message, traceparent;
    struct call_meter meter;
    struct store_call *upstream;
    unsigned pages; /* answered */
    dm_page_fn page_done;
    dm_item_fn item_done; /* of QUERY_FIRST */
    void *ctx;
};

static void stop(struct query_call *query)
{
    schema_use_stop(&query->use);
    if (query->upstream)
        store_cancel(DM_TAKE(query->upstream));
    call_remove(&query->call);
    arena_done(&query->replies);
}

static void free_call(struct dm_call *call)
{
    struct query_call *query = DM_CONTAINER(call, struct query_call, call);
    stop(query);
    dm_page_free(query->page);
}

/* --- its end --- */

static void fail(const struct dm_error *err, void *ctx)
{
    struct query_call *query = ctx;
    struct dm_page *page = query->page;
    stop(query);
    if (query->item_done)
        query->item_done(err->code, NULL, err, query->ctx);
    else
        query->page_done(err->code, NULL, err, query->ctx);
    dm_page_free(page);
}

static void give_page(struct query_call *query)
{
    stop(query);
    query->page_done(DM_OK, query->page, NULL, query->ctx);
}

static void give_item(struct query_call *query, struct dm_item *item)
{
    struct dm_page *page = query->page;
    stop(query);
    query->item_done(DM_OK, item, NULL, query->ctx);
    dm_page_free(page);
}

/* --- what the store said --- */

static enum dm_code ask(struct query_call *query, const struct dm_value *after,
                        struct dm_error *err);

/* The next request. What the last one left goes, but for the place. */
static enum dm_code go_on(struct query_call *query, const struct dm_value *last,
                          struct dm_error *err)
{
    struct dm_value *after = arena_new(query->use.arena, sizeof *after);
    if (!after)
        return error_nomem(err);
    DM_TRY(value_copy(last, query->use.arena, after, err));
    arena_done(&query->replies);
    return ask(query, after, err);
}

static enum dm_code seal_next(struct query_call *query, const struct dm_value *last,
                              struct dm_error *err)
{
    if (!last)
        return DM_OK;
    return token_seal(&query->use.app->config->token_key, query->plan.bound, last,
                      query->use.arena, &query->page->next, err);
}

static enum dm_code take_items(struct query_call *query,
                               const struct store_result *result, struct dm_error *err)
{
    const struct hidden *hidden = &query->plan.hidden;
    const struct attributes *attributes = query->use.model->config->attributes;
    struct dm_page *page = query->page;
    struct dm_value *items =
        arena_alloc(query->use.arena, (result->item_count + 1) * sizeof *items);
    if (!items)
        return error_nomem(err);
    for (size_t i = 0; i < result->item_count; i++) {
        if (hidden_is(hidden, &result->items[i]))
            continue;
        DM_TRY(hidden_strip(hidden, attributes, &result->items[i], query->use.arena,
                            &items[page->item_count], err));
        page->item_count++;
    }
    page->items = items;
    page->count = page->item_count;
    return DM_OK;
}

static enum dm_code end_page(struct query_call *query, const struct store_result *result,
                             struct dm_error *err)
{
    DM_TRY(take_items(query, result, err));
    DM_TRY(seal_next(query, result->last, err));
    give_page(query);
    return DM_OK;
}

static size_t count_seen(const struct query_call *query,
                         const struct store_result *result)
{
    size_t count = 0;
    if (query->plan.count_only)
        return result->count;
    for (size_t i = 0; i < result->item_count; i++)
        count += !hidden_is(&query->plan.hidden, &result->items[i]);
    return count;
}

static enum dm_code end_count(struct query_call *query, const struct store_result *result,
                              struct dm_error *err)
{
    query->page->count += count_seen(query, result);
    if (result->last && query->pages < query->use.model->config->count_pages)
        return go_on(query, result->last, err);
    DM_TRY(seal_next(query, result->last, err));
    give_page(query);
    return DM_OK;
}

/* The first that is not hidden, or NULL. */
static const struct dm_value *first_seen(const struct query_call *query,
                                         const struct store_result *result)
{
    for (size_t i = 0; i < result->item_count; i++)
        if (!hidden_is(&query->plan.hidden, &result->items[i]))
            return &result->items[i];
    return NULL;
}

static enum dm_code end_first(struct query_call *query, const struct store_result *result,
                              struct dm_error *err)
{
    const struct dm_model *model = query->use.model;
    const struct dm_query *asked = &query->taken.query;
    const struct dm_value *first = first_seen(query, result);
    if (!first && result->last)
        return go_on(query, result->last, err);
    if (!first)
        return model_not_found(model, asked->hash_key, asked->range_key, query->message,
                               err);
    struct dm_value shown;
    DM_AUTO(dm_item) *item = item_new(model->config->attributes);
    if (!item)
        return error_nomem(err);
    arena_count_in(&item->arena, query->replies.room);
    DM_TRY(hidden_strip(&query->plan.hidden, model->config->attributes, first,
                        &query->replies, &shown, err));
    DM_TRY(value_copy(&shown, &item->arena, &item->value, err));
    give_item(query, DM_TAKE(item));
    return DM_OK;
}

static void on_answer(enum dm_code code, const struct store_result *result,
                      const struct dm_error *err, void *ctx)
{
    static enum dm_code (*const end[])(struct query_call *, const struct store_result *,
                                       struct dm_error *) = {
        [QUERY_PAGE] = end_page, [QUERY_COUNT] = end_count, [QUERY_FIRST] = end_first};
    struct query_call *query = ctx;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    query->upstream = NULL;
    query->pages++;
    call_meter_answered(&query->meter, code ? NULL : result);
    if (code && schema_use_again(&query->use, err))
        return;
    if (code)
        app_store_failed(query->use.model, &failure);
    else
        call_meter_cached(&query->meter, &result->cache);
    if (code || end[query->taken.kind](query, result, &failure))
        fail(&failure, query);
}

/* --- what the store is asked --- */

static enum dm_code ask(struct query_call *query, const struct dm_value *after,
                        struct dm_error *err)
{
    const struct plan *plan = &query->plan;
    struct dm_store *store = query->use.model->store;
    bool alone = query->taken.kind == QUERY_PAGE;
    struct store_base base = {query->use.deadline_ms,
                              alone ? query->use.arena : &query->replies,
                              query->traceparent};
    unsigned limit = query_limit(&query->taken, plan, query->pages);
    call_meter_sent(&query->meter);
    if (plan->is_query) {
        struct store_query request = plan_query(plan, &base, limit, after);
        return store->ops->query(store, &request, on_answer, query, &query->upstream,
                                 err);
    }
    struct store_scan request = plan_scan(plan, &base, limit, after);
    return store->ops->scan(store, &request, on_answer, query, &query->upstream, err);
}

static enum dm_code send(void *ctx, struct dm_error *err)
{
    struct query_call *query = ctx;
    arena_done(&query->replies);
    query->pages = 0;
    query->page->count = 0;
    DM_TRY(query_plan(&query->taken, &query->use, &query->plan, err));
    return ask(query, query->plan.after, err);
}

/* --- its beginning --- */

static struct query_call *call_new(struct dm_app *app, struct dm_model *model,
                                   unsigned timeout_ms,
                                   const struct call_context *context)
{
    struct dm_page *page = page_new(model->config->attributes);
    if (page)
        arena_count_in(&page->arena, context->room);
    struct query_call *query = page ? arena_new(&page->arena, sizeof *query) : NULL;
    if (!query) {
        dm_page_free(page);
        return NULL;
    }
    query->call.free = free_call;
    query->page = page;
    query->meter = (struct call_meter){context->cost, loop_clock(app->loop), 0, false};
    arena_init(&query->replies, PAGE_ARENA_MAX);
    arena_count_in(&query->replies, context->room);
    query->use.app = app;
    query->use.model = model;
    query->use.arena = &page->arena;
    query->use.deadline_ms = app_deadline(app, timeout_ms);
    query->use.ready = send;
    query->use.fail = fail;
    query->use.ctx = query;
    return query;
}

static enum dm_code start(struct query_call *query, const struct dm_query *asked,
                          struct dm_error *err)
{
    struct arena *arena = query->use.arena;
    DM_TRY(call_check_message(query->message, err));
    DM_TRY(call_copy(arena, &query->message, err));
    DM_TRY(call_copy(arena, &query->traceparent, err));
    DM_TRY(query_take(asked, query->item_done != NULL, arena, &query->taken, err));
    query->use.index = query->taken.query.index;
    return schema_use_start(&query->use, err);
}

/* Takes the call, whatever happens. */
static enum dm_code begin(struct query_call *query, const struct dm_query *asked,
                          struct dm_call **ret_call, struct dm_error *err)
{
    enum dm_code code = start(query, asked, err);
    if (code) {
        free_call(&query->call);
        return code;
    }
    call_add(&query->use.app->calls, &query->call);
    if (ret_call)
        *ret_call = &query->call;
    return DM_OK;
}

enum dm_code app_query(struct dm_app *app, struct dm_str name,
                       const struct dm_query *asked, const struct call_context *context,
                       dm_page_fn done, void *ctx, struct dm_call **ret_call,
                       struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_readable(app, name, context->scope, &model, err));
    struct query_call *query = call_new(app, model, asked->timeout_ms, context);
    if (!query)
        return error_nomem(err);
    query->traceparent = context->traceparent;
    query->page_done = done;
    query->ctx = ctx;
    return begin(query, asked, ret_call, err);
}

enum dm_code app_first(struct dm_app *app, struct dm_str name,
                       const struct dm_query *asked, struct dm_str message,
                       const struct call_context *context, dm_item_fn done, void *ctx,
                       struct dm_call **ret_call, struct dm_error *err)
{
    struct dm_model *model;
    DM_TRY(app_find_readable(app, name, context->scope, &model, err));
    struct query_call *query = call_new(app, model, asked->timeout_ms, context);
    if (!query)
        return error_nomem(err);
    query->traceparent = context->traceparent;
    query->message = message;
    query->item_done = done;
    query->ctx = ctx;
    return begin(query, asked, ret_call, err);
}

/* --- as dynamod.h has them --- */

enum dm_code dm_query_async(struct dm_app *app, const char *model,
                            const struct dm_query *query, dm_page_fn done, void *ctx,
                            struct dm_call **ret_call, struct dm_error *err)
{
    return app_query(app, dm_str(model), query, &(struct call_context){0}, done, ctx,
                     ret_call, err);
}

enum dm_code dm_query_first_or_404_async(struct dm_app *app, const char *model,
                                         const struct dm_query *query,
                                         struct dm_str message, dm_item_fn done,
                                         void *ctx, struct dm_call **ret_call,
                                         struct dm_error *err)
{
    return app_first(app, dm_str(model), query, message, &(struct call_context){0}, done,
                     ctx, ret_call, err);
}

enum dm_code dm_first_or_404_async(struct dm_app *app, const char *model,
                                   const struct dm_get *get, dm_item_fn done, void *ctx,
                                   struct dm_call **ret_call, struct dm_error *err)
{
    if (get->hash_key.len || get->range_key.len)
        return error_set(err, DM_E_INVALID, "the first item is asked for without keys");
    struct dm_query query = {.attributes_to_get = get->attributes_to_get,
                             .consistent_read = get->consistent_read,
                             .timeout_ms = get->timeout_ms};
    return dm_query_first_or_404_async(app, model, &query, get->message, done, ctx,
                                       ret_call, err);
}
