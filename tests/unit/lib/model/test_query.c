/* Queries, Scans, counts and first items, on the embedded store. */
#include "app_fixture.h"

static const char config[] =
    "token_secret = \"sixteen letters!\";\n"
    "dynamodb = { host = \"sqlite::memory:\"; };\n"
    "models = { orders = { hash_key = \"customer\"; range_key = \"at\";\n"
    "    attributes = { customer = \"S\"; at = \"N\"; status = \"S\"; total = \"N\"; };\n"
    "    indexes = { by_status = { hash_key = \"status\"; range_key = \"at\"; };\n"
    "                by_total = { range_key = \"total\"; projection = \"keys_only\"; }; "
    "};\n"
    "    count_pages = 2; message = \"no order {hash}\"; seed = \"items.jsonl\"; };\n"
    "  notes = { hash_key = \"id\"; attributes = { id = \"S\"; }; };\n"
    "  shut = { hash_key = \"id\"; attributes = { id = \"S\"; }; allow = [ \"write\" ]; "
    "};\n"
    "};\n";

static const char seed[] =
    "{\"customer\":\"c1\",\"at\":1,\"status\":\"open\",\"total\":30,\"tag\":\"a\"}\n"
    "{\"customer\":\"c1\",\"at\":2,\"status\":\"done\",\"total\":20,\"tag\":\"b\"}\n"
    "{\"customer\":\"c1\",\"at\":3,\"status\":\"open\",\"total\":10,\"tag\":\"c\"}\n"
    "{\"customer\":\"c2\",\"at\":1,\"status\":\"open\",\"total\":40,\"tag\":\"d\"}\n";

static struct dm_app *opened(void)
{
    return app_opened(config, seed);
}

/* The tags of the page's items, then "+" when there is a next. */
static void write_tags(const struct dm_page *page, char text[64])
{
    size_t len = 0;
    for (size_t i = 0; i < dm_page_count(page); i++) {
        struct dm_str tag = dm_value_text(dm_value_member(dm_page_item(page, i), "tag"));
        len += (size_t)snprintf(text + len, 64 - len, "%.*s", STR_ARG(tag));
    }
    snprintf(text + len, 64 - len, "%s", dm_page_next(page).len ? "+" : "");
}

static void expect(struct dm_app *app, const struct dm_query *query, const char *tags)
{
    DM_AUTO(dm_page) *page = NULL;
    char text[64] = "";
    struct dm_error err = {0};
    assert_ok(dm_query(app, "orders", query, &page, &err), err);
    write_tags(page, text);
    cr_assert_str_eq(text, tags);
}

static void refuse(struct dm_app *app, const struct dm_query *query, enum dm_code code,
                   const char *message)
{
    struct dm_page *page = NULL;
    struct dm_error err = {0};
    cr_assert_eq(dm_query(app, "orders", query, &page, &err), code, "%s", err.message);
    cr_assert_eq(err.code, code);
    cr_assert_str_eq(err.message, message);
    cr_assert_null(page);
}

#define FILTERS(...)                                                                     \
    .filters = (struct dm_filter[]){__VA_ARGS__},                                        \
    .filter_count = sizeof((struct dm_filter[]){__VA_ARGS__}) / sizeof(struct dm_filter)

#define QUERY(...) (&(struct dm_query){__VA_ARGS__})

TEST(query, lists_a_partition_in_either_order)
{
    DM_AUTO(dm_app) *app = opened();
    expect(app, QUERY(.hash_key = STR("c1")), "abc");
    expect(app, QUERY(.hash_key = STR("c1"), .descending = true), "cba");
    expect(app, QUERY(.hash_key = STR("c1"), .consistent_read = true), "abc");
    expect(app, QUERY(.hash_key = STR("c9")), "");
    expect(app, QUERY(.hash_key = STR("c1"), .range_key = STR("2.0")), "b");
}

TEST(query, takes_one_condition_on_the_range_key_and_filters_by_the_rest)
{
    DM_AUTO(dm_app) *app = opened();
    expect(app, QUERY(.hash_key = STR("c1"), FILTERS({STR("at"), STR("ge.2")})), "bc");
    expect(app, QUERY(.hash_key = STR("c1"), FILTERS({STR("at"), STR("between.(1,2)")})),
           "ab");
    expect(app,
           QUERY(.hash_key = STR("c1"),
                 FILTERS({STR("at"), STR("ge.2")}, {STR("status"), STR("eq.open")})),
           "c");
    expect(
        app,
        QUERY(.hash_key = STR("c1"), FILTERS({STR("or"), STR("(total.eq.30,tag.eq.c)")})),
        "ac");
}

TEST(query, scans_a_table_and_queries_its_indexes)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str by_status = STR("by_status"), by_total = STR("by_total");
    expect(app, QUERY(FILTERS({STR("customer"), STR("eq.c2")})), "d");
    expect(app, QUERY(.index = by_status, .hash_key = STR("done")), "b");
    expect(app, QUERY(.index = by_status, .hash_key = STR("open"), .range_key = STR("3")),
           "c");
    expect(
        app,
        QUERY(.index = by_total, .hash_key = STR("c1"), .attributes_to_get = STR("tag")),
        "cba");
    expect(app,
           QUERY(.index = by_total, .hash_key = STR("c1"), .consistent_read = true,
                 .attributes_to_get = STR("tag")),
           "cba");
    expect(app, QUERY(.index = by_status, FILTERS({STR("tag"), STR("in.(b,d)")})), "bd");
}

TEST(query, names_what_contradicts_itself)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str c1 = STR("c1"), one = STR("1"), by_status = STR("by_status");
    refuse(app, QUERY(.range_key = one), DM_E_INVALID,
           "a range key is given without a hash key");
    refuse(app, QUERY(.descending = true), DM_E_INVALID, "a Scan has no order");
    refuse(app, QUERY(.limit = 1001), DM_E_INVALID,
           "limit: expected 1 to 1000, got 1001");
    refuse(app, QUERY(.limit = 1, .count = true), DM_E_INVALID,
           "limit and count do not go together");
    refuse(app, QUERY(.index = by_status, .hash_key = c1, .consistent_read = true),
           DM_E_INVALID, "a global index has no consistent reads");
    refuse(app, QUERY(.index = STR("by_tag"), .hash_key = c1), DM_E_INDEX_NOT_FOUND,
           "model \"orders\" has no index \"by_tag\"");
    refuse(app,
           QUERY(.hash_key = c1, .range_key = one, FILTERS({STR("at"), STR("eq.1")})),
           DM_E_INVALID_FILTER, "filter \"at\": the range key is given already");
    refuse(app, QUERY(.hash_key = c1, FILTERS({STR("customer"), STR("eq.c1")})),
           DM_E_INVALID_FILTER,
           "filter \"customer\": a Query does not filter on its hash key");
    refuse(app, QUERY(.hash_key = c1, .range_key = STR("x")), DM_E_INVALID_KEY,
           "key \"at\" must be a number (N): got \"x\"");
    refuse(app, QUERY(.hash_key = STR("")), DM_E_INVALID_KEY,
           "key \"customer\" must be a string (S), and not empty: got \"\"");
    refuse(app, QUERY(.attributes_to_get = STR(",")), DM_E_INVALID_PROJECTION,
           "attributes_to_get: an empty name in a document path; expected names like a, "
           "b.c, d[0] or \"odd name\".x");
}

TEST(query, is_for_models_that_are_there_and_may_be_read)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_page *page = NULL;
    struct dm_error err = {0};
    struct dm_query query = {.limit = 1};
    cr_assert_eq(dm_query(app, "nothing", &query, &page, &err), DM_E_MODEL_NOT_FOUND);
    cr_assert_eq(dm_query(app, "shut", &query, &page, &err), DM_E_FORBIDDEN);
    cr_assert_str_eq(err.message, "model \"shut\" does not allow reading");
}

/* --- pages --- */

/* From page to page to the end: what they show, one after the other. */
static void walk(struct dm_app *app, struct dm_query query, const char *tags)
{
    char all[256] = "", after[512] = "";
    size_t len = 0;
    for (int pages = 0; pages == 0 || query.after.len; pages++) {
        DM_AUTO(dm_page) *page = NULL;
        struct dm_error err = {0};
        char text[64];
        cr_assert_lt(pages, 20);
        assert_ok(dm_query(app, "orders", &query, &page, &err), err);
        write_tags(page, text);
        len += (size_t)snprintf(all + len, sizeof all - len, "%s", text);
        snprintf(after, sizeof after, "%.*s", STR_ARG(dm_page_next(page)));
        query.after = dm_str(after);
    }
    cr_assert_str_eq(all, tags);
}

TEST(query, goes_from_page_to_page_to_the_end)
{
    DM_AUTO(dm_app) *app = opened();
    walk(app, *QUERY(.hash_key = STR("c1"), .limit = 1), "a+b+c+");
    walk(app, *QUERY(.hash_key = STR("c1"), .limit = 2), "ab+c");
    walk(app, *QUERY(.hash_key = STR("c1"), .limit = 2, .descending = true), "cb+a");
    walk(app,
         *QUERY(.index = STR("by_status"), .hash_key = STR("open"), .limit = 1,
                .descending = true),
         "c+d+a+");
    walk(app,
         *QUERY(.hash_key = STR("c1"), .limit = 1,
                FILTERS({STR("status"), STR("eq.open")})),
         "a++c+");
}

static void keep_next(struct dm_app *app, const struct dm_query *query, char after[512])
{
    DM_AUTO(dm_page) *page = NULL;
    struct dm_error err = {0};
    assert_ok(dm_query(app, "orders", query, &page, &err), err);
    cr_assert(dm_page_next(page).len);
    snprintf(after, 512, "%.*s", STR_ARG(dm_page_next(page)));
}

TEST(query, refuses_the_token_of_another_query)
{
    DM_AUTO(dm_app) *app = opened();
    char after[512];
    const char *message = "\"after\" is not of a page of this query";
    struct dm_str c1 = STR("c1"), by_status = STR("by_status");
    keep_next(app, QUERY(.hash_key = c1, .limit = 1), after);
    struct dm_str token = dm_str(after);
    expect(app, QUERY(.hash_key = c1, .after = token), "bc");
    expect(app, QUERY(.hash_key = c1, .after = token, .attributes_to_get = STR("tag")),
           "bc");
    refuse(app, QUERY(.hash_key = STR("c2"), .after = token), DM_E_INVALID_TOKEN,
           message);
    refuse(app, QUERY(.after = token), DM_E_INVALID_TOKEN, message);
    refuse(app, QUERY(.hash_key = c1, .descending = true, .after = token),
           DM_E_INVALID_TOKEN, message);
    refuse(app, QUERY(.index = by_status, .hash_key = c1, .after = token),
           DM_E_INVALID_TOKEN, message);
    refuse(app, QUERY(.hash_key = c1, .after = token, FILTERS({STR("tag"), STR("eq.a")})),
           DM_E_INVALID_TOKEN, message);
    refuse(app, QUERY(.hash_key = c1, .range_key = STR("1"), .after = token),
           DM_E_INVALID_TOKEN, message);
}

TEST(query, refuses_the_token_of_another_filter)
{
    DM_AUTO(dm_app) *app = opened();
    char after[512];
    struct dm_str c1 = STR("c1"), tag = STR("tag");
    keep_next(app, QUERY(.hash_key = c1, .limit = 1, FILTERS({tag, STR("ne.x")})), after);
    struct dm_str token = dm_str(after);
    expect(app, QUERY(.hash_key = c1, .after = token, FILTERS({tag, STR("ne.x")})), "bc");
    refuse(app, QUERY(.hash_key = c1, .after = token, FILTERS({tag, STR("ne.y")})),
           DM_E_INVALID_TOKEN, "\"after\" is not of a page of this query");
}

TEST(query, tokens_outlive_the_app)
{
    char after[512];
    {
        DM_AUTO(dm_app) *app = opened();
        keep_next(app, QUERY(.hash_key = STR("c1"), .limit = 1), after);
    }
    DM_AUTO(dm_app) *app = opened();
    expect(app, QUERY(.hash_key = STR("c1"), .after = dm_str(after)), "bc");
}

/* --- counts --- */

static void expect_count(struct dm_app *app, const struct dm_query *query, size_t count)
{
    DM_AUTO(dm_page) *page = NULL;
    struct dm_error err = {0};
    assert_ok(dm_query(app, "orders", query, &page, &err), err);
    cr_assert_eq(dm_page_count(page), count, "%zu", dm_page_count(page));
    cr_assert_null(dm_page_item(page, 0));
}

TEST(query, counts)
{
    DM_AUTO(dm_app) *app = opened();
    expect_count(app, QUERY(.hash_key = STR("c1"), .count = true), 3);
    expect_count(app, QUERY(.count = true), 4);
    expect_count(app,
                 QUERY(.hash_key = STR("c1"), .count = true,
                       FILTERS({STR("status"), STR("eq.open")})),
                 2);
}

/* 20 items of 300 KB are six pages of 1 MB: the model counts two at once. */
TEST(query, counts_so_many_pages_and_goes_on_by_a_token)
{
    enum { ITEMS = 20, SIZE = 300 * 1024 };
    DM_AUTO_DONE(dm_buf) items;
    buf_init(&items, 16 * 1024 * 1024);
    for (int i = 0; i < ITEMS; i++) {
        buf_printf(&items, "{\"customer\":\"c1\",\"at\":%d,\"text\":\"", i);
        char *room = buf_room(&items, SIZE);
        cr_assert(room);
        memset(room, 'x', SIZE);
        items.len += SIZE;
        buf_add_str(&items, STR("\"}\n"));
    }
    buf_add(&items, "", 1);
    DM_AUTO(dm_app) *app = app_opened(config, items.ptr);
    struct dm_query query = {.hash_key = STR("c1"), .count = true};
    size_t calls = 0, count = 0;
    char after[512];
    do {
        DM_AUTO(dm_page) *page = NULL;
        struct dm_error err = {0};
        assert_ok(dm_query(app, "orders", &query, &page, &err), err);
        count += dm_page_count(page);
        snprintf(after, sizeof after, "%.*s", STR_ARG(dm_page_next(page)));
        query.after = dm_str(after);
        calls++;
    } while (query.after.len);
    cr_assert_eq(count, ITEMS);
    cr_assert(calls == 3 || calls == 4, "%zu", calls);
}

/* --- the first item --- */

static void expect_first(struct dm_app *app, const struct dm_query *query,
                         const char *json)
{
    DM_AUTO(dm_item) *item = NULL;
    struct dm_error err = {0};
    char *text = NULL;
    assert_ok(dm_query_first_or_404(app, "orders", query, STR(""), &item, &err), err);
    assert_ok(dm_item_json(item, DM_PLAIN, &text, NULL, &err), err);
    cr_assert_str_eq(text, json);
    dm_free(text);
}

TEST(query, finds_the_first)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str tag = STR("tag");
    expect_first(app, QUERY(.hash_key = STR("c1"), .attributes_to_get = tag),
                 "{\"tag\":\"a\"}");
    expect_first(
        app, QUERY(.hash_key = STR("c1"), .descending = true, .attributes_to_get = tag),
        "{\"tag\":\"c\"}");
    expect_first(app,
                 QUERY(.attributes_to_get = tag, FILTERS({STR("total"), STR("lt.15")})),
                 "{\"tag\":\"c\"}");
}

TEST(query, says_what_is_not_found_in_the_words_asked_for)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_item *item = NULL;
    struct dm_error err = {0};
    struct dm_query query = {.hash_key = STR("c9")};
    cr_assert_eq(dm_query_first_or_404(app, "orders", &query, STR(""), &item, &err),
                 DM_E_NOT_FOUND);
    cr_assert_str_eq(err.message, "no order c9");
    cr_assert_eq(dm_query_first_or_404(app, "orders", &query, STR("none"), &item, &err),
                 DM_E_NOT_FOUND);
    cr_assert_str_eq(err.message, "none");
    query.limit = 1;
    cr_assert_eq(dm_query_first_or_404(app, "orders", &query, STR(""), &item, &err),
                 DM_E_INVALID);
}

TEST(query, first_of_a_scan_is_what_dm_first_says)
{
    DM_AUTO(dm_app) *app = opened();
    DM_AUTO(dm_item) *item = NULL;
    struct dm_error err = {0};
    struct dm_get get = {.message = STR("nothing here")};
    assert_ok(dm_first_or_404(app, "orders", &get, &item, &err), err);
    cr_assert_eq(dm_first_or_404(app, "notes", &get, &item, &err), DM_E_NOT_FOUND);
    cr_assert_str_eq(err.message, "nothing here");
    get.hash_key = STR("c1");
    cr_assert_eq(dm_first_or_404(app, "orders", &get, &item, &err), DM_E_INVALID);
}

/* --- as JSON, and when memory runs out --- */

TEST(query, writes_a_page_as_json)
{
    DM_AUTO(dm_app) *app = opened();
    DM_AUTO(dm_page) *page = NULL;
    struct dm_error err = {0};
    struct dm_query query = {.hash_key = STR("c1"),
                             .attributes_to_get = STR("at,tag"),
                             FILTERS({STR("at"), STR("le.2")})};
    char *text = NULL;
    size_t len = 0;
    assert_ok(dm_query(app, "orders", &query, &page, &err), err);
    assert_ok(dm_page_json(page, DM_PLAIN, &text, &len, &err), err);
    cr_assert_str_eq(text, "[{\"at\":1,\"tag\":\"a\"},{\"at\":2,\"tag\":\"b\"}]");
    cr_assert_eq(len, strlen(text));
    dm_free(text);
    assert_ok(dm_page_json(page, DM_TYPED, &text, NULL, &err), err);
    cr_assert_str_eq(text, "[{\"at\":{\"N\":\"1\"},\"tag\":{\"S\":\"a\"}},"
                           "{\"at\":{\"N\":\"2\"},\"tag\":{\"S\":\"b\"}}]");
    dm_free(text);
    cr_assert_null(dm_page_item(page, 2));
    dm_page_free(NULL);
}

static void query_or_fail(struct dm_app *app, const struct dm_query *query)
{
    DM_AUTO(dm_page) *page = NULL;
    DM_AUTO(dm_item) *item = NULL;
    struct dm_error err = {0};
    enum dm_code code = dm_query(app, "orders", query, &page, &err);
    if (code == DM_OK && !query->limit && !query->count)
        code = dm_query_first_or_404(app, "orders", query, STR("m"), &item, &err);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
}

TEST(query, survives_each_allocation_failing)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str c1 = STR("c1");
    query_or_fail(app, QUERY(.hash_key = c1)); /* the store keeps its statements */
    query_or_fail(app, QUERY(.count = true));
    WITH_EACH_ALLOCATION_FAILING
    query_or_fail(
        app, QUERY(.hash_key = c1, .limit = 1, FILTERS({STR("tag"), STR("in.(a,b)")})));
    WITH_EACH_ALLOCATION_FAILING query_or_fail(app, QUERY(.count = true));
    WITH_EACH_ALLOCATION_FAILING query_or_fail(app, QUERY(.hash_key = c1));
}

static void never(enum dm_code code, struct dm_page *page, const struct dm_error *err,
                  void *ctx)
{
    (void)code, (void)page, (void)err, (void)ctx;
    cr_assert_fail("it was cancelled");
}

TEST(query, can_be_cancelled)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_call *call = NULL;
    struct dm_error err = {0};
    struct dm_query query = {.hash_key = STR("c1")};
    assert_ok(dm_query_async(app, "orders", &query, never, NULL, &call, &err), err);
    dm_call_cancel(call);
    expect(app, &query, "abc");
    assert_ok(dm_query_async(app, "orders", &query, never, NULL, NULL, &err), err);
}
