/* Calls of an app on DynamoDB, which the test plays: what is asked of it, in which order,
 * and what becomes of its answers. */
#include "dialogue_fixture.h"

static const struct call_context anyone = {.cost = NULL};

static void on_page(enum dm_code code, struct dm_page *page, const struct dm_error *err,
                    void *ctx)
{
    struct dialogue *d = ctx;
    char *json = NULL;
    settle(d, code, err);
    if (code)
        return;
    assert_ok(dm_page_json(page, DM_PLAIN, &json, NULL, &d->err), d->err);
    snprintf(d->text, sizeof d->text, "%zu %s", dm_page_count(page), json);
    keep(d->next, dm_page_next(page));
    dm_free(json);
    dm_page_free(page);
}

static void on_item(enum dm_code code, struct dm_item *item, const struct dm_error *err,
                    void *ctx)
{
    settle(ctx, code, err);
    dm_item_free(item);
}

static void on_explained(enum dm_code code, const char *operation, struct dm_str json,
                         const struct dm_error *err, void *ctx)
{
    struct dialogue *d = ctx;
    settle(d, code, err);
    snprintf(d->text, sizeof d->text, "%s %.*s", operation ? operation : "",
             STR_ARG(json));
}

static void on_schema(enum dm_code code, const struct key_schema *schema,
                      const struct dm_error *err, void *ctx)
{
    struct dialogue *d = ctx;
    settle(d, code, err);
    if (schema)
        snprintf(d->text, sizeof d->text, "%.*s %.*s", STR_ARG(schema->hash.name),
                 STR_ARG(schema->range.name));
}

static void on_list(enum dm_code code, const struct model_listing *models, size_t count,
                    const struct dm_error *err, void *ctx)
{
    struct dialogue *d = ctx;
    settle(d, code, err);
    cr_assert_eq(count, 1);
    size_t len = (size_t)snprintf(d->text, sizeof d->text, "%s:", models[0].name.ptr);
    for (size_t i = 0; i < models[0].index_count; i++)
        len += (size_t)snprintf(d->text + len, sizeof d->text - len, " %s",
                                models[0].indexes[i].name.ptr);
}

static void query(struct dialogue *d, const struct dm_query *asked)
{
    struct call_context context = {.cost = &d->cost, .traceparent = STR("00-1-2-01")};
    d->times = 0;
    assert_ok(
        app_query(d->app, STR("todo"), asked, &context, on_page, d, &d->call, &d->err),
        d->err);
}

static const char table[] =
    "{\"Table\":{\"TableName\":\"todo\",\"TableStatus\":\"ACTIVE\","
    "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"},"
    "{\"AttributeName\":\"at\",\"KeyType\":\"RANGE\"}],"
    "\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"S\"},"
    "{\"AttributeName\":\"at\",\"AttributeType\":\"N\"},"
    "{\"AttributeName\":\"by\",\"AttributeType\":\"B\"}],"
    "\"GlobalSecondaryIndexes\":[{\"IndexName\":\"by_by\","
    "\"KeySchema\":[{\"AttributeName\":\"by\",\"KeyType\":\"HASH\"}],"
    "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"x\"]}}]}}";

#define QUERY(...) (&(struct dm_query){__VA_ARGS__})

TEST(calls, learn_keys_and_indexes_from_the_table)
{
    struct dialogue *d = dialogue_new("todo = { };");
    query(d, QUERY(.index = STR("by_by"), .hash_key = STR("AAAA")));
    expect(d, "DescribeTable", "{\"TableName\":\"todo\"}");
    answer(d, 200, table);
    expect(d, "Query", "\"IndexName\":\"by_by\"");
    answer(d, 200, "{\"Items\":[{\"id\":{\"S\":\"1\"}}],\"Count\":1,\"ScannedCount\":1}");
    wait_for(d);
    cr_assert_str_eq(d->text, "1 [{\"id\":\"1\"}]");

    query(d, QUERY(.index = STR("by_by"), .hash_key = STR("AAAA")));
    expect(d, "Query", "\"ExpressionAttributeValues\":{\":0\":{\"B\":\"AAAA\"}}");
    answer(d, 200, "{\"Items\":[],\"Count\":0,\"ScannedCount\":0}");
    wait_for(d);
    cr_assert_str_eq(d->text, "0 []");

    d->times = 0;
    assert_ok(app_list_models(d->app, 0, &anyone, on_list, d, &d->call, &d->err), d->err);
    wait_for(d);
    cr_assert_str_eq(d->text, "todo: by_by");
    dialogue_free(d);
}

TEST(calls, look_for_an_unknown_index_once_in_a_while)
{
    struct dialogue *d = dialogue_new(
        "todo = { hash_key = \"id\"; attributes = { id = \"S\"; at = \"N\"; };"
        "range_key = \"at\"; indexes = { mine = { hash_key = \"at\"; }; }; };");
    struct dm_query other = {.index = STR("other")};
    struct call_context context = {.cost = NULL};
    query(d, &other);
    expect(d, "DescribeTable", "todo");
    answer(d, 200, table);
    expect(d, "DescribeTable", "todo"); /* it may be newer than what was learnt */
    answer(d, 200, table);
    wait_for(d);
    cr_assert_eq(d->code, DM_E_INDEX_NOT_FOUND);
    cr_assert_str_eq(d->err.message, "model \"todo\" has no index \"other\"");

    cr_assert_eq(
        app_query(d->app, STR("todo"), &other, &context, on_page, d, &d->call, &d->err),
        DM_E_INDEX_NOT_FOUND);
    query(d, QUERY(.index = STR("by_by")));
    expect(d, "Scan", "by_by");
    dialogue_free(d);
}

TEST(calls, end_with_what_the_description_of_the_table_failed_with)
{
    struct dialogue *d = dialogue_new("todo = { };");
    query(d, QUERY(.limit = 1));
    expect(d, "DescribeTable", "todo");
    answer(d, 400, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_TABLE_NOT_FOUND);
    cr_assert_str_eq(d->err.message, "the table of model \"todo\" does not exist");
    dialogue_free(d);
}

TEST(calls, end_where_the_description_describes_no_table)
{
    struct dialogue *d = dialogue_new("todo = { };");
    query(d, QUERY(.limit = 1));
    expect(d, "DescribeTable", "todo");
    answer(d, 200, "{}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_UPSTREAM);
    cr_assert_str_eq(d->err.message, "the table's description has no keys");
    dialogue_free(d);
}

TEST(calls, plan_anew_when_the_table_was_made_anew)
{
    struct dialogue *d = dialogue_new("todo = { };");
    query(d, QUERY(.hash_key = STR("1")));
    expect(d, "DescribeTable", "todo");
    answer(d, 200,
           "{\"Table\":{\"TableStatus\":\"ACTIVE\","
           "\"KeySchema\":[{\"AttributeName\":\"old\",\"KeyType\":\"HASH\"}],"
           "\"AttributeDefinitions\":[{\"AttributeName\":\"old\",\"AttributeType\":"
           "\"S\"}]}}");
    expect(d, "Query", "\"#0\":\"old\"");
    answer(
        d, 400,
        "{\"__type\":\"x#ValidationException\",\"message\":\"Query condition missed key "
        "schema element: id\"}");
    expect(d, "DescribeTable", "todo");
    answer(d, 200, table);
    expect(d, "Query", "\"#0\":\"id\"");
    answer(d, 200, "{\"Items\":[],\"Count\":0,\"ScannedCount\":0}");
    wait_for(d);
    cr_assert_str_eq(d->text, "0 []");
    dialogue_free(d);
}

static const char given[] =
    "todo = { hash_key = \"id\"; attributes = { id = \"S\"; }; count_pages = 2; };";

TEST(calls, pass_on_where_they_come_from_and_say_what_they_cost)
{
    struct dialogue *d = dialogue_new(given);
    query(d, QUERY(.hash_key = STR("1")));
    expect(d, "Query", "traceparent: 00-1-2-01\r\n");
    d->clock.now_ms += 3;
    answer(d, 200,
           "{\"Items\":[],\"Count\":0,\"ScannedCount\":0,"
           "\"ConsumedCapacity\":{\"CapacityUnits\":1.5}}");
    wait_for(d);
    cr_assert(d->cost.has_capacity && d->cost.capacity > 1.4 && d->cost.capacity < 1.6);
    cr_assert_geq(d->cost.upstream_us, 3000);
    dialogue_free(d);
}

TEST(calls, count_page_after_page_and_go_on_by_a_token)
{
    struct dialogue *d = dialogue_new(given);
    query(d, QUERY(.count = true));
    expect(d, "Scan", "\"Select\":\"COUNT\"");
    answer(d, 200,
           "{\"Count\":5,\"LastEvaluatedKey\":{\"id\":{\"S\":\"e\"}},"
           "\"ConsumedCapacity\":{\"CapacityUnits\":1}}");
    expect(d, "Scan", "\"ExclusiveStartKey\":{\"id\":{\"S\":\"e\"}}");
    answer(d, 200,
           "{\"Count\":6,\"LastEvaluatedKey\":{\"id\":{\"S\":\"k\"}},"
           "\"ConsumedCapacity\":{\"CapacityUnits\":1}}");
    wait_for(d);
    cr_assert_str_eq(d->text, "11 []");
    cr_assert(d->cost.capacity > 1.9 && d->next[0]);
    query(d, QUERY(.count = true, .after = dm_str(d->next)));
    expect(d, "Scan", "\"ExclusiveStartKey\":{\"id\":{\"S\":\"k\"}}");
    answer(d, 400,
           "{\"__type\":\"x#ProvisionedThroughputExceededException\","
           "\"message\":\"slow\"}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_THROTTLED);
    dialogue_free(d);
}

TEST(calls, look_for_the_first_item_in_steps_that_grow)
{
    struct dialogue *d = dialogue_new(given);
    struct dm_filter filter = {STR("a"), STR("eq.1")};
    struct dm_query asked = {.filters = &filter, .filter_count = 1};
    struct call_context context = {.cost = &d->cost};
    assert_ok(app_first(d->app, STR("todo"), &asked, STR("none of it"), &context, on_item,
                        d, &d->call, &d->err),
              d->err);
    expect(d, "Scan", "\"Limit\":100,");
    answer(d, 200, "{\"Items\":[],\"LastEvaluatedKey\":{\"id\":{\"S\":\"e\"}}}");
    expect(d, "Scan", "\"Limit\":1000,");
    answer(d, 200, "{\"Items\":[]}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_NOT_FOUND);
    cr_assert_str_eq(d->err.message, "none of it");
    dialogue_free(d);
}

TEST(calls, explain_what_they_would_send)
{
    struct dialogue *d = dialogue_new(given);
    struct dm_get get = {.hash_key = STR("1")};
    assert_ok(app_explain_get(d->app, STR("todo"), &get, &anyone, on_explained, d,
                              &d->call, &d->err),
              d->err);
    cr_assert_eq(d->times, 0);
    wait_for(d);
    cr_assert_str_eq(d->text, "GetItem {\"TableName\":\"todo\",\"Key\":{\"id\":{\"S\":"
                              "\"1\"}},\"ReturnConsumedCapacity\":\"TOTAL\"}");
    struct dm_query query = {.hash_key = STR("1"), .descending = true};
    d->times = 0;
    assert_ok(app_explain_query(d->app, STR("todo"), &query, true, &anyone, on_explained,
                                d, &d->call, &d->err),
              d->err);
    wait_for(d);
    cr_assert_str_eq(d->text,
                     "Query {\"KeyConditionExpression\":\"#0=:0\",\"ScanIndexForward\":"
                     "false,\"TableName\":\"todo\",\"Limit\":1,"
                     "\"ExpressionAttributeNames\":{\"#0\":\"id\"},"
                     "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"1\"}},"
                     "\"ReturnConsumedCapacity\":\"TOTAL\"}");
    query.hash_key = STR("");
    cr_assert_eq(app_explain_query(d->app, STR("todo"), &query, false, &anyone,
                                   on_explained, d, &d->call, &d->err),
                 DM_E_INVALID_KEY);
    dialogue_free(d);
}

TEST(calls, tell_the_schema_at_once_or_later)
{
    const struct key_schema *schema = NULL;
    struct dialogue *d = dialogue_new(given);
    assert_ok(app_schema(d->app, STR("todo"), 0, &anyone, on_schema, d, &d->call, &schema,
                         &d->err),
              d->err);
    cr_assert(!d->call && schema);
    assert_str(schema->hash.name, "id");
    dialogue_free(d);

    schema = NULL;
    d = dialogue_new("todo = { };");
    assert_ok(app_schema(d->app, STR("todo"), 0, &anyone, on_schema, d, &d->call, &schema,
                         &d->err),
              d->err);
    cr_assert(d->call && !schema);
    expect(d, "DescribeTable", "todo");
    answer(d, 200, table);
    wait_for(d);
    cr_assert_str_eq(d->text, "id at");
    dialogue_free(d);
}

TEST(calls, end_when_their_deadline_passes)
{
    struct dialogue *d = dialogue_new("todo = { };");
    query(d, QUERY(.timeout_ms = 500));
    expect(d, "DescribeTable", "todo");
    d->clock.now_ms += 501;
    wait_for(d);
    cr_assert_eq(d->code, DM_E_TIMEOUT);
    dialogue_free(d);
}

TEST(calls, are_cancelled_with_their_app)
{
    struct dialogue *d = dialogue_new("todo = { };");
    struct dm_query query_ = {.limit = 1};
    struct call_context context = {.cost = NULL};
    assert_ok(
        app_query(d->app, STR("todo"), &query_, &context, on_page, d, &d->call, &d->err),
        d->err);
    expect(d, "DescribeTable", "todo");
    const struct key_schema *schema = NULL;
    assert_ok(app_schema(d->app, STR("todo"), 0, &anyone, on_schema, d, &d->call, &schema,
                         &d->err),
              d->err);
    dialogue_free(d);
    cr_assert_eq(d->times, 0);
}
