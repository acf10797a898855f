/* The store around a store: its operations, its beginning and end. */
#include "store/cache/cached.h"

#include "base/error.h"
#include "base/mem.h"
#include "store/cache/cached_internal.h"

/* --- calls --- */

void cached_call_begin(struct cached_call *call, struct cached *cached,
                       store_done_fn done, void *ctx)
{
    call->base.store = &cached->store;
    call->done = done;
    call->ctx = ctx;
    call->next = cached->calls;
    call->link = &cached->calls;
    if (call->next)
        call->next->link = &call->next;
    cached->calls = call;
}

void cached_call_end(struct cached_call *call)
{
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
}

static void cancel(struct store_call *base)
{
    struct cached_call *call = DM_CONTAINER(base, struct cached_call, base);
    cached_call_end(call);
    call->stop(call);
}

/* --- what it has no part in --- */

#define PASS_ON(name)                                                                    \
    static enum dm_code pass_##name(                                                     \
        struct dm_store *store, const struct store_##name *request, store_done_fn done,  \
        void *ctx, struct store_call **ret_call, struct dm_error *err)                   \
    {                                                                                    \
        struct dm_store *inner = cached_of(store)->inner;                                \
        return inner->ops->name(inner, request, done, ctx, ret_call, err);               \
    }

PASS_ON(batch_get)
PASS_ON(scan)
PASS_ON(transact_get)
PASS_ON(describe)
PASS_ON(create)

/* --- the store --- */

static void free_store(struct dm_store *store)
{
    struct cached *cached = cached_of(store);
    while (cached->calls)
        cancel(&cached->calls->base);
    flight_free_all(cached);
    mem_free(cached);
}

static const struct store_ops operations = {
    .get = cached_get,
    .get_now = cached_get_now,
    .batch_get = pass_batch_get,
    .query = cached_query,
    .scan = pass_scan,
    .put = cached_put,
    .update = cached_update,
    .delete = cached_delete,
    .batch_write = cached_batch_write,
    .transact_get = pass_transact_get,
    .transact_write = cached_transact_write,
    .describe = pass_describe,
    .create = pass_create,
    .cancel = cancel,
    .free = free_store,
};

enum dm_code cached_new(struct cache *cache, struct cache_space *space,
                        struct dm_store *inner, struct dm_loop *loop,
                        struct dm_store **ret_store, struct dm_error *err)
{
    struct cached *cached = mem_new(sizeof *cached);
    if (!cached)
        return error_nomem(err);
    cached->ops = operations;
    if (!space && !inner->ops->get_now)
        cached->ops.get_now = NULL;
    cached->store.ops = &cached->ops;
    cached->cache = cache;
    cached->space = space;
    cached->inner = inner;
    cached->loop = loop;
    *ret_store = &cached->store;
    return DM_OK;
}
