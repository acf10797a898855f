/*
 * Writes: what they concern is forgotten before they begin, and nothing that is read
 * until they have ended is kept, on any thread. What is known of the item then, is.
 */
#include "base/error.h"
#include "store/cache/cached_internal.h"

/* The item, its partition, its table. */
enum { FENCES_OF_KEY = 3 };

/* What stands in the table after a write that went well. */
enum known_item { ITEM_UNKNOWN, ITEM_GIVEN, ITEM_RETURNED, ITEM_NONE };

/* In its request's arena. */
struct writing {
    struct cached_call call;
    struct store_call *upstream;
    struct fence **fences; /* that have begun */
    size_t fence_count;
    int64_t asked_ms;

    /* Of one item. */
    enum known_item known;
    const struct dm_value *item;
    struct cache_key key;
    struct fence *fence; /* NULL: of none that is kept */
    uint64_t begun;
};

static struct writing *writing_of(struct cached_call *call)
{
    return DM_CONTAINER(call, struct writing, call);
}

/* --- its end --- */

static void end_fences(struct writing *writing)
{
    while (writing->fence_count)
        fence_end(writing->fences[--writing->fence_count]);
}

/* What is cancelled may still be done; but no sooner than what nobody was told. */
static void stop(struct cached_call *call)
{
    struct writing *writing = writing_of(call);
    store_cancel(DM_TAKE(writing->upstream));
    end_fences(writing);
}

/* By the model itself: a table of that name may be another where other models find it.
 * What there is no memory for is got when it is asked for. */
static void keep(struct writing *writing, const struct store_result *result)
{
    struct cache_space *space = cached_of(writing->call.base.store)->space;
    struct store_result known = {.item = writing->item};
    DM_AUTO(cache_entry) *entry = NULL;
    if (!space || !writing->fence || writing->known == ITEM_UNKNOWN)
        return;
    if (writing->known == ITEM_RETURNED && !(known.item = result->item))
        return;
    if (!entry_new(&writing->key, &known, writing->asked_ms, &entry, NULL))
        space_put_written(space, entry, writing->fence, writing->begun);
}

static void on_written(enum dm_code code, const struct store_result *result,
                       const struct dm_error *err, void *ctx)
{
    struct writing *writing = ctx;
    writing->upstream = NULL;
    if (!code)
        keep(writing, result);
    end_fences(writing);
    cached_call_end(&writing->call);
    writing->call.done(code, result, err, writing->call.ctx);
}

/* --- its beginning --- */

static uint64_t begin_fence(struct writing *writing, struct fence *fence)
{
    writing->fences[writing->fence_count++] = fence;
    return fence_begin(fence);
}

static enum dm_code begin_key(struct cached *cached, struct writing *writing,
                              struct dm_str table_name, const struct key *key,
                              struct arena *arena, struct dm_error *err)
{
    struct cache_groups groups;
    struct cache_table *table = cache_find_table(cached->cache, table_name);
    if (!table)
        return DM_OK;
    if (!key)
        return error_set(err, DM_E_INTERNAL, "a write that does not say its item's key");
    DM_TRY(cache_groups_of(cache_seed(cached->cache), key, arena, &groups, err));
    begin_fence(writing, cache_table_fence(table));
    begin_fence(writing, cache_fence(cached->cache, &groups.partition));
    writing->fence = cache_fence(cached->cache, &groups.item);
    writing->begun = begin_fence(writing, writing->fence);
    writing->key = groups.item;
    cache_table_remove(table, &groups);
    return DM_OK;
}

static enum dm_code writing_new(struct cached *cached, struct arena *arena, size_t keys,
                                struct writing **ret_writing, struct dm_error *err)
{
    struct writing *writing = arena_new(arena, sizeof *writing);
    struct fence **fences =
        arena_alloc(arena, (keys * FENCES_OF_KEY + 1) * sizeof(struct fence *));
    if (!writing || !fences)
        return error_nomem(err);
    writing->call.stop = stop;
    writing->fences = fences;
    writing->asked_ms = loop_now_ms(cached->loop);
    *ret_writing = writing;
    return DM_OK;
}

/* After the inner store was asked. */
static enum dm_code begin(struct cached *cached, struct writing *writing,
                          enum dm_code code, store_done_fn done, void *ctx,
                          struct store_call **ret_call)
{
    if (code) {
        end_fences(writing);
        return code;
    }
    cached_call_begin(&writing->call, cached, done, ctx);
    *ret_call = &writing->call.base;
    return DM_OK;
}

/* --- of one item --- */

static enum dm_code new_of_one(struct cached *cached, const struct store_base *base,
                               struct dm_str table, const struct key *key,
                               struct writing **ret_writing, struct dm_error *err)
{
    struct writing *writing = NULL;
    DM_TRY(writing_new(cached, base->arena, 1, &writing, err));
    DM_TRY(begin_key(cached, writing, table, key, base->arena, err));
    *ret_writing = writing;
    return DM_OK;
}

enum dm_code cached_put(struct dm_store *store, const struct store_put *request,
                        store_done_fn done, void *ctx, struct store_call **ret_call,
                        struct dm_error *err)
{
    struct cached *cached = cached_of(store);
    struct dm_store *inner = cached->inner;
    struct writing *writing = NULL;
    DM_TRY(
        new_of_one(cached, &request->base, request->table, request->key, &writing, err));
    writing->known = ITEM_GIVEN;
    writing->item = request->item;
    enum dm_code code =
        inner->ops->put(inner, request, on_written, writing, &writing->upstream, err);
    return begin(cached, writing, code, done, ctx, ret_call);
}

enum dm_code cached_update(struct dm_store *store, const struct store_update *request,
                           store_done_fn done, void *ctx, struct store_call **ret_call,
                           struct dm_error *err)
{
    struct cached *cached = cached_of(store);
    struct dm_store *inner = cached->inner;
    struct writing *writing = NULL;
    DM_TRY(
        new_of_one(cached, &request->base, request->table, request->key, &writing, err));
    if (request->return_values == RETURN_ALL_NEW)
        writing->known = ITEM_RETURNED;
    enum dm_code code =
        inner->ops->update(inner, request, on_written, writing, &writing->upstream, err);
    return begin(cached, writing, code, done, ctx, ret_call);
}

enum dm_code cached_delete(struct dm_store *store, const struct store_delete *request,
                           store_done_fn done, void *ctx, struct store_call **ret_call,
                           struct dm_error *err)
{
    struct cached *cached = cached_of(store);
    struct dm_store *inner = cached->inner;
    struct writing *writing = NULL;
    DM_TRY(
        new_of_one(cached, &request->base, request->table, request->key, &writing, err));
    writing->known = ITEM_NONE;
    enum dm_code code =
        inner->ops->delete (inner, request, on_written, writing, &writing->upstream, err);
    return begin(cached, writing, code, done, ctx, ret_call);
}

/* --- of many --- */

static enum dm_code begin_batch(struct cached *cached, struct writing *writing,
                                const struct store_batch_write *request,
                                struct dm_error *err)
{
    struct arena *arena = request->base.arena;
    for (size_t i = 0; i < request->put_count; i++)
        DM_TRY(begin_key(cached, writing, request->table,
                         request->put_keys ? &request->put_keys[i] : NULL, arena, err));
    for (size_t i = 0; i < request->delete_count; i++)
        DM_TRY(
            begin_key(cached, writing, request->table, &request->deletes[i], arena, err));
    return DM_OK;
}

enum dm_code cached_batch_write(struct dm_store *store,
                                const struct store_batch_write *request,
                                store_done_fn done, void *ctx,
                                struct store_call **ret_call, struct dm_error *err)
{
    struct cached *cached = cached_of(store);
    struct dm_store *inner = cached->inner;
    struct writing *writing = NULL;
    DM_TRY(writing_new(cached, request->base.arena,
                       request->put_count + request->delete_count, &writing, err));
    enum dm_code code = begin_batch(cached, writing, request, err);
    if (!code)
        code = inner->ops->batch_write(inner, request, on_written, writing,
                                       &writing->upstream, err);
    return begin(cached, writing, code, done, ctx, ret_call);
}

static enum dm_code begin_entries(struct cached *cached, struct writing *writing,
                                  const struct store_transact_write *request,
                                  struct dm_error *err)
{
    for (size_t i = 0; i < request->count; i++) {
        const struct store_transact_entry *entry = &request->entries[i];
        if (entry->kind != TRANSACT_CHECK)
            DM_TRY(begin_key(cached, writing, entry->table, entry->key,
                             request->base.arena, err));
    }
    return DM_OK;
}

enum dm_code cached_transact_write(struct dm_store *store,
                                   const struct store_transact_write *request,
                                   store_done_fn done, void *ctx,
                                   struct store_call **ret_call, struct dm_error *err)
{
    struct cached *cached = cached_of(store);
    struct dm_store *inner = cached->inner;
    struct writing *writing = NULL;
    DM_TRY(writing_new(cached, request->base.arena, request->count, &writing, err));
    enum dm_code code = begin_entries(cached, writing, request, err);
    if (!code)
        code = inner->ops->transact_write(inner, request, on_written, writing,
                                          &writing->upstream, err);
    return begin(cached, writing, code, done, ctx, ret_call);
}
