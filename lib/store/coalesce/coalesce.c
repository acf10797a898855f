/* The store around a store: its operations, its beginning and end. */
#include "store/coalesce/coalesce.h"

#include "base/error.h"
#include "base/mem.h"
#include "store/coalesce/coalesce_internal.h"

static struct coalesce *coalesce_of(struct dm_store *store)
{
    return DM_CONTAINER(store, struct coalesce, store);
}

/* --- get --- */

/* An eventual read may have what a flight brings that has left. */
static bool may_join(const struct slot *slot, const void *ctx)
{
    const struct store_get *request = ctx;
    const struct flight *flight = slot->flight;
    if (!flight || flight->resting)
        return true;
    return !request->consistent && !request->anew &&
           loop_now_ms(slot->group->coalesce->loop) - flight->left_ms <= JOIN_MS;
}

static void enter(struct slot *slot, struct waiter *waiter)
{
    if (slot->flight && !slot->waiters.first)
        slot->flight->live++;
    waiter->slot = slot;
    waiters_add(&slot->waiters, waiter);
}

static enum dm_code join(struct slot *slot, struct waiter *waiter, struct dm_error *err)
{
    waiter->slot = slot;
    DM_TRY(waiter_watch(waiter, err));
    enter(slot, waiter);
    counter_add(&slot->group->coalesce->stats.shared, 1);
    return DM_OK;
}

static enum dm_code check_queue(const struct group *group, struct dm_error *err)
{
    if (group->waiting / BATCH_KEYS_MAX < group->coalesce->options.max_queue)
        return DM_OK;
    error_set(err, DM_E_OVERLOADED, "too many requests wait for DynamoDB");
    if (err)
        err->retry_after_s = 1;
    return DM_E_OVERLOADED;
}

/* Now, or behind those that wait. */
static enum dm_code leave(struct slot *slot, struct waiter *waiter, struct dm_error *err)
{
    struct group *group = slot->group;
    if (!group->first && group_is_open(group))
        return flight_alone(slot, err);
    DM_TRY(check_queue(group, err));
    DM_TRY(waiter_watch(waiter, err));
    group_append(group, slot);
    return DM_OK;
}

static enum dm_code admit(struct group *group, struct waiter *waiter,
                          struct dm_error *err)
{
    const struct store_get *request = &waiter->request;
    struct slot *slot = slot_find(group, request->key, may_join, request);
    if (slot)
        return join(slot, waiter, err);
    DM_TRY(slot_new(group, request->key, &slot, err));
    enter(slot, waiter);
    enum dm_code code = leave(slot, waiter, err);
    if (code)
        slot_free(slot);
    return code;
}

static enum dm_code get(struct dm_store *store, const struct store_get *request,
                        store_done_fn done, void *ctx, struct store_call **ret_call,
                        struct dm_error *err)
{
    struct coalesce *coalesce = coalesce_of(store);
    struct group *group;
    struct waiter *waiter = arena_new(request->base.arena, sizeof *waiter);
    if (!waiter)
        return error_nomem(err);
    waiter->call.store = store;
    waiter->request = *request;
    waiter->done = done;
    waiter->ctx = ctx;
    DM_TRY(group_find(coalesce, request, &group, err));
    enum dm_code code = admit(group, waiter, err);
    if (code) {
        group_release(group);
        return code;
    }
    counter_add(&coalesce->stats.gets, 1);
    *ret_call = &waiter->call;
    return DM_OK;
}

static void cancel(struct store_call *call)
{
    waiter_leave(DM_CONTAINER(call, struct waiter, call));
}

/* --- what it has no part in --- */

#define PASS_ON(name)                                                                    \
    static enum dm_code pass_##name(                                                     \
        struct dm_store *store, const struct store_##name *request, store_done_fn done,  \
        void *ctx, struct store_call **ret_call, struct dm_error *err)                   \
    {                                                                                    \
        struct dm_store *inner = coalesce_of(store)->inner;                              \
        return inner->ops->name(inner, request, done, ctx, ret_call, err);               \
    }

PASS_ON(batch_get)
PASS_ON(query)
PASS_ON(scan)
PASS_ON(put)
PASS_ON(update)
PASS_ON(delete)
PASS_ON(batch_write)
PASS_ON(transact_get)
PASS_ON(transact_write)
PASS_ON(describe)
PASS_ON(create)

/* --- the store --- */

/* Cancel its calls first. */
static void free_store(struct dm_store *store)
{
    struct coalesce *coalesce = coalesce_of(store);
    group_forget_denials(coalesce);
    hash_map_done(&coalesce->slots);
    hash_map_done(&coalesce->groups);
    mem_free(coalesce);
}

static const struct store_ops operations = {
    .get = get,
    .batch_get = pass_batch_get,
    .query = pass_query,
    .scan = pass_scan,
    .put = pass_put,
    .update = pass_update,
    .delete = pass_delete,
    .batch_write = pass_batch_write,
    .transact_get = pass_transact_get,
    .transact_write = pass_transact_write,
    .describe = pass_describe,
    .create = pass_create,
    .cancel = cancel,
    .free = free_store,
};

enum dm_code coalesce_new(struct dm_store *inner, struct dm_loop *loop,
                          const struct coalesce_options *options,
                          struct dm_store **ret_store, struct dm_error *err)
{
    struct siphash_key seed;
    DM_TRY(siphash_key_new(&seed, err));
    struct coalesce *coalesce = mem_new(sizeof *coalesce);
    if (!coalesce)
        return error_nomem(err);
    coalesce->store.ops = &operations;
    coalesce->inner = inner;
    coalesce->loop = loop;
    coalesce->options = *options;
    coalesce->seed = seed;
    retry_init(&coalesce->retry, UINT32_MAX, options->base_backoff_ms, seed.k0);
    *ret_store = &coalesce->store;
    return DM_OK;
}

void coalesce_read_figures(const struct dm_store *store,
                           struct coalesce_figures *ret_figures)
{
    const struct coalesce *coalesce =
        (const struct coalesce *)(const void *)((const char *)store -
                                                offsetof(struct coalesce, store));
    coalesce_stats_read(&coalesce->stats, ret_figures);
}
