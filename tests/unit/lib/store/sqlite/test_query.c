/* Query: ranges, order, pages, filters and projections. */
#include "song_fixture.h"

TEST(query, gives_a_partition_in_order)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = partition("a");
    expect_years(&f, (struct store_query){.keys = &keys}, "-5 0 0.5 1 2 10 100");
    expect_years(&f, (struct store_query){.keys = &keys, .descending = true},
                 "100 10 2 1 0.5 0 -5");
    keys = partition("none");
    expect_years(&f, (struct store_query){.keys = &keys}, "");
}

TEST(query, gives_a_range_of_every_kind)
{
    const struct {
        struct key_condition keys;
        const char *years;
    } cases[] = {
        {years(RANGE_EQ, "0.5", NULL), "0.5"},
        {years(RANGE_EQ, "1.0", NULL), "1"},
        {years(RANGE_EQ, "3", NULL), ""},
        {years(RANGE_LT, "1", NULL), "-5 0 0.5"},
        {years(RANGE_LE, "1", NULL), "-5 0 0.5 1"},
        {years(RANGE_GT, "1", NULL), "2 10 100"},
        {years(RANGE_GE, "1", NULL), "1 2 10 100"},
        {years(RANGE_LT, "-5", NULL), ""},
        {years(RANGE_GT, "100", NULL), ""},
        {years(RANGE_BETWEEN, "0", "2"), "0 0.5 1 2"},
        {years(RANGE_BETWEEN, "3", "9"), ""},
        {years(RANGE_BETWEEN, "2", "2"), "2"},
    };
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    for (size_t i = 0; i < DM_COUNT(cases); i++)
        expect_years(&f, (struct store_query){.keys = &cases[i].keys}, cases[i].years);
}

TEST(query, gives_a_partition_of_a_table_without_a_range_key)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    assert_ok(fixture_put(&f, "plain", "{'id':{'S':'1'}}", NULL), f.err);
    struct key_condition keys = {.hash_name = STR("id"), .hash = value(DM_S, "1")};
    struct store_result result =
        query(&f, (struct store_query){.table = STR("plain"), .keys = &keys});
    assert_str(fixture_texts(&f, result.items, result.item_count), "[{'id':{'S':'1'}}]");
}

/* --- indexes --- */

TEST(query, of_an_index_gives_its_order)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = label("x");
    struct store_query request = {.index = STR("by_label"), .keys = &keys};
    expect_years(&f, request, "0 2 3 10");
    request.descending = true;
    expect_years(&f, request, "10 3 2 0");

    keys = partition("a");
    request = (struct store_query){.index = STR("by_title"), .keys = &keys};
    expect_years(&f, request, "1 0 10 2 -5");
    request.descending = true;
    expect_years(&f, request, "-5 2 10 0 1");
    keys = titles(RANGE_BEGINS_WITH, "ab");
    request.descending = false;
    expect_years(&f, request, "0 10 2");
    keys = titles(RANGE_EQ, "ab");
    expect_years(&f, request, "0 10");
    keys = titles(RANGE_GT, "ab");
    expect_years(&f, request, "2 -5");
}

TEST(query, of_an_index_gives_what_it_projects)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = {.hash_name = STR("plays"), .hash = value(DM_N, "7.0")};
    struct store_result result =
        query(&f, (struct store_query){.index = STR("by_plays"), .keys = &keys});
    assert_str(fixture_texts(&f, result.items, result.item_count),
               "[{'artist':{'S':'a'},'year':{'N':'100'},'plays':{'N':'7'},"
               "'genre':{'S':'pop'}}]");
    keys = titles(RANGE_EQ, "b");
    result = query(&f, (struct store_query){.index = STR("by_title"), .keys = &keys});
    assert_str(fixture_texts(&f, result.items, result.item_count),
               "[{'artist':{'S':'a'},'year':{'N':'-5'},'title':{'S':'b'}}]");
}

TEST(query, of_a_local_index_fetches_what_it_does_not_hold)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = titles(RANGE_EQ, "ab");
    struct projection shown = projection(&f, "label,year");
    struct store_query request = {
        .index = STR("by_title"), .keys = &keys, .projection = &shown};
    struct store_result result = query(&f, request);
    assert_str(fixture_texts(&f, result.items, result.item_count),
               "[{'year':{'N':'0'},'label':{'S':'x'}},"
               "{'year':{'N':'10'},'label':{'S':'x'}}]");
    cr_assert_eq(result.consumed_capacity, 0.5 + 2 * 0.5);
    request.projection = NULL;
    request.count_only = true;
    cr_assert_eq(query(&f, request).consumed_capacity, 0.5);
}

/* --- pages --- */

/* The next page's `after`. */
static const struct dm_value *expect_page(struct fixture *f, struct store_query request,
                                          const char *page, const char *last)
{
    struct store_result result = query(f, request);
    assert_str(years_of(f, &result), page);
    assert_str(fixture_text(f, result.last), last);
    return result.last;
}

TEST(query, continues_after_each_page)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = years(RANGE_LT, "100", NULL);
    struct store_query request = {.keys = &keys, .limit = 2};
    request.after =
        expect_page(&f, request, "-5 0", "{'artist':{'S':'a'},'year':{'N':'0'}}");
    request.after =
        expect_page(&f, request, "0.5 1", "{'artist':{'S':'a'},'year':{'N':'1'}}");
    request.after =
        expect_page(&f, request, "2 10", "{'artist':{'S':'a'},'year':{'N':'10'}}");
    expect_page(&f, request, "", "");

    request = (struct store_query){.keys = &keys, .limit = 4, .descending = true};
    request.after =
        expect_page(&f, request, "10 2 1 0.5", "{'artist':{'S':'a'},'year':{'N':'0.5'}}");
    expect_page(&f, request, "0 -5", "");
}

TEST(query, of_an_index_continues_among_equal_keys)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = titles(RANGE_BEGINS_WITH, "ab");
    struct store_query request = {.index = STR("by_title"), .keys = &keys, .limit = 1};
    request.after = expect_page(
        &f, request, "0", "{'artist':{'S':'a'},'year':{'N':'0'},'title':{'S':'ab'}}");
    request.after = expect_page(
        &f, request, "10", "{'artist':{'S':'a'},'year':{'N':'10'},'title':{'S':'ab'}}");
    request.after = expect_page(
        &f, request, "2", "{'artist':{'S':'a'},'year':{'N':'2'},'title':{'S':'abc'}}");
    expect_page(&f, request, "", "");

    request.descending = true;
    request.after = expect_page(
        &f, request, "10", "{'artist':{'S':'a'},'year':{'N':'10'},'title':{'S':'ab'}}");
    request.after = expect_page(
        &f, request, "0", "{'artist':{'S':'a'},'year':{'N':'0'},'title':{'S':'ab'}}");
    expect_page(&f, request, "", "");
}

TEST(query, starts_after_a_key_that_is_not_there)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = partition("a");
    struct store_query request = {
        .keys = &keys,
        .after = fixture_item(&f, "{'year':{'N':'1.5'},'artist':{'S':'a'}}")};
    expect_years(&f, request, "2 10 100");
    request.descending = true;
    expect_years(&f, request, "1 0.5 0 -5");
}

TEST(query, counts_its_limit_before_the_filter)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = partition("a");
    struct store_query request = {.keys = &keys, .filter = has(&f, "note"), .limit = 3};
    struct store_result result = query(&f, request);
    assert_str(years_of(&f, &result), "0.5");
    cr_assert_eq(result.count, 1);
    cr_assert_eq(result.scanned_count, 3);
    request.limit = 0;
    result = query(&f, request);
    assert_str(fixture_texts(&f, result.items, result.item_count),
               "[{'artist':{'S':'a'},'year':{'N':'0.5'},'note':{'S':'ho'}},"
               "{'artist':{'S':'a'},'year':{'N':'100'},'plays':{'N':'7'},"
               "'genre':{'S':'pop'},'note':{'S':'hi'}}]");
    cr_assert_eq(result.scanned_count, 7);
}

TEST(query, filters_by_what_it_does_not_show)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = partition("a");
    struct projection shown = projection(&f, "year");
    struct store_result result =
        query(&f, (struct store_query){
                      .keys = &keys, .filter = has(&f, "plays"), .projection = &shown});
    assert_str(fixture_texts(&f, result.items, result.item_count),
               "[{'year':{'N':'100'}}]");
}

TEST(query, counts_without_items)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = partition("a");
    struct store_query request = {.keys = &keys, .count_only = true, .limit = 2};
    struct store_result result = query(&f, request);
    cr_assert_eq(result.item_count, 0);
    cr_assert_eq(result.count, 2);
    assert_str(fixture_text(&f, result.last), "{'artist':{'S':'a'},'year':{'N':'0'}}");
    request.filter = has(&f, "title");
    request.limit = 0;
    result = query(&f, request);
    cr_assert_eq(result.count, 5);
    cr_assert_eq(result.scanned_count, 7);
}

/* --- 1 MB --- */

static void put_big(struct fixture *f, int count, size_t size)
{
    char *run = arena_alloc(&f->arena, size + 1);
    memset(run, 'x', size);
    run[size] = '\0';
    for (int i = 0; i < count; i++) {
        struct dm_str json = arena_printf(&f->arena,
                                          "{'artist':{'S':'b'},'year':{'N':'%d'},"
                                          "'x':{'S':'%s'}}",
                                          i, run);
        assert_ok(fixture_put(f, "music", json.ptr, NULL), f->err);
    }
}

/* What DynamoDB Local does: the item that goes past 1 MB is the page's last. */
TEST(query, ends_a_page_past_1_mb)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    put_big(&f, 22, 100000);
    struct key_condition keys = partition("b");
    struct store_query request = {.keys = &keys};
    struct store_result result = query(&f, request);
    cr_assert_eq(result.count, 11);
    assert_str(fixture_text(&f, result.last), "{'artist':{'S':'b'},'year':{'N':'10'}}");
    cr_assert_eq(result.consumed_capacity, 134.5);
    request.consistent = true;
    cr_assert_eq(query(&f, request).consumed_capacity, 269);
    request.after = result.last;
    result = query(&f, request);
    cr_assert_eq(result.count, 11);
    cr_assert_null(result.last, "nothing follows");
}

TEST(query, counts_1_mb_before_the_filter)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    put_big(&f, 12, 100000);
    struct key_condition keys = partition("b");
    struct store_result result =
        query(&f, (struct store_query){.keys = &keys, .filter = has(&f, "nothing")});
    cr_assert_eq(result.count, 0);
    cr_assert_eq(result.scanned_count, 11);
    assert_str(fixture_text(&f, result.last), "{'artist':{'S':'b'},'year':{'N':'10'}}");
}

TEST(query, ends_a_page_before_its_arena)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    put_big(&f, 10, 20000);
    struct key_condition keys = partition("b");
    struct store_result result = {0};
    DM_AUTO_DONE(arena) small;
    arena_init(&small, 200000);
    struct store_query request = {
        .base = {.arena = &small}, .table = STR("music"), .keys = &keys};
    assert_ok(database_begin(f.reader, &f.err), f.err);
    assert_ok(items_query(f.reader, &request, &result, &f.err), f.err);
    cr_assert_gt(result.count, 1);
    cr_assert_lt(result.count, 10);
    cr_assert_not_null(result.last);
    database_rollback(f.reader);
}

TEST(query, survives_each_allocation_failing)
{
    DM_AUTO_DONE(fixture) f;
    songs_open(&f);
    struct key_condition keys = titles(RANGE_GE, "a");
    struct projection shown = projection(&f, "label,year");
    struct store_query request = {.table = STR("music"),
                                  .index = STR("by_title"),
                                  .keys = &keys,
                                  .filter = has(&f, "year"),
                                  .projection = &shown,
                                  .limit = 2};
    assert_ok(database_begin(f.reader, &f.err), f.err);
    const struct table *table;
    assert_ok(database_table(f.reader, STR("music"), &table, &f.err), f.err);
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 1024 * 1024);
        struct store_result result = {0};
        request.base.arena = &arena;
        enum dm_code code = items_query(f.reader, &request, &result, &f.err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", f.err.message);
    }
    database_rollback(f.reader);
}
