/* Pages of queries through the cache. */
#include "unit/lib/store/cache/cache_fixture.h"

static void warm_page(struct cache_fixture *f, const char *index, const char *hash,
                      unsigned limit, const char *v)
{
    struct asked *asked = do_query(f, f->a, index, hash, limit);
    cr_assert_not(asked->done);
    inner_answer(f, f->inner.count - 1, v);
    cr_assert(asked->done && asked->code == DM_OK);
}

static bool is_kept(struct cache_fixture *f, const char *index, const char *hash,
                    unsigned limit)
{
    size_t before = f->inner.count;
    struct asked *asked = do_query(f, f->b, index, hash, limit);
    settle(f);
    if (!asked->done)
        store_cancel(DM_TAKE(asked->call));
    return f->inner.count == before;
}

TEST(cached_query, answers_the_same_page_again)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm_page(f, "", "k", 10, "one");
    struct asked *asked = do_query(f, f->b, "", "k", 10);
    cr_assert_not(asked->done);
    settle(f);
    cr_assert_eq(asked->result.item_count, 1);
    assert_str(v_of(asked), "one");
    cr_assert_eq(asked->result.cache.status, STORE_CACHE_HIT);
    cache_down(f);
}

TEST(cached_query, keeps_other_pages_apart)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm_page(f, "", "k", 10, "one");
    cr_assert_not(is_kept(f, "", "k", 11));
    cr_assert_not(is_kept(f, "", "l", 10));
    cr_assert_not(is_kept(f, "by_v", "k", 10));
    cr_assert(is_kept(f, "", "k", 10));
    cache_down(f);
}

TEST(cached_query, is_ended_by_a_write_to_its_partition_alone)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm_page(f, "", "k", 10, "one");
    warm_page(f, "", "k", 20, "one");
    warm_page(f, "", "l", 10, "one");
    do_put(f, f->a, "k", "two");
    inner_answer(f, 3, NULL);
    cr_assert_not(is_kept(f, "", "k", 10));
    cr_assert_not(is_kept(f, "", "k", 20));
    cr_assert(is_kept(f, "", "l", 10));
    cache_down(f);
}

TEST(cached_query, of_an_index_is_ended_by_any_write_to_the_table)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    warm_page(f, "by_v", "k", 10, "one");
    cr_assert(is_kept(f, "by_v", "k", 10));
    do_put(f, f->a, "other", "two");
    cr_assert_not(is_kept(f, "by_v", "k", 10));
    cache_down(f);
}

TEST(cached_query, that_began_before_a_write_is_not_kept)
{
    struct cache_fixture *f = cache_up(options_of(5000));
    do_query(f, f->b, "", "k", 10);
    do_query(f, f->b, "by_v", "k", 10);
    do_put(f, f->a, "k", "two");
    inner_answer(f, 2, NULL);
    inner_answer(f, 0, "one");
    inner_answer(f, 1, "one");
    cr_assert_not(is_kept(f, "", "k", 10));
    cr_assert_not(is_kept(f, "by_v", "k", 10));
    cache_down(f);
}

TEST(cached_query, keeps_an_empty_page_for_the_negative_ttl)
{
    struct cache_options options = options_of(5000);
    options.negative_ttl_ms = 1000;
    struct cache_fixture *f = cache_up(options);
    warm_page(f, "", "k", 10, NULL);
    cr_assert(is_kept(f, "", "k", 10));
    pass_ms(f, 1000);
    cr_assert_not(is_kept(f, "", "k", 10));
    cache_down(f);
}

TEST(cached_query, keeps_only_so_many_pages_of_a_partition)
{
    struct cache_options options = options_of(5000);
    options.size = 16 * 1024 * 1024;
    struct cache_fixture *f = cache_up(options);
    for (unsigned limit = 1; limit <= 130; limit++) {
        warm_page(f, "", "k", limit, "one");
        arena_done(&f->asked[--f->asked_count].arena);
        f->inner.count = 0;
        pass_ms(f, 1);
    }
    cr_assert_not(is_kept(f, "", "k", 1));
    cr_assert_not(is_kept(f, "", "k", 2));
    cr_assert(is_kept(f, "", "k", 3));
    cr_assert(is_kept(f, "", "k", 130));
    cache_down(f);
}

TEST(cached_query, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        mem_fail_at(0);
        struct cache_fixture *f = cache_up(options_of(5000));
        mem_fail_at(nth_);
        struct asked *asked = do_query(f, f->a, "by_v", "k", 10);
        if (asked->code == DM_OK)
            inner_answer(f, 0, "one");
        cr_assert(asked->code == DM_OK || asked->code == DM_E_NOMEM);
        cache_down(f);
    }
}
