/* Batches on DynamoDB, which the test plays: chunks, what is left unprocessed, and what
 * becomes of a batch that is done in part. */
#include "dialogue_fixture.h"
#include "model/items.h"
#include "model/written.h"

static const char known[] = "todo = { hash_key = \"id\"; attributes = { id = \"S\"; };"
                            "allow = [ \"read\", \"write\" ]; };";

static void on_items(enum dm_code code, struct dm_items *items,
                     const struct dm_error *err, void *ctx)
{
    struct dialogue *d = ctx;
    char *json = NULL;
    settle(d, code, err);
    if (code)
        return;
    assert_ok(dm_items_json(items, DM_PLAIN, &json, NULL, &d->err), d->err);
    snprintf(d->text, sizeof d->text, "%s", json);
    dm_free(json);
    dm_items_free(items);
}

static void on_written(enum dm_code code, struct dm_written *written,
                       const struct dm_error *err, void *ctx)
{
    struct dialogue *d = ctx;
    char *json = NULL;
    settle(d, code, err);
    if (code)
        return;
    if (dm_written_why(written))
        d->err = *dm_written_why(written);
    assert_ok(dm_written_json(written, &json, NULL, &d->err), d->err);
    snprintf(d->text, sizeof d->text, "%s", json);
    dm_free(json);
    dm_written_free(written);
}

/* The document must live as long as the call. */
static void get(struct dialogue *d, const char *document)
{
    struct dm_batch batch = {.document = dm_str(document)};
    struct call_context context = {.cost = &d->cost, .traceparent = STR("00-1-2-01")};
    d->times = 0;
    assert_ok(app_batch_get(d->app, STR("todo"), &batch, &context, on_items, d, &d->call,
                            &d->err),
              d->err);
}

static void put(struct dialogue *d, const char *document)
{
    struct dm_batch batch = {.document = dm_str(document)};
    struct call_context context = {.cost = &d->cost};
    d->times = 0;
    assert_ok(app_batch_write(d->app, STR("todo"), &batch, &context, on_written, d,
                              &d->call, &d->err),
              d->err);
}

/* Until answers of so many units have come; then time passes. */
static void pass(struct dialogue *d, double capacity, int64_t pause_ms)
{
    struct dm_error err = {0};
    for (int i = 0; i < 1000 && d->cost.capacity < capacity; i++)
        assert_ok(dm_loop_turn(d->loop, 100, &err), err);
    cr_assert_eq(d->cost.capacity, capacity);
    d->clock.now_ms += pause_ms;
    assert_ok(dm_loop_turn(d->loop, 0, &err), err);
}

#define CAPACITY ",\"ConsumedCapacity\":[{\"TableName\":\"todo\",\"CapacityUnits\":1}]}"

TEST(batch_calls, ask_again_for_keys_that_were_left)
{
    struct dialogue *d = dialogue_new(known);
    get(d, "{\"keys\":[{\"id\":\"b\"},{\"id\":\"a\"},{\"id\":\"b\"}],"
           "\"attributes_to_get\":\"x\",\"consistent_read\":true}");
    expect(d, "BatchGetItem",
           "\"Keys\":[{\"id\":{\"S\":\"a\"}},{\"id\":{\"S\":\"b\"}}],"
           "\"ConsistentRead\":true,\"ProjectionExpression\":\"#0,#1\"");
    cr_assert(strstr(d->peer.request, "traceparent: 00-1-2-01"));
    answer(d, 200,
           "{\"Responses\":{\"todo\":[{\"id\":{\"S\":\"a\"},\"x\":{\"N\":\"1\"}}]},"
           "\"UnprocessedKeys\":{\"todo\":{\"Keys\":[{\"id\":{\"S\":\"b\"}}]}}" CAPACITY);
    pass(d, 1, 1000);
    expect(d, "BatchGetItem", "\"Keys\":[{\"id\":{\"S\":\"b\"}}]");
    answer(d, 200,
           "{\"Responses\":{\"todo\":[{\"id\":{\"S\":\"b\"},\"x\":{\"N\":\"2\"}}]"
           "}" CAPACITY);
    wait_for(d);
    cr_assert_str_eq(d->text, "[{\"x\":2},{\"x\":1},{\"x\":2}]");
    cr_assert_eq(d->cost.capacity, 2);
    dialogue_free(d);
}

/* Answers until the call has ended. */
static void keep_answering(struct dialogue *d, const char *body)
{
    for (double capacity = 1; !d->times; capacity++) {
        request(d);
        answer(d, 200, body);
        pass(d, capacity, 0);
        if (!d->times)
            pass(d, capacity, 2);
    }
}

TEST(batch_calls, give_up_at_the_deadline)
{
    struct dialogue *d = dialogue_new(known);
    struct dm_batch batch = {.document = STR("{\"keys\":[{\"id\":\"a\"}]}"),
                             .timeout_ms = 3};
    struct call_context context = {.cost = &d->cost};
    assert_ok(app_batch_get(d->app, STR("todo"), &batch, &context, on_items, d, &d->call,
                            &d->err),
              d->err);
    keep_answering(d, "{\"Responses\":{},\"UnprocessedKeys\":{\"todo\":{\"Keys\":"
                      "[{\"id\":{\"S\":\"a\"}}]}}" CAPACITY);
    cr_assert_eq(d->code, DM_E_THROTTLED);
    cr_assert_str_eq(d->err.message, "DynamoDB kept leaving entries unprocessed");
    dialogue_free(d);
}

TEST(batch_calls, take_no_answer_to_what_was_not_asked)
{
    static const char *const strays[] = {
        "{\"Responses\":{\"todo\":[{\"id\":{\"S\":\"c\"}}]}}",
        "{\"Responses\":{\"todo\":[{\"id\":{\"N\":\"1\"}}]}}",
        "{\"Responses\":{\"todo\":[{}]}}",
        "{\"UnprocessedKeys\":{\"todo\":{\"Keys\":[{\"id\":{\"S\":\"c\"}}]}}}",
        ("{\"UnprocessedKeys\":{\"todo\":{\"Keys\":[{\"id\":{\"S\":\"a\"}},"
         "{\"id\":{\"S\":\"a\"}}]}}}"),
    };
    struct dialogue *d = dialogue_new(known);
    for (size_t i = 0; i < DM_COUNT(strays); i++) {
        get(d, "{\"keys\":[{\"id\":\"a\"}]}");
        expect(d, "BatchGetItem", "");
        answer(d, 200, strays[i]);
        wait_for(d);
        cr_assert_eq(d->code, DM_E_UPSTREAM);
    }
    put(d, "{\"put\":[{\"id\":\"a\"}]}");
    expect(d, "BatchWriteItem", "");
    answer(d, 200,
           "{\"UnprocessedItems\":{\"todo\":[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":"
           "\"b\"}}"
           "}}]}}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_UPSTREAM);
    dialogue_free(d);
}

/* {"NAME":[{"id":"1000"},…]} */
static void write_ids(struct dm_buf *document, const char *name, int count)
{
    buf_init(document, 1 << 20);
    buf_printf(document, "{\"%s\":[", name);
    for (int i = 0; i < count; i++)
        buf_printf(document, "%s{\"id\":\"%d\"}", i ? "," : "", 1000 + i);
    buf_add(document, "]}", sizeof "]}");
}

TEST(batch_calls, send_four_chunks_at_a_time)
{
    struct dialogue *d = dialogue_new(
        "todo = { hash_key = \"id\"; attributes = { id = \"S\"; };"
        "dynamodb = { region = \"eu-west-1\"; max_pool_connections = 8; }; };");
    DM_AUTO_DONE(dm_buf) document;
    int connections[4];
    write_ids(&document, "keys", 401);
    get(d, document.ptr);
    for (size_t i = 0; i < 4; i++) {
        connections[i] = peer_accept(&d->peer);
        cr_assert(strstr(peer_read(&d->peer, connections[i]), "BatchGetItem"));
        cr_assert_null(strstr(d->peer.request, "\"1400\""));
    }
    cr_assert_not(peer_has_connection(&d->peer));
    d->connection = connections[2];
    answer(d, 200, "{\"Responses\":{}}");
    expect(d, "BatchGetItem", "\"Keys\":[{\"id\":{\"S\":\"1400\"}}]");
    dm_call_cancel(d->call);
    dialogue_free(d);
}

TEST(batch_calls, write_again_what_was_left)
{
    struct dialogue *d = dialogue_new(known);
    put(d, "{\"put\":[{\"id\":\"a\",\"x\":1},{\"id\":\"b\"}],\"delete\":[{\"id\":\"c\"},"
           "{\"id\":\"d\"}]}");
    expect(d, "BatchWriteItem",
           "[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"a\"},\"x\":{\"N\":\"1\"}}}},");
    answer(d, 200,
           "{\"UnprocessedItems\":{\"todo\":[{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":"
           "\"d\"}"
           "}}},{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"a\"},\"x\":{\"N\":\"1\"}}}}]"
           "}" CAPACITY);
    pass(d, 1, 1000);
    expect(d, "BatchWriteItem",
           "{\"todo\":[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"a\"},\"x\":{\"N\":"
           "\"1\"}}}},"
           "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"d\"}}}}]}");
    answer(d, 200, "{\"UnprocessedItems\":{}" CAPACITY);
    wait_for(d);
    cr_assert_str_eq(
        d->text, "{\"put\":2,\"delete\":2,\"unprocessed\":{\"put\":[],\"delete\":[]}}");
    dialogue_free(d);
}

TEST(batch_calls, tell_what_was_left_at_the_deadline)
{
    struct dialogue *d = dialogue_new(known);
    struct dm_batch batch = {.document = STR("{\"put\":[{\"id\":\"a\"},{\"id\":\"b\"}]}"),
                             .timeout_ms = 3};
    struct call_context context = {.cost = &d->cost};
    assert_ok(app_batch_write(d->app, STR("todo"), &batch, &context, on_written, d,
                              &d->call, &d->err),
              d->err);
    keep_answering(d, "{\"UnprocessedItems\":{\"todo\":[{\"PutRequest\":{\"Item\":"
                      "{\"id\":{\"S\":\"a\"}}}}]}" CAPACITY);
    cr_assert_eq(d->code, DM_OK);
    cr_assert_eq(d->err.code, DM_E_THROTTLED);
    cr_assert_str_eq(d->text, "{\"put\":1,\"delete\":0,\"unprocessed\":{\"put\":"
                              "[{\"id\":\"a\"}],\"delete\":[]}}");
    dialogue_free(d);
}

#define THROTTLED                                                                        \
    "{\"__type\":\"x#ProvisionedThroughputExceededException\",\"message\":\"no\"}"

TEST(batch_calls, tell_what_was_not_written)
{
    struct dialogue *d = dialogue_new(known);
    DM_AUTO_DONE(dm_buf) document;
    write_ids(&document, "put", 26);
    put(d, document.ptr);
    for (int i = 0; i < 2; i++) { /* in either order */
        bool is_last = strstr(request(d), "\"1025\"");
        answer(d, is_last ? 400 : 200, is_last ? THROTTLED : "{}");
    }
    wait_for(d);
    cr_assert_eq(d->code, DM_OK);
    cr_assert_eq(d->err.code, DM_E_THROTTLED);
    cr_assert_str_eq(d->text, "{\"put\":25,\"delete\":0,\"unprocessed\":{\"put\":"
                              "[{\"id\":\"1025\"}],\"delete\":[]}}");
    dialogue_free(d);
}

TEST(batch_calls, fail_when_nothing_was_written)
{
    struct dialogue *d = dialogue_new(known);
    DM_AUTO_DONE(dm_buf) document;
    write_ids(&document, "put", 130);
    put(d, document.ptr);
    for (int i = 0; i < 4; i++) {
        expect(d, "BatchWriteItem", "PutRequest");
        answer(d, 400, THROTTLED);
    }
    wait_for(d);
    cr_assert_eq(d->code, DM_E_THROTTLED);
    dialogue_free(d);
}

static const char wide[] =
    "todo = { hash_key = \"id\"; attributes = { id = \"S\"; }; allow = [ \"write\" ];"
    "dynamodb = { region = \"eu-west-1\"; max_pool_connections = 8; }; };";

/* As DynamoDB JSON an item of nulls is three times what was written. */
TEST(batch_calls, keep_requests_under_16_mb)
{
    enum { ITEMS = 7, NULLS = 190000 };
    struct dialogue *d = dialogue_new(wide);
    DM_AUTO_DONE(dm_buf) document;
    buf_init(&document, 1 << 24);
    buf_add_str(&document, STR("{\"put\":["));
    for (int i = 0; i < ITEMS; i++) {
        buf_printf(&document, "%s{\"id\":\"%d\",\"x\":[null", i ? "," : "", i);
        for (int j = 0; j < NULLS; j++)
            buf_add_str(&document, STR(",null"));
        buf_add_str(&document, STR("]}"));
    }
    buf_add(&document, "]}", sizeof "]}");
    put(d, document.ptr);
    int first = peer_accept(&d->peer), second = peer_accept(&d->peer);
    cr_assert_not(peer_has_connection(&d->peer));
    dialogue_free(d);
    peer_reset(first);
    peer_reset(second);
}

TEST(batch, takes_no_document_over_16_mb)
{
    struct dialogue *d = dialogue_new(wide);
    struct dm_batch batch = {.document = {"", 16 * 1024 * 1024 + 1}};
    struct dm_transaction transaction = {.document = batch.document};
    struct call_context context = {.cost = NULL};
    cr_assert_eq(app_batch_write(d->app, STR("todo"), &batch, &context, on_written, d,
                                 &d->call, &d->err),
                 DM_E_INVALID);
    cr_assert_str_eq(d->err.message, "the document is over 16 MB");
    cr_assert_eq(app_transact(d->app, &transaction, &context, NULL, d, &d->call, &d->err),
                 DM_E_INVALID);
    dialogue_free(d);
}

static const char table[] =
    "{\"Table\":{\"TableName\":\"todo\",\"TableStatus\":\"ACTIVE\","
    "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
    "\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}}";
static const char old_table[] =
    "{\"Table\":{\"TableName\":\"todo\",\"TableStatus\":\"ACTIVE\","
    "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
    "\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"N\"}]}}";

TEST(batch_calls, begin_anew_when_the_table_was_made_anew)
{
    struct dialogue *d = dialogue_new("todo = { allow = [ \"read\", \"write\" ]; };");
    put(d, "{\"put\":[{\"id\":1}]}");
    expect(d, "DescribeTable", "todo");
    answer(d, 200, old_table);
    expect(d, "BatchWriteItem", "{\"id\":{\"N\":\"1\"}}");
    answer(d, 400,
           "{\"__type\":\"x#ValidationException\",\"message\":\"The provided key element "
           "does not match the schema\"}");
    expect(d, "DescribeTable", "todo");
    answer(d, 200, table);
    wait_for(d);
    cr_assert_eq(d->code, DM_E_INVALID_KEY);

    put(d, "{\"delete\":[{\"id\":\"1\"}]}");
    expect(d, "BatchWriteItem", "{\"id\":{\"S\":\"1\"}}");
    answer(d, 200, "{}");
    wait_for(d);
    cr_assert_str_eq(
        d->text, "{\"put\":0,\"delete\":1,\"unprocessed\":{\"put\":[],\"delete\":[]}}");
    dialogue_free(d);
}

TEST(batch_calls, name_the_model_whose_table_is_missing)
{
    struct dialogue *d = dialogue_new(known);
    get(d, "{\"keys\":[{\"id\":\"1\"}]}");
    expect(d, "BatchGetItem", "");
    answer(d, 400, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_TABLE_NOT_FOUND);
    cr_assert_str_eq(d->err.message, "the table of model \"todo\" does not exist");
    dialogue_free(d);
}

TEST(batch_calls, can_be_cancelled_at_any_time)
{
    struct dialogue *d = dialogue_new("todo = { allow = [ \"read\", \"write\" ]; };");
    const char *document = "{\"keys\":[{\"id\":\"1\"}]}";
    get(d, document);
    dm_call_cancel(d->call);
    get(d, document);
    expect(d, "DescribeTable", "todo");
    answer(d, 200, table);
    expect(d, "BatchGetItem", "");
    answer(
        d, 200,
        "{\"UnprocessedKeys\":{\"todo\":{\"Keys\":[{\"id\":{\"S\":\"1\"}}]}}" CAPACITY);
    pass(d, 1, 0);
    dm_call_cancel(d->call);
    get(d, document);
    dialogue_free(d);
}
