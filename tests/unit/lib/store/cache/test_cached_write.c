/* Writes: what they end, and what a read that began before them must not bring back. */
#include "unit/lib/store/cache/cache_fixture.h"

/* --- what is known after a write --- */

TEST(cached_write, puts_the_item_in_at_once_on_all_threads)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    struct asked *written = do_put(f, f->a, "k", "two");
    inner_answer(f, 1, NULL);
    cr_assert(written->done);
    assert_hit(f, f->a, "k", "two");
    assert_hit(f, f->b, "k", "two");
    cache_down(f);
}

/* Elsewhere a table of the same name is another. */
TEST(cached_write, puts_the_item_in_for_its_own_model_alone)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct cache_options options = options_of(5000);
    struct cache_space *space;
    struct dm_store *other;
    struct dm_error *err = &f->base->err;
    assert_ok(cache_add(f->cache, STR("t"), &options, &space, err), *err);
    assert_ok(cached_new(f->cache, space, &f->inner.store, f->base->loop, &other, err),
              *err);
    do_put(f, f->a, "k", "two");
    inner_answer(f, 0, NULL);
    assert_hit(f, f->b, "k", "two");
    assert_miss(f, other, "k");
    store_free(other);
    cache_remove(f->cache, space);
    cache_down(f);
}

/* A write that began to walk the table's caches before may still come to it. */
TEST(cached_write, finds_nothing_in_the_place_of_a_cache_that_is_gone)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct cache_options options = options_of(5000);
    struct cache_space *gone, *next;
    struct dm_store *store;
    struct dm_error *err = &f->base->err;
    assert_ok(cache_add(f->cache, STR("t"), &options, &gone, err), *err);
    assert_ok(cached_new(f->cache, gone, &f->inner.store, f->base->loop, &store, err),
              *err);
    do_get(f, store, "k");
    inner_answer(f, 0, "one");
    assert_hit(f, store, "k", "one");
    store_free(store);
    cache_remove(f->cache, gone);
    do_put(f, f->a, "k", "two");
    inner_answer(f, 1, NULL);

    assert_ok(cache_add(f->cache, STR("t"), &options, &next, err), *err);
    cr_assert_eq(next, gone);
    struct cache_figures figures;
    space_figures(next, &figures);
    cr_assert_eq(figures.hits + figures.misses + figures.entries + figures.bytes, 0);
    assert_ok(cached_new(f->cache, next, &f->inner.store, f->base->loop, &store, err),
              *err);
    assert_miss(f, store, "k");
    store_free(store);
    cache_remove(f->cache, next);
    cache_down(f);
}

TEST(cached_write, keeps_what_an_update_returned)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    do_update(f, f->a, "k");
    inner_answer(f, 1, "two");
    assert_hit(f, f->b, "k", "two");
    cache_down(f);
}

TEST(cached_write, forgets_the_item_of_an_update_that_returned_nothing)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    do_update(f, f->a, "k");
    inner_answer(f, 1, NULL);
    assert_miss(f, f->b, "k");
    cache_down(f);
}

TEST(cached_write, forgets_what_is_deleted)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    do_delete(f, f->a, "k");
    inner_answer(f, 1, NULL);
    assert_miss(f, f->b, "k");
    cache_down(f);
}

TEST(cached_write, remembers_that_it_is_gone)
{
    struct cache_options options = options_of(5000);
    options.negative_ttl_ms = 1000;
    struct cache_fixture *f = cache_up(options);
    do_delete(f, f->a, "k");
    inner_answer(f, 0, NULL);
    assert_hit(f, f->b, "k", "");
    cache_down(f);
}

TEST(cached_write, forgets_the_item_of_a_write_that_may_have_happened)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    do_put(f, f->a, "k", "two");
    inner_fail(f, 1, DM_E_TIMEOUT);
    assert_miss(f, f->b, "k");
    cache_down(f);
}

TEST(cached_write, of_one_item_leaves_the_others)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    warm(f, "l", "other");
    do_put(f, f->a, "k", "two");
    assert_hit(f, f->b, "l", "other");
    cache_down(f);
}

TEST(cached_write, ends_every_part_of_the_item)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_get_part(f, f->a, "k", "v");
    inner_answer(f, 0, "one");
    do_put(f, f->b, "k", "two");
    inner_answer(f, 1, NULL);
    do_get_part(f, f->a, "k", "v");
    cr_assert_eq(f->inner.count, 3);
    cache_down(f);
}

/* --- races --- */

TEST(cached_write, is_not_undone_by_a_read_that_began_before_it)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_get(f, f->b, "k");
    do_put(f, f->a, "k", "two");
    inner_answer(f, 1, NULL);
    inner_answer(f, 0, "one");
    assert_hit(f, f->b, "k", "two");
    cache_down(f);
}

TEST(cached_write, is_not_undone_by_a_read_that_ended_within_it)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_get(f, f->b, "k");
    do_update(f, f->a, "k");
    inner_answer(f, 0, "one");
    inner_answer(f, 1, NULL);
    assert_miss(f, f->b, "k");
    cache_down(f);
}

TEST(cached_write, is_not_undone_by_a_read_that_began_within_it)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_update(f, f->a, "k");
    struct asked *asked = do_get(f, f->b, "k");
    inner_answer(f, 0, NULL);
    inner_answer(f, 1, "one");
    assert_str(v_of(asked), "one");
    cr_assert_not(asked->result.cache.stored);
    assert_miss(f, f->b, "k");
    cache_down(f);
}

TEST(cached_write, is_not_undone_by_a_strong_read_that_began_before_it)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_get_strongly(f, f->b, "k");
    do_put(f, f->a, "k", "two");
    inner_answer(f, 1, NULL);
    inner_answer(f, 0, "one");
    assert_hit(f, f->b, "k", "two");
    cache_down(f);
}

TEST(cached_write, is_seen_by_reads_after_it_though_another_is_under_way)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_get(f, f->a, "k");
    do_update(f, f->a, "k");
    inner_answer(f, 1, NULL);
    struct asked *after = do_get(f, f->a, "k");
    cr_assert_eq(f->inner.count, 3, "it joined a read from before the write");
    inner_answer(f, 0, "one");
    cr_assert_not(after->done);
    inner_answer(f, 2, "two");
    assert_str(v_of(after), "two");
    assert_hit(f, f->b, "k", "two");
    cache_down(f);
}

/* What coalesces below could give it what was asked for before the write. */
TEST(cached_write, is_seen_below_too)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_get(f, f->a, "k");
    cr_assert(((const struct store_get *)f->inner.calls[0].request)->anew);
    cache_down(f);
}

/* Which of the two came last only the table knows. */
TEST(cached_write, beside_another_leaves_nothing)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_put(f, f->a, "k", "one");
    do_put(f, f->b, "k", "two");
    inner_answer(f, 1, NULL);
    inner_answer(f, 0, NULL);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

TEST(cached_write, within_another_leaves_nothing_either)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_put(f, f->a, "k", "one");
    do_put(f, f->b, "k", "two");
    inner_answer(f, 0, NULL);
    inner_answer(f, 1, NULL);
    assert_miss(f, f->a, "k");
    cache_down(f);
}

TEST(cached_write, ends_what_would_rescue_too)
{
    struct cache_options options = options_of(5000);
    options.stale_if_error_ms = 60000;
    struct cache_fixture *f = cache_up(options);
    warm(f, "k", "one");
    pass_ms(f, 6000);
    struct asked *asked = do_get(f, f->a, "k");
    do_update(f, f->b, "k");
    inner_answer(f, 2, NULL);
    inner_fail(f, 1, DM_E_UPSTREAM);
    cr_assert_eq(asked->code, DM_E_UPSTREAM);
    cache_down(f);
}

TEST(cached_write, that_is_refused_leaves_no_fence)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    f->inner.refuses = DM_E_OVERLOADED;
    cr_assert_eq(do_put(f, f->a, "k", "two")->code, DM_E_OVERLOADED);
    f->inner.refuses = DM_OK;
    warm(f, "k", "one");
    assert_hit(f, f->a, "k", "one");
    cache_down(f);
}

TEST(cached_write, past_its_deadline_leaves_no_fence)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_put(f, f->a, "k", "two");
    inner_fail(f, 0, DM_E_TIMEOUT);
    warm(f, "k", "one");
    assert_hit(f, f->b, "k", "one");
    cache_down(f);
}

TEST(cached_write, that_is_cancelled_leaves_no_fence)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct asked *asked = do_put(f, f->a, "k", "two");
    store_cancel(DM_TAKE(asked->call));
    cr_assert_eq(f->inner.cancelled, 1);
    warm(f, "k", "one");
    assert_hit(f, f->a, "k", "one");
    cache_down(f);
}

TEST(cached_write, must_say_its_key)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct asked *asked = &f->asked[f->asked_count++];
    arena_init(&asked->arena, 1 << 16);
    struct dm_value item = {.type = DM_M};
    struct store_put request = {
        .base.arena = &asked->arena, .table = STR("t"), .item = &item};
    cr_assert_eq(f->a->ops->put(f->a, &request, NULL, NULL, &asked->call, &asked->err),
                 DM_E_INTERNAL);
    cr_assert_eq(f->inner.count, 0);
    cache_down(f);
}

/* --- many, and other models --- */

static void ignore(enum dm_code code, const struct store_result *result,
                   const struct dm_error *err, void *ctx)
{
    (void)result, (void)err;
    *(enum dm_code *)ctx = code;
}

TEST(cached_write, of_a_batch_ends_each_of_its_items)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm(f, "k", "one");
    warm(f, "l", "one");
    warm(f, "m", "one");
    struct asked *asked = &f->asked[f->asked_count++];
    arena_init(&asked->arena, 1 << 16);
    struct dm_value item = {.type = DM_M};
    struct key puts[] = {text_key("k")}, deletes[] = {text_key("l")};
    struct store_batch_write request = {.base.arena = &asked->arena,
                                        .table = STR("t"),
                                        .puts = &item,
                                        .put_keys = puts,
                                        .put_count = 1,
                                        .deletes = deletes,
                                        .delete_count = 1};
    enum dm_code code = DM_E_INTERNAL;
    assert_ok(
        f->a->ops->batch_write(f->a, &request, ignore, &code, &asked->call, &asked->err),
        asked->err);
    inner_answer(f, 3, NULL);
    cr_assert_eq(code, DM_OK);
    assert_miss(f, f->b, "k");
    assert_miss(f, f->b, "l");
    assert_hit(f, f->b, "m", "one");
    cache_down(f);
}

TEST(cached_write, of_a_model_without_a_cache_concerns_that_of_another)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    struct dm_store *heeding;
    assert_ok(cached_new(f->cache, NULL, &f->inner.store, f->base->loop, &heeding,
                         &f->base->err),
              f->base->err);
    warm(f, "k", "one");
    struct asked *asked = &f->asked[f->asked_count++];
    arena_init(&asked->arena, 1 << 16);
    struct dm_value item = {.type = DM_M};
    struct key key = text_key("k");
    const struct store_transact_entry entries[] = {
        {.kind = TRANSACT_PUT, .table = STR("elsewhere"), .item = &item, .key = &key},
        {.kind = TRANSACT_CHECK, .table = STR("t"), .key = &key},
        {.kind = TRANSACT_DELETE, .table = STR("t"), .key = &key},
    };
    struct store_transact_write request = {
        .base.arena = &asked->arena, .entries = entries, .count = 3};
    enum dm_code code = DM_E_INTERNAL;
    assert_ok(heeding->ops->transact_write(heeding, &request, ignore, &code, &asked->call,
                                           &asked->err),
              asked->err);
    inner_answer(f, 1, NULL);
    assert_miss(f, f->b, "k");
    do_get(f, heeding, "k");
    do_get(f, heeding, "k");
    cr_assert_eq(f->inner.count, 5, "it has no cache");
    for (size_t i = 3; i < 5; i++)
        inner_answer(f, i, "one");
    store_free(heeding);
    cache_down(f);
}

TEST(cached_write, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        mem_fail_at(0);
        struct cache_fixture *f = cache_up(options_of(5000));
        mem_fail_at(nth_);
        struct asked *asked = do_put(f, f->a, "k", "one");
        cr_assert(asked->code == DM_OK || asked->code == DM_E_NOMEM);
        if (asked->code == DM_OK)
            inner_answer(f, 0, NULL);
        cr_assert(asked->code == DM_OK || asked->code == DM_E_NOMEM);
        cache_down(f);
    }
}
