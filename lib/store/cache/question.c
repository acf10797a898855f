/* Gets and queries alike: what is asked, and what is done with the answer. */
#include "base/error.h"
#include "store/cache/cached_internal.h"

enum dm_code question_of_get(struct cached *cached, const struct store_get *request,
                             struct question *ret_question, struct dm_error *err)
{
    struct question question = {.base = &request->base, .get = request};
    DM_TRY(cache_key_of_get(cache_seed(cached->cache), request, request->base.arena,
                            &question.key, err));
    question.fence = cache_fence(cached->cache, &question.key);
    question.taken = fence_take(question.fence);
    *ret_question = question;
    return DM_OK;
}

/* Which items an index shows where is not known before they are written: any write to the
 * table ends its pages. */
enum dm_code question_of_query(struct cached *cached, const struct store_query *request,
                               struct question *ret_question, struct dm_error *err)
{
    struct question question = {.base = &request->base, .query = request};
    DM_TRY(cache_key_of_query(cache_seed(cached->cache), request, request->base.arena,
                              &question.key, err));
    question.of_index = request->index.len > 0;
    question.fence =
        question.of_index
            ? cache_table_fence(cache_find_table(cached->cache, request->table))
            : cache_fence(cached->cache, &question.key);
    question.taken = fence_take(question.fence);
    *ret_question = question;
    return DM_OK;
}

enum dm_code question_ask(struct cached *cached, const struct question *question,
                          store_done_fn done, void *ctx, struct store_call **ret_call,
                          struct dm_error *err)
{
    struct dm_store *inner = cached->inner;
    if (question->get)
        return inner->ops->get(inner, question->get, done, ctx, ret_call, err);
    return inner->ops->query(inner, question->query, done, ctx, ret_call, err);
}

enum dm_code question_keep(struct cached *cached, const struct question *question,
                           const struct store_result *result, int64_t asked_ms,
                           struct cache_entry **ret_entry, bool *ret_stored,
                           struct dm_error *err)
{
    struct cache_entry *entry;
    DM_TRY(entry_new(&question->key, result, asked_ms, &entry, err));
    if (question->of_index) {
        entry->fence = question->fence;
        entry->taken = question->taken;
    }
    *ret_stored = space_put(cached->space, entry, question->fence, question->taken);
    *ret_entry = entry;
    return DM_OK;
}

struct store_cache_outcome question_outcome(const struct cached *cached,
                                            enum store_cache_status status,
                                            struct cache_entry *entry)
{
    int64_t age_ms = loop_now_ms(cached->loop) - entry->asked_ms;
    return (struct store_cache_outcome){
        .status = status,
        .age_ms = age_ms > 0 ? age_ms : 0,
        .ttl_ms = space_ttl_ms(cached->space, entry),
        .entry = entry,
    };
}

/* --- at once --- */

static enum dm_code give(struct cached *cached, struct cache_entry *entry,
                         struct arena *arena, enum store_cache_status status,
                         struct store_result *ret_result, struct dm_error *err)
{
    DM_TRY(entry_lend(entry, arena, err));
    *ret_result = entry->result;
    ret_result->cache = question_outcome(cached, status, entry);
    return DM_OK;
}

/* The inner store has it at hand, at the price of keeping it. */
static enum dm_code get_inner(struct cached *cached, const struct question *question,
                              bool *ret_given, struct store_result *ret_result,
                              struct dm_error *err)
{
    struct store_result result = {0};
    DM_AUTO(cache_entry) *entry = NULL;
    bool given = false, stored = false;
    int64_t asked_ms = loop_now_ms(cached->loop);
    bool past = question->get->consistent;
    DM_TRY(
        cached->inner->ops->get_now(cached->inner, question->get, &given, &result, err));
    if (!given)
        return DM_OK;
    DM_TRY(question_keep(cached, question, &result, asked_ms, &entry, &stored, err));
    result.cache =
        question_outcome(cached, past ? STORE_CACHE_PASSED : STORE_CACHE_MISS, entry);
    result.cache.stored = stored;
    result.cache.entry = NULL; /* it is not what holds the result */
    space_count(cached->space, &question->key, past ? CACHE_PASSED : CACHE_MISSED);
    *ret_result = result;
    *ret_given = true;
    return DM_OK;
}

/* What was known before is better than a failure. */
static enum dm_code get_fresh(struct cached *cached, const struct question *question,
                              struct cache_entry *known, bool *ret_given,
                              struct store_result *ret_result, struct dm_error *err)
{
    enum dm_code code = get_inner(cached, question, ret_given, ret_result, err);
    if (!known || !flight_may_rescue(code) ||
        !space_rescues(cached->space, known, loop_now_ms(cached->loop)))
        return code;
    DM_TRY(give(cached, known, question->base->arena, STORE_CACHE_HIT, ret_result, err));
    ret_result->cache.rescued = true;
    *ret_given = true;
    return DM_OK;
}

static enum dm_code get_now(struct cached *cached, const struct question *question,
                            bool *ret_given, struct store_result *ret_result,
                            struct dm_error *err)
{
    DM_AUTO(cache_entry) *entry = NULL;
    enum cache_state state =
        space_look(cached->space, &question->key, loop_now_ms(cached->loop), &entry);
    bool good = state == CACHE_FRESH || state == CACHE_STALE;
    if (!good && cached->inner->ops->get_now)
        return get_fresh(cached, question, entry, ret_given, ret_result, err);
    if (!good)
        return DM_OK;
    DM_TRY(give(cached, entry, question->base->arena, STORE_CACHE_HIT, ret_result, err));
    if (state == CACHE_STALE)
        flight_refresh(cached, question, entry);
    *ret_given = true;
    return DM_OK;
}

enum dm_code cached_get_now(struct dm_store *store, const struct store_get *request,
                            bool *ret_given, struct store_result *ret_result,
                            struct dm_error *err)
{
    struct cached *cached = cached_of(store);
    struct dm_store *inner = cached->inner;
    struct question question;
    if (!cached->space)
        return inner->ops->get_now(inner, request, ret_given, ret_result, err);
    if (request->consistent && !inner->ops->get_now)
        return DM_OK;
    DM_TRY(question_of_get(cached, request, &question, err));
    if (request->consistent)
        return get_inner(cached, &question, ret_given, ret_result, err);
    return get_now(cached, &question, ret_given, ret_result, err);
}

/* --- later --- */

enum dm_code cached_get(struct dm_store *store, const struct store_get *request,
                        store_done_fn done, void *ctx, struct store_call **ret_call,
                        struct dm_error *err)
{
    struct cached *cached = cached_of(store);
    struct dm_store *inner = cached->inner;
    struct question question;
    if (!cached->space)
        return inner->ops->get(inner, request, done, ctx, ret_call, err);
    DM_TRY(question_of_get(cached, request, &question, err));
    return (request->consistent ? ask_past : ask_flight)(cached, &question, done, ctx,
                                                         ret_call, err);
}

enum dm_code cached_query(struct dm_store *store, const struct store_query *request,
                          store_done_fn done, void *ctx, struct store_call **ret_call,
                          struct dm_error *err)
{
    struct cached *cached = cached_of(store);
    struct dm_store *inner = cached->inner;
    struct question question;
    if (!cached->space)
        return inner->ops->query(inner, request, done, ctx, ret_call, err);
    DM_TRY(question_of_query(cached, request, &question, err));
    return (request->consistent ? ask_past : ask_flight)(cached, &question, done, ctx,
                                                         ret_call, err);
}

/* --- past the cache --- */

/* In its request's arena. */
struct passage {
    struct cached_call call;
    struct question question; /* its request is not looked at any more */
    int64_t asked_ms;
    struct store_call *upstream;
};

static struct passage *passage_of(struct cached_call *call)
{
    return DM_CONTAINER(call, struct passage, call);
}

static void stop_passage(struct cached_call *call)
{
    store_cancel(DM_TAKE(passage_of(call)->upstream));
}

/* A copy that there is no memory for is only not kept. */
static struct store_result keep_passed(struct passage *passage,
                                       const struct store_result *result)
{
    struct cached *cached = cached_of(passage->call.base.store);
    struct store_result told = *result;
    DM_AUTO(cache_entry) *entry = NULL;
    bool stored = false;
    told.cache = (struct store_cache_outcome){.status = STORE_CACHE_PASSED};
    if (question_keep(cached, &passage->question, result, passage->asked_ms, &entry,
                      &stored, NULL))
        return told;
    told.cache = question_outcome(cached, STORE_CACHE_PASSED, entry);
    told.cache.stored = stored;
    told.cache.entry = NULL;
    return told;
}

static void on_passed(enum dm_code code, const struct store_result *result,
                      const struct dm_error *err, void *ctx)
{
    struct passage *passage = ctx;
    struct store_result told;
    cached_call_end(&passage->call);
    if (!code) {
        told = keep_passed(passage, result);
        result = &told;
    }
    passage->call.done(code, result, err, passage->call.ctx);
}

enum dm_code ask_past(struct cached *cached, const struct question *question,
                      store_done_fn done, void *ctx, struct store_call **ret_call,
                      struct dm_error *err)
{
    struct passage *passage = arena_new(question->base->arena, sizeof *passage);
    if (!passage)
        return error_nomem(err);
    passage->question = *question;
    passage->asked_ms = loop_now_ms(cached->loop);
    passage->call.stop = stop_passage;
    DM_TRY(question_ask(cached, question, on_passed, passage, &passage->upstream, err));
    space_count(cached->space, &question->key, CACHE_PASSED);
    cached_call_begin(&passage->call, cached, done, ctx);
    *ret_call = &passage->call.base;
    return DM_OK;
}
