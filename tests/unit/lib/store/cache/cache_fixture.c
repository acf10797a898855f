/* The cache's fixture. */
#include "unit/lib/store/cache/cache_fixture.h"

#include "base/error.h"
#include "expr/projection.h"

enum { REQUEST_ARENA = 1 << 20 };

/* --- the inner store --- */

static enum dm_code ask(struct dm_store *store, const void *request, store_done_fn done,
                        void *ctx, struct store_call **ret_call, struct dm_error *err)
{
    struct inner *inner = DM_CONTAINER(store, struct inner, store);
    if (inner->refuses)
        return error_set(err, inner->refuses, "refused");
    cr_assert_lt(inner->count, ASKED_MAX);
    struct inner_call *call = &inner->calls[inner->count++];
    *call = (struct inner_call){{store}, request, done, ctx};
    *ret_call = &call->base;
    return DM_OK;
}

#define INNER(name)                                                                      \
    static enum dm_code inner_##name(                                                    \
        struct dm_store *store, const struct store_##name *request, store_done_fn done,  \
        void *ctx, struct store_call **ret_call, struct dm_error *err)                   \
    {                                                                                    \
        return ask(store, request, done, ctx, ret_call, err);                            \
    }

INNER(get)
INNER(query)
INNER(put)
INNER(update)
INNER(delete)
INNER(batch_write)
INNER(transact_write)

static void cancel(struct store_call *base)
{
    struct inner_call *call = DM_CONTAINER(base, struct inner_call, base);
    struct inner *inner = DM_CONTAINER(base->store, struct inner, store);
    cr_assert(call->request);
    call->request = NULL;
    inner->cancelled++;
}

static struct dm_value *item_with(const char *v, struct value_member *member,
                                  struct dm_value *item)
{
    *member = (struct value_member){STR("v"), {.type = DM_S, .as.text = dm_str(v)}};
    *item = (struct dm_value){.type = DM_M, .as.map = {member, 1}};
    return item;
}

static enum dm_code inner_get_now(struct dm_store *store, const struct store_get *request,
                                  bool *ret_given, struct store_result *ret_result,
                                  struct dm_error *err)
{
    struct inner *inner = DM_CONTAINER(store, struct inner, store);
    struct value_member *member = arena_alloc(request->base.arena, sizeof *member);
    struct dm_value *item = arena_alloc(request->base.arena, sizeof *item);
    if (inner->refuses)
        return error_set(err, inner->refuses, "refused");
    if (!member || !item)
        return error_nomem(err);
    inner->count++;
    ret_result->item = item_with(inner->at_hand, member, item);
    *ret_given = true;
    return DM_OK;
}

static const struct store_ops inner_ops = {
    .get = inner_get,
    .query = inner_query,
    .put = inner_put,
    .update = inner_update,
    .delete = inner_delete,
    .batch_write = inner_batch_write,
    .transact_write = inner_transact_write,
    .cancel = cancel,
};

static void end(struct cache_fixture *f, size_t nth, enum dm_code code,
                const struct store_result *result)
{
    struct inner_call *call = &f->inner.calls[nth];
    struct dm_error err = {.code = code};
    cr_assert(nth < f->inner.count && call->request);
    call->request = NULL;
    call->done(code, result, &err, call->ctx);
}

void inner_answer(struct cache_fixture *f, size_t nth, const char *v)
{
    struct value_member member;
    struct dm_value item;
    struct store_result result = {.consumed_capacity = 0.5};
    if (v) {
        result.items = result.item = item_with(v, &member, &item);
        result.item_count = result.count = 1;
    }
    end(f, nth, DM_OK, &result);
}

void inner_fail(struct cache_fixture *f, size_t nth, enum dm_code code)
{
    end(f, nth, code, NULL);
}

void inner_has_at_hand(struct cache_fixture *f)
{
    f->inner.ops.get_now = inner_get_now;
}

/* --- the fixture --- */

struct cache_options options_of(unsigned ttl_ms)
{
    return (struct cache_options){.ttl_ms = ttl_ms, .size = 1024 * 1024};
}

struct cache_fixture *cache_up(struct cache_options options)
{
    static struct cache_fixture fixture;
    struct cache_fixture *f = &fixture;
    *f = (struct cache_fixture){.base = fixture_new(), .inner.ops = inner_ops};
    f->inner.store.ops = &f->inner.ops;
    struct dm_error *err = &f->base->err;
    assert_ok(cache_new(&f->cache, err), *err);
    assert_ok(cache_add(f->cache, STR("t"), &options, &f->space, err), *err);
    assert_ok(cached_new(f->cache, f->space, &f->inner.store, f->base->loop, &f->a, err),
              *err);
    assert_ok(cached_new(f->cache, f->space, &f->inner.store, f->base->loop, &f->b, err),
              *err);
    return f;
}

void cache_down(struct cache_fixture *f)
{
    store_free(f->a);
    store_free(f->b);
    for (size_t i = 0; i < f->asked_count; i++)
        arena_done(&f->asked[i].arena);
    cache_unref(f->cache);
    dm_loop_free(f->base->loop);
}

void pass_ms(struct cache_fixture *f, int64_t ms)
{
    f->base->clock.now_ms += ms;
    settle(f);
}

void settle(struct cache_fixture *f)
{
    turn(f->base, 0);
    turn(f->base, 0);
}

/* --- requests --- */

static void on_answer(enum dm_code code, const struct store_result *result,
                      const struct dm_error *err, void *ctx)
{
    struct asked *asked = ctx;
    cr_assert_not(asked->done);
    cr_assert_eq(result == NULL, code != DM_OK);
    asked->done = true;
    asked->code = code;
    asked->err = *err;
    asked->call = NULL;
    if (result)
        asked->result = *result;
}

struct key text_key(const char *id)
{
    return (struct key){.hash_attribute = {STR("id"), DM_S},
                        .hash = {.type = DM_S, .as.text = dm_str(id)}};
}

static struct asked *asked_new(struct cache_fixture *f, const char *id)
{
    cr_assert_lt(f->asked_count, ASKED_MAX);
    struct asked *asked = &f->asked[f->asked_count++];
    arena_init(&asked->arena, REQUEST_ARENA);
    asked->key = text_key(id);
    return asked;
}

static struct store_base base_of(struct cache_fixture *f, struct asked *asked)
{
    return (struct store_base){f->base->clock.now_ms + 1000, &asked->arena, {NULL, 0}};
}

static struct asked *begun(struct asked *asked, enum dm_code code)
{
    asked->code = code;
    asked->done = code != DM_OK;
    return asked;
}

static struct asked *get_so(struct cache_fixture *f, struct dm_store *store,
                            const char *id, const char *text, bool consistent)
{
    struct asked *asked = asked_new(f, id);
    struct projection projection = {NULL, 0};
    if (text && projection_parse(dm_str(text), &asked->arena, &projection, &asked->err))
        return begun(asked, asked->err.code);
    struct store_get request = {.base = base_of(f, asked),
                                .table = STR("t"),
                                .key = &asked->key,
                                .projection = &projection,
                                .consistent = consistent};
    return begun(asked, store->ops->get(store, &request, on_answer, asked, &asked->call,
                                        &asked->err));
}

struct asked *do_get(struct cache_fixture *f, struct dm_store *store, const char *id)
{
    return get_so(f, store, id, NULL, false);
}

struct asked *do_get_strongly(struct cache_fixture *f, struct dm_store *store,
                              const char *id)
{
    return get_so(f, store, id, NULL, true);
}

struct asked *do_get_part(struct cache_fixture *f, struct dm_store *store, const char *id,
                          const char *projection)
{
    return get_so(f, store, id, projection, false);
}

struct asked *do_get_now(struct cache_fixture *f, struct dm_store *store, const char *id)
{
    bool given = false;
    struct asked *asked = asked_new(f, id);
    struct store_get request = {
        .base = base_of(f, asked), .table = STR("t"), .key = &asked->key};
    enum dm_code code =
        store->ops->get_now(store, &request, &given, &asked->result, &asked->err);
    if (!code && !given)
        code =
            store->ops->get(store, &request, on_answer, asked, &asked->call, &asked->err);
    begun(asked, code);
    asked->done = asked->done || given;
    return asked;
}

struct asked *do_query(struct cache_fixture *f, struct dm_store *store, const char *index,
                       const char *hash, unsigned limit)
{
    struct asked *asked = asked_new(f, hash);
    asked->condition =
        (struct key_condition){.hash_name = STR("id"), .hash = asked->key.hash};
    struct store_query request = {.base = base_of(f, asked),
                                  .table = STR("t"),
                                  .index = dm_str(index),
                                  .keys = &asked->condition,
                                  .limit = limit};
    return begun(asked, store->ops->query(store, &request, on_answer, asked, &asked->call,
                                          &asked->err));
}

struct asked *do_put(struct cache_fixture *f, struct dm_store *store, const char *id,
                     const char *v)
{
    struct asked *asked = asked_new(f, id);
    struct value_member *member = arena_alloc(&asked->arena, sizeof *member);
    struct dm_value *item = arena_alloc(&asked->arena, sizeof *item);
    if (!member || !item)
        return begun(asked, DM_E_NOMEM);
    struct store_put request = {.base = base_of(f, asked),
                                .table = STR("t"),
                                .item = item_with(v, member, item),
                                .key = &asked->key};
    return begun(asked, store->ops->put(store, &request, on_answer, asked, &asked->call,
                                        &asked->err));
}

struct asked *do_update(struct cache_fixture *f, struct dm_store *store, const char *id)
{
    struct asked *asked = asked_new(f, id);
    struct store_update request = {.base = base_of(f, asked),
                                   .table = STR("t"),
                                   .key = &asked->key,
                                   .return_values = RETURN_ALL_NEW};
    return begun(asked, store->ops->update(store, &request, on_answer, asked,
                                           &asked->call, &asked->err));
}

struct asked *do_delete(struct cache_fixture *f, struct dm_store *store, const char *id)
{
    struct asked *asked = asked_new(f, id);
    struct store_delete request = {
        .base = base_of(f, asked), .table = STR("t"), .key = &asked->key};
    return begun(asked, store->ops->delete (store, &request, on_answer, asked,
                                            &asked->call, &asked->err));
}

struct dm_str v_of(const struct asked *asked)
{
    const struct store_result *result = &asked->result;
    const struct dm_value *item = result->item ? result->item : result->items;
    const struct dm_value *v = item ? value_member(item, STR("v")) : NULL;
    return v ? v->as.text : (struct dm_str){"", 0};
}

void warm(struct cache_fixture *f, const char *id, const char *v)
{
    struct asked *asked = do_get(f, f->a, id);
    inner_answer(f, f->inner.count - 1, v);
    cr_assert(asked->done && asked->code == DM_OK);
}
