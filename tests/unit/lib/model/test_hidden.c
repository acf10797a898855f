/* What models hide: items past their time to live, and items outside their keys'
 * templates. */
#include "app_fixture.h"

/* One table of customers, their orders and something else; "all" sees it as it is. */
static const char config[] =
    "dynamodb = { host = \"sqlite::memory:\"; };\n"
    "models = { orders = { table_name = \"table\";\n"
    "    hash_key = { name = \"pk\"; template = \"CUST#{}\"; };\n"
    "    range_key = { name = \"sk\"; template = \"ORDER#{}\"; };\n"
    "    attributes = { owner = \"S\"; expires = \"ttl\"; };\n"
    "    indexes = { by_owner = { hash_key = \"owner\"; range_key = \"sk\"; };\n"
    "                by_owner_keys = { hash_key = \"owner\"; projection = "
    "\"keys_only\"; }; };\n"
    "    seed = \"items.jsonl\"; };\n"
    "  lines = { table_name = \"table\"; hash_key = \"pk\";\n"
    "    range_key = { name = \"sk\"; template = \"LINE#{}!\"; };\n"
    "    attributes = { pk = \"S\"; owner = \"S\"; expires = \"ttl\"; };\n"
    "    indexes = { by_owner = { hash_key = \"owner\"; range_key = \"sk\"; };\n"
    "                by_owner_keys = { hash_key = \"owner\"; projection = "
    "\"keys_only\"; }; };\n"
    "    hide_expired = false; };\n"
    "  events = { hash_key = \"id\"; range_key = \"at\";\n"
    "    attributes = { id = \"S\"; at = \"ttl\"; };\n"
    "    seed = \"items.jsonl\"; };\n"
    "};\n";

/* What expires at 100 did so long ago, and what expires at 9999999999 is far. */
static const char seed[] =
    "{\"pk\":{\"S\":\"CUST#1\"},\"sk\":{\"S\":\"ORDER#1\"},\"owner\":{\"S\":\"o\"},"
    "\"tag\":{\"S\":\"a\"},\"id\":{\"S\":\"e\"},\"at\":{\"N\":\"1\"}}\n"
    "{\"pk\":{\"S\":\"CUST#1\"},\"sk\":{\"S\":\"ORDER#2\"},\"owner\":{\"S\":\"o\"},"
    "\"tag\":{\"S\":\"b\"},\"expires\":{\"N\":\"9999999999\"},\"id\":{\"S\":\"e\"},"
    "\"at\":{\"N\":\"9999999998\"}}\n"
    "{\"pk\":{\"S\":\"CUST#1\"},\"sk\":{\"S\":\"ORDER#3\"},\"owner\":{\"S\":\"o\"},"
    "\"tag\":{\"S\":\"c\"},\"expires\":{\"N\":\"100\"},\"id\":{\"S\":\"e\"},\"at\":{"
    "\"N\":\"9999999999\"}}\n"
    "{\"pk\":{\"S\":\"CUST#1\"},\"sk\":{\"S\":\"ORDER#4\"},\"owner\":{\"S\":\"o\"},"
    "\"tag\":{\"S\":\"d\"},\"expires\":{\"S\":\"100\"},\"id\":{\"S\":\"f\"},\"at\":{"
    "\"N\":\"1\"}}\n"
    "{\"pk\":{\"S\":\"CUST#1\"},\"sk\":{\"S\":\"ORDER$\"},\"tag\":{\"S\":\"v\"},\"id\":{"
    "\"S\":\"x\"},\"at\":{\"N\":\"1\"}}\n"
    "{\"pk\":{\"S\":\"CUST#1\"},\"sk\":{\"S\":\"ABOUT\"},\"owner\":{\"S\":\"o\"},\"tag\":"
    "{\"S\":\"w\"},\"id\":{\"S\":\"x\"},\"at\":{\"N\":\"2\"}}\n"
    "{\"pk\":{\"S\":\"CUST#1\"},\"sk\":{\"S\":\"ZZZ\"},\"owner\":{\"S\":\"o\"},\"tag\":{"
    "\"S\":\"x\"},\"id\":{\"S\":\"x\"},\"at\":{\"N\":\"3\"}}\n"
    "{\"pk\":{\"S\":\"SHOP#1\"},\"sk\":{\"S\":\"ORDER#9\"},\"owner\":{\"S\":\"o\"},"
    "\"tag\":{\"S\":\"y\"},\"id\":{\"S\":\"x\"},\"at\":{\"N\":\"4\"}}\n"
    "{\"pk\":{\"S\":\"1\"},\"sk\":{\"S\":\"LINE#1!\"},\"owner\":{\"S\":\"o\"},\"tag\":{"
    "\"S\":\"l\"},\"expires\":{\"N\":\"100\"},\"id\":{\"S\":\"x\"},\"at\":{\"N\":\"5\"}}"
    "\n"
    "{\"pk\":{\"S\":\"1\"},\"sk\":{\"S\":\"LINE#2\"},\"owner\":{\"S\":\"o\"},\"tag\":{"
    "\"S\":\"z\"},\"id\":{\"S\":\"x\"},\"at\":{\"N\":\"6\"}}\n";

static struct dm_app *opened(void)
{
    return app_opened(config, seed);
}

#define FILTER(name, value)                                                              \
    .filters = (struct dm_filter[]){{STR(name), STR(value)}}, .filter_count = 1
#define QUERY(...) (&(struct dm_query){__VA_ARGS__})

static struct dm_page *queried(struct dm_app *app, const char *model,
                               const struct dm_query *query)
{
    struct dm_page *page = NULL;
    struct dm_error err = {0};
    assert_ok(dm_query(app, model, query, &page, &err), err);
    return page;
}

static char tag_of(const struct dm_page *page, size_t index)
{
    return dm_value_text(dm_value_member(dm_page_item(page, index), "tag")).ptr[0];
}

/* The tags of a page in alphabetical order: a Scan has none of its own. */
static void expect(struct dm_app *app, const char *model, const struct dm_query *query,
                   const char *tags)
{
    DM_AUTO(dm_page) *page = queried(app, model, query);
    char seen[64] = "";
    size_t len = 0;
    for (char tag = 'a'; tag <= 'z'; tag++)
        for (size_t i = 0; i < dm_page_count(page); i++)
            if (tag_of(page, i) == tag)
                seen[len++] = tag;
    cr_assert_str_eq(seen, tags);

    struct dm_query counted = *query;
    counted.count = true;
    DM_AUTO(dm_page) *count = queried(app, model, &counted);
    cr_assert_eq(dm_page_count(count), strlen(tags), "%zu", dm_page_count(count));
}

TEST(hidden, what_is_outside_the_template_in_every_query_of_a_partition)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str one = STR("1");
    expect(app, "orders", QUERY(.hash_key = one), "abd");
    expect(app, "orders", QUERY(.hash_key = one, .descending = true), "abd");
    expect(app, "orders", QUERY(.hash_key = one, .range_key = STR("2")), "b");
    expect(app, "orders", QUERY(.hash_key = one, FILTER("sk", "eq.2")), "b");
    expect(app, "orders", QUERY(.hash_key = one, FILTER("sk", "begins_with.")), "abd");
    expect(app, "orders", QUERY(.hash_key = one, FILTER("sk", "ge.2")), "bd");
    expect(app, "orders", QUERY(.hash_key = one, FILTER("sk", "gt.2")), "d");
    expect(app, "orders", QUERY(.hash_key = one, FILTER("sk", "lt.2")), "a");
    expect(app, "orders", QUERY(.hash_key = one, FILTER("sk", "le.2")), "ab");
    expect(app, "orders", QUERY(.hash_key = one, FILTER("sk", "between.(2,4)")), "bd");
    expect(app, "orders", QUERY(.hash_key = STR("SHOP#1")), "");
}

TEST(hidden, what_is_outside_the_templates_in_scans_and_indexes)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str owner = STR("o"), index = STR("by_owner");
    expect(app, "orders", QUERY(.limit = 0), "abd");
    expect(app, "orders", QUERY(FILTER("pk", "eq.1")), "abd");
    expect(app, "orders", QUERY(FILTER("sk", "not.eq.1")), "bd");
    expect(app, "orders", QUERY(.index = index, .hash_key = owner), "abd");
    expect(app, "orders", QUERY(.index = index, .hash_key = owner, FILTER("sk", "ge.2")),
           "bd");
    expect(app, "orders", QUERY(.index = index), "abd");
}

TEST(hidden, what_lacks_the_templates_end)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str one = STR("1");
    expect(app, "lines", QUERY(.hash_key = one), "l");
    expect(app, "lines", QUERY(.hash_key = one, .descending = true), "l");
    expect(app, "lines", QUERY(.hash_key = one, FILTER("sk", "eq.1")), "l");
    expect(app, "lines", QUERY(.hash_key = one, FILTER("sk", "begins_with.1")), "l");
    expect(app, "lines", QUERY(.hash_key = one, .attributes_to_get = STR("tag")), "l");
    expect(app, "lines", QUERY(.limit = 0), "l");
    expect(app, "lines", QUERY(.index = STR("by_owner"), .hash_key = STR("o")), "l");
}

/* An index that has not the attribute cannot say. */
TEST(hidden, not_where_the_index_does_not_hold_the_time_to_live)
{
    DM_AUTO(dm_app) *app = opened();
    DM_AUTO(dm_page) *page = queried(
        app, "orders", QUERY(.index = STR("by_owner_keys"), .hash_key = STR("o")));
    cr_assert_eq(dm_page_count(page), 4);
}

TEST(hidden, what_expired_where_the_time_to_live_is_a_key)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str id = STR("e");
    expect(app, "events", QUERY(.hash_key = id), "bc");
    expect(app, "events", QUERY(.hash_key = id, .attributes_to_get = STR("tag")), "bc");
    expect(app, "events", QUERY(.hash_key = id, FILTER("at", "lt.9999999999")), "b");
    expect(app, "events", QUERY(.limit = 0), "bc");
}

static void expect_json(const struct dm_page *page, const char *expected)
{
    char *json = NULL;
    struct dm_error err = {0};
    assert_ok(dm_page_json(page, DM_PLAIN, &json, NULL, &err), err);
    cr_assert_str_eq(json, expected);
    dm_free(json);
}

TEST(hidden, attributes_that_were_read_for_this_alone)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_str one = STR("1"), tag = STR("tag");
    DM_AUTO(dm_page) *page =
        queried(app, "lines", QUERY(.hash_key = one, .attributes_to_get = tag));
    expect_json(page, "[{\"tag\":\"l\"}]");
    DM_AUTO(dm_page) *events =
        queried(app, "events", QUERY(.hash_key = STR("e"), .attributes_to_get = tag));
    expect_json(events, "[{\"tag\":\"b\"},{\"tag\":\"c\"}]");
}

TEST(hidden, templates_are_not_seen)
{
    DM_AUTO(dm_app) *app = opened();
    DM_AUTO(dm_page) *page = queried(app, "orders",
                                     QUERY(.hash_key = STR("1"), .range_key = STR("2"),
                                           .attributes_to_get = STR("pk,sk,expires")));
    expect_json(page,
                "[{\"pk\":\"1\",\"sk\":\"2\",\"expires\":\"2286-11-20T17:46:39Z\"}]");
}

/* --- single items --- */

static enum dm_code get(struct dm_app *app, const char *model, const char *hash,
                        const char *range, const char *paths, char **ret_json)
{
    DM_AUTO(dm_item) *item = NULL;
    struct dm_error err = {0};
    struct dm_get wish = {.hash_key = dm_str(hash),
                          .range_key = dm_str(range),
                          .attributes_to_get = dm_str(paths)};
    enum dm_code code = dm_get_or_404(app, model, &wish, &item, &err);
    if (code == DM_OK && ret_json)
        assert_ok(dm_item_json(item, DM_PLAIN, ret_json, NULL, &err), err);
    return code;
}

TEST(hidden, an_expired_item_is_not_there)
{
    DM_AUTO(dm_app) *app = opened();
    cr_assert_eq(get(app, "orders", "1", "2", NULL, NULL), DM_OK);
    cr_assert_eq(get(app, "orders", "1", "3", NULL, NULL), DM_E_NOT_FOUND);
    cr_assert_eq(get(app, "orders", "1", "3", "tag", NULL), DM_E_NOT_FOUND);
    cr_assert_eq(get(app, "orders", "1", "3", "tag,expires.x", NULL), DM_E_NOT_FOUND);
    cr_assert_eq(get(app, "orders", "1", "4", NULL, NULL), DM_OK, "no number, no end");
    cr_assert_eq(get(app, "lines", "1", "1", NULL, NULL), DM_OK, "shown there");
    cr_assert_eq(get(app, "events", "e", "1", NULL, NULL), DM_E_NOT_FOUND);
    cr_assert_eq(get(app, "events", "e", "2286-11-20T17:46:38Z", NULL, NULL), DM_OK);
    cr_assert_eq(get(app, "events", "e", "never", NULL, NULL), DM_E_INVALID_KEY);
}

TEST(hidden, a_projection_is_what_was_asked_for)
{
    DM_AUTO(dm_app) *app = opened();
    char *json = NULL;
    cr_assert_eq(get(app, "orders", "1", "2", "tag", &json), DM_OK);
    cr_assert_str_eq(json, "{\"tag\":\"b\"}");
    dm_free(json);
    cr_assert_eq(get(app, "orders", "1", "2", "expires,tag", &json), DM_OK);
    cr_assert(strstr(json, "\"expires\":\"2286-11-20T17:46:39Z\""), "%s", json);
    dm_free(json);
}

TEST(hidden, the_first_is_the_first_that_is_seen)
{
    DM_AUTO(dm_app) *app = opened();
    DM_AUTO(dm_item) *item = NULL;
    struct dm_error err = {0};
    struct dm_query query = {.hash_key = STR("1"), .descending = true};
    assert_ok(dm_query_first_or_404(app, "orders", &query, STR(""), &item, &err), err);
    assert_str(dm_value_text(dm_item_attr(item, "tag")), "d");
}

static void read_or_fail(struct dm_app *app, const char *model,
                         const struct dm_query *query)
{
    DM_AUTO(dm_page) *page = NULL;
    struct dm_error err = {0};
    enum dm_code code = dm_query(app, model, query, &page, &err);
    if (!code)
        code = get(app, "orders", "1", "2", "tag", NULL);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
}

TEST(hidden, survives_each_allocation_failing)
{
    DM_AUTO(dm_app) *app = opened();
    const struct dm_query *gt = QUERY(.hash_key = STR("1"), FILTER("sk", "gt.2"),
                                      .attributes_to_get = STR("tag"));
    read_or_fail(app, "orders", gt);
    read_or_fail(app, "lines", QUERY(.count = true));
    WITH_EACH_ALLOCATION_FAILING read_or_fail(app, "orders", gt);
    WITH_EACH_ALLOCATION_FAILING read_or_fail(app, "lines", QUERY(.count = true));
}
