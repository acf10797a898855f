/* Scan: everything once, in pages, in segments. */
#include "database_fixture.h"

enum { COUNT = 60 };

static void open_with_items(struct fixture *f)
{
    fixture_init(f);
    fixture_open(f);
    fixture_create_tables(f);
    assert_ok(fixture_put(f, "plain", "{'id':{'S':'other'}}", NULL), f->err);
    for (int i = 0; i < COUNT; i++) {
        struct dm_str json = arena_printf(
            &f->arena, "{'artist':{'S':'a%d'},'year':{'N':'%d'}%s}", i % 20, i,
            i % 3 ? "" : ",'label':{'S':'x'},'plays':{'N':'1'},'genre':{'S':'g'}");
        assert_ok(fixture_put(f, "music", json.ptr, NULL), f->err);
    }
}

/* Which years were seen, by all pages. */
struct seen {
    unsigned times[COUNT];
    size_t items, pages;
};

static void look(struct seen *seen, const struct store_result *result)
{
    for (size_t i = 0; i < result->item_count; i++) {
        struct dm_str year = dm_value_text(dm_value_member(&result->items[i], "year"));
        size_t at = 0;
        cr_assert(str_to_size(year, COUNT - 1, &at));
        seen->times[at]++;
    }
    seen->items += result->item_count;
    seen->pages++;
}

static void scan_all(struct fixture *f, struct store_scan request, struct seen *seen)
{
    do {
        struct store_result result = {0};
        request.table = STR("music");
        assert_ok(fixture_scan(f, &request, &result), f->err);
        look(seen, &result);
        request.after = result.last;
    } while (request.after);
}

static void expect_all_once(const struct seen *seen, int step)
{
    for (int i = 0; i < COUNT; i++)
        cr_assert_eq(seen->times[i], i % step == 0, "%d", i);
}

TEST(scan, gives_everything_once)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    struct seen seen = {.pages = 0};
    scan_all(&f, (struct store_scan){.limit = 0}, &seen);
    expect_all_once(&seen, 1);
    cr_assert_eq(seen.pages, 1);
}

TEST(scan, gives_everything_once_in_pages_of_any_size)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    for (unsigned limit = 1; limit < 70; limit += 4) {
        struct seen seen = {.pages = 0}, of_index = {.pages = 0};
        scan_all(&f, (struct store_scan){.limit = limit}, &seen);
        expect_all_once(&seen, 1);
        scan_all(&f, (struct store_scan){.limit = limit, .index = STR("by_label")},
                 &of_index);
        expect_all_once(&of_index, 3);
    }
}

TEST(scan, gives_everything_once_in_segments)
{
    static const struct dm_str indexes[] = {{NULL, 0}, STR("by_label"), STR("by_title")};
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    for (unsigned total = 1; total < 9; total++) {
        struct seen seen = {.pages = 0};
        for (unsigned segment = 0; segment < total; segment++)
            scan_all(&f,
                     (struct store_scan){
                         .segment = segment, .total_segments = total, .limit = 3},
                     &seen);
        expect_all_once(&seen, 1);
    }
    struct seen of_index = {.pages = 0};
    scan_all(&f,
             (struct store_scan){.index = indexes[1], .segment = 0, .total_segments = 1},
             &of_index);
    expect_all_once(&of_index, 3);
}

TEST(scan, keeps_a_partition_in_one_segment_and_in_order)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    for (unsigned segment = 0; segment < 4; segment++) {
        struct store_scan request = {
            .table = STR("music"), .segment = segment, .total_segments = 4};
        struct store_result result;
        assert_ok(fixture_scan(&f, &request, &result), f.err);
        cr_assert_eq(result.count % 3, 0, "three items a partition");
        cr_assert_eq(result.scanned_count, result.count);
    }
}

TEST(scan, starts_after_what_is_gone)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    struct store_scan request = {.table = STR("music"), .limit = 10};
    struct store_result result;
    assert_ok(fixture_scan(&f, &request, &result), f.err);
    struct dm_str last = fixture_text(&f, result.last);
    assert_ok(fixture_delete(&f, "music", last.ptr, NULL), f.err);
    request.after = result.last;
    request.limit = 0;
    assert_ok(fixture_scan(&f, &request, &result), f.err);
    cr_assert_eq(result.count, COUNT - 10);
}

TEST(scan, of_an_index_gives_what_it_projects)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    struct store_scan request = {
        .table = STR("music"), .index = STR("by_plays"), .limit = 1};
    struct store_result result;
    assert_ok(fixture_scan(&f, &request, &result), f.err);
    assert_str(fixture_texts(&f, result.items, result.item_count),
               "[{'artist':{'S':'a0'},'year':{'N':'0'},'plays':{'N':'1'},"
               "'genre':{'S':'g'}}]");
    assert_str(fixture_text(&f, result.last),
               "{'artist':{'S':'a0'},'year':{'N':'0'},'plays':{'N':'1'}}");
    cr_assert_eq(result.consumed_capacity, 0.5);
}

TEST(scan, counts_without_items)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    struct store_scan request = {.table = STR("music"), .count_only = true};
    struct store_result result;
    assert_ok(fixture_scan(&f, &request, &result), f.err);
    cr_assert_eq(result.count, COUNT);
    cr_assert_eq(result.item_count, 0);
    cr_assert_null(result.last);
}

static void refuse(struct fixture *f, struct store_scan request, enum dm_code code,
                   const char *words)
{
    struct store_result result;
    cr_assert_eq(fixture_scan(f, &request, &result), code, "%s", words);
    cr_assert(strstr(f->err.message, words), "%s", f->err.message);
}

TEST(scan, refuses_as_dynamodb_does)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    struct store_scan request = {.table = STR("nothing")};
    refuse(&f, request, DM_E_TABLE_NOT_FOUND, "does not exist");
    request = (struct store_scan){.table = STR("music"), .index = STR("nope")};
    refuse(&f, request, DM_E_VALIDATION, "does not have the specified index: nope");
    request.index = STR("by_label");
    request.consistent = true;
    refuse(&f, request, DM_E_VALIDATION, "Consistent reads are not supported");
    request =
        (struct store_scan){.table = STR("music"), .segment = 4, .total_segments = 4};
    refuse(&f, request, DM_E_VALIDATION, "4 is not less than TotalSegments: 4");
    request.total_segments = 1000001;
    refuse(&f, request, DM_E_VALIDATION, "less than or equal to 1000000");
    request = (struct store_scan){.table = STR("music"),
                                  .after = fixture_item(&f, "{'artist':{'S':'a'}}")};
    refuse(&f, request, DM_E_VALIDATION, "The provided starting key is invalid");
}

TEST(scan, refuses_a_starting_key_of_another_segment)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    struct store_scan request = {
        .table = STR("music"), .segment = 0, .total_segments = 2, .limit = 1};
    struct store_result result;
    assert_ok(fixture_scan(&f, &request, &result), f.err);
    request.after = result.last;
    assert_ok(fixture_scan(&f, &request, &result), f.err);
    request.segment = 1;
    refuse(&f, request, DM_E_VALIDATION,
           "Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 "
           "Segment: 1");
}

TEST(scan, survives_each_allocation_failing)
{
    DM_AUTO_DONE(fixture) f;
    open_with_items(&f);
    const struct table *table;
    assert_ok(database_begin(f.reader, &f.err), f.err);
    assert_ok(database_table(f.reader, STR("music"), &table, &f.err), f.err);
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 1024 * 1024);
        struct store_result result = {0};
        struct store_scan request = {
            .base = {.arena = &arena}, .table = STR("music"), .limit = 5};
        enum dm_code code = items_scan(f.reader, &request, &result, &f.err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", f.err.message);
    }
    database_rollback(f.reader);
}
