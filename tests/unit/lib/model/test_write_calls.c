/* Writes of an app on DynamoDB, which the test plays: what is asked of it, in which
 * order, and what becomes of its answers. */
#include "dialogue_fixture.h"
#include "write_fixture.h"

static void on_outcome(enum dm_code code, struct dm_outcome *outcome,
                       const struct dm_error *err, void *ctx)
{
    struct write_result result;
    struct dialogue *d = ctx;
    settle(d, code, err);
    keep(d->text, dm_str(write_down(&result, code, outcome)));
}

static void begin_put(struct dialogue *d, const struct dm_put *asked)
{
    struct call_context context = {.cost = &d->cost, .traceparent = STR("00-1-2-01")};
    d->times = 0;
    assert_ok(
        app_put(d->app, STR("todo"), asked, &context, on_outcome, d, &d->call, &d->err),
        d->err);
}

static void begin_update(struct dialogue *d, const struct dm_update *asked)
{
    d->times = 0;
    assert_ok(dm_update_async(d->app, "todo", asked, on_outcome, d, &d->call, &d->err),
              d->err);
}

static void begin_delete(struct dialogue *d, const struct dm_delete *asked)
{
    d->times = 0;
    assert_ok(dm_delete_async(d->app, "todo", asked, on_outcome, d, &d->call, &d->err),
              d->err);
}

#define BEGIN_PUT(d, ...) begin_put(d, &(struct dm_put){ONE, __VA_ARGS__})
#define BEGIN_UPDATE(d, ...) begin_update(d, &(struct dm_update){ONE, __VA_ARGS__})
#define BEGIN_DELETE(d, ...) begin_delete(d, &(struct dm_delete){ONE, __VA_ARGS__})
#define ONE .hash_key = STR("1")

static void ends_as(struct dialogue *d, const char *text)
{
    wait_for(d);
    cr_assert_str_eq(d->text, text, "%s: %s", d->text, d->err.message);
}

static const char model[] = "todo = { hash_key = \"id\"; attributes = { id = \"S\"; };"
                            "allow = [ \"read\", \"write\" ]; };";
static const char counted[] =
    "todo = { hash_key = \"id\"; attributes = { id = \"S\"; rev = \"version\"; };"
    "allow = [ \"read\", \"write\" ]; };";

static const char not_so[] =
    "{\"__type\":\"x#ConditionalCheckFailedException\",\"message\":\"no\","
    "\"Item\":{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"5\"}}}";
static const char absent[] =
    "{\"__type\":\"x#ConditionalCheckFailedException\",\"message\":\"no\"}";

TEST(write_calls, create_in_one_conditional_request)
{
    struct dialogue *d = dialogue_new(model);
    BEGIN_PUT(d, .create = true, .item = STR("{\"id\":\"1\"}"));
    expect(d, "PutItem",
           "{\"TableName\":\"todo\",\"Item\":{\"id\":{\"S\":\"1\"}},"
           "\"ConditionExpression\":\"attribute_not_exists(#0)\","
           "\"ExpressionAttributeNames\":{\"#0\":\"id\"},"
           "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"");
    answer(d, 400, not_so);
    ends_as(d, "item-exists {\"id\":\"1\",\"n\":5}");

    BEGIN_PUT(d, .create = true, .item = STR("{\"id\":\"1\"}"));
    expect(d, "PutItem", "traceparent: 00-1-2-01");
    answer(d, 200, "{\"ConsumedCapacity\":{\"CapacityUnits\":1.0}}");
    ends_as(d, "created {\"id\":\"1\"}");
    cr_assert(d->cost.has_capacity && d->cost.capacity > 0.9);
    dialogue_free(d);
}

TEST(write_calls, replace_without_reading)
{
    struct dialogue *d = dialogue_new(counted);
    BEGIN_PUT(d, .item = STR("{\"rev\":4}"));
    expect(d, "PutItem", "\"ConditionExpression\":\"#0=:0\"");
    answer(d, 200, "{\"Attributes\":{\"id\":{\"S\":\"1\"},\"rev\":{\"N\":\"4\"}}}");
    ends_as(d, "ok {\"id\":\"1\",\"rev\":5}");

    BEGIN_PUT(d, .item = STR("{}"), .guard.if_match = STR("\"v4-x\""));
    expect(d, "PutItem", ":0\":{\"N\":\"4\"}");
    answer(d, 400, absent);
    ends_as(d, "condition-failed -");
    dialogue_free(d);
}

TEST(write_calls, are_the_same_request_when_they_come_again_with_their_token)
{
    char first[2048];
    struct dialogue *d = dialogue_new(
        "todo = { hash_key = \"id\"; attributes = { id = \"S\"; until = \"ttl\"; };"
        "allow = [ \"write\" ]; };");
    for (int i = 0; i < 2; i++) {
        BEGIN_DELETE(d, .token = STR("t"));
        const char *body = strstr(request(d), "\r\n\r\n");
        cr_assert(i == 0 || strcmp(body, first) == 0, "%s, first %s", body, first);
        snprintf(first, sizeof first, "%s", body);
        answer(d, 200, "{}");
        ends_as(d, "ok -");
        d->clock.now_ms += 5000;
    }
    dialogue_free(d);
}

TEST(write_calls, patch_flat_without_reading)
{
    struct dialogue *d = dialogue_new(counted);
    BEGIN_UPDATE(d, .patch = STR("{\"a\":1,\"b\":null}"));
    expect(d, "UpdateItem",
           "\"UpdateExpression\":\"SET #0=:0,#1=if_not_exists(#1,:1)+:0 REMOVE "
           "#2\"");
    answer(d, 400, absent);
    ends_as(d, "item-not-found -");
    BEGIN_UPDATE(d, .patch = STR("{\"a\":1}"));
    expect(d, "UpdateItem", "\"ReturnValues\":\"ALL_NEW\"");
    answer(d, 200, "{\"Attributes\":{\"id\":{\"S\":\"1\"},\"a\":{\"N\":\"1\"}}}");
    ends_as(d, "ok {\"id\":\"1\",\"a\":1}");
    BEGIN_DELETE(d, .return_item = true);
    expect(d, "DeleteItem", "\"ReturnValues\":\"ALL_OLD\"");
    answer(d, 200, "{\"Attributes\":{\"id\":{\"S\":\"1\"}}}");
    ends_as(d, "ok {\"id\":\"1\"}");
    dialogue_free(d);
}

TEST(write_calls, send_a_json_patch_once)
{
    struct dialogue *d = dialogue_new(model);
    BEGIN_UPDATE(d, .dialect = DM_JSON_PATCH,
                 .patch = STR("[{\"op\":\"add\",\"path\":\"/n\",\"value\":1}]"));
    expect(d, "GetItem", "");
    answer(d, 200, "{\"Item\":{\"id\":{\"S\":\"1\"}}}");
    expect(d, "UpdateItem", "");
    answer(d, 500, "{}");
    wait_for(d);
    cr_assert(strstr(d->err.hint, "may have been done"), "%s", d->err.hint);
    dialogue_free(d);
}

/* Time passes until the next request is there, or the call has ended. */
static void let_time_pass(struct dialogue *d)
{
    for (int i = 0; i < 1000 && !d->times && !readable(d->connection); i++) {
        d->clock.now_ms += 10;
        assert_ok(dm_loop_turn(d->loop, 1, &d->err), d->err);
    }
}

/* As many times as it is said. */
static void change_in_between(struct dialogue *d, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        expect(d, "GetItem", "\"ConsistentRead\":true");
        answer(d, 200, "{\"Item\":{\"id\":{\"S\":\"1\"},\"m\":{\"M\":{}}}}");
        expect(d, "UpdateItem",
               "\"ConditionExpression\":\"attribute_exists(#1) AND #0=:1\"");
        answer(d, 400, not_so);
        let_time_pass(d);
    }
}

TEST(write_calls, read_again_what_changed_in_between)
{
    struct dialogue *d = dialogue_new(model);
    BEGIN_UPDATE(d, .patch = STR("{\"m\":{\"a\":1}}"));
    change_in_between(d, 2);
    expect(d, "GetItem", "\"Key\":{\"id\":{\"S\":\"1\"}}");
    answer(d, 200, "{\"Item\":{\"id\":{\"S\":\"1\"},\"m\":{\"M\":{}}}}");
    expect(d, "UpdateItem", ":0\":{\"M\":{\"a\":{\"N\":\"1\"}}}");
    answer(d, 200,
           "{\"Attributes\":{\"id\":{\"S\":\"1\"},\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}}");
    ends_as(d, "ok {\"id\":\"1\",\"m\":{\"a\":1}}");
    dialogue_free(d);
}

TEST(write_calls, give_up_on_what_always_changes)
{
    struct dialogue *d = dialogue_new(model);
    BEGIN_UPDATE(d, .patch = STR("{\"m\":{\"a\":1}}"), .timeout_ms = 60000);
    change_in_between(d, 8);
    ends_as(d, "conflict -");
    cr_assert_str_eq(d->err.message,
                     "the item was changed by others while it was being written");
    dialogue_free(d);
}

TEST(write_calls, write_on_condition_of_every_attribute_that_was_read)
{
    struct dialogue *d = dialogue_new(
        "todo = { hash_key = \"id\"; attributes = { id = \"S\"; a = \"N\"; };"
        "allow = [ \"read\", \"write\" ]; };");
    BEGIN_DELETE(d, .guard.if_none_match = STR("\"x\""));
    expect(d, "GetItem", "\"ConsistentRead\":true");
    answer(d, 200, "{\"Item\":{\"id\":{\"S\":\"1\"},\"b\":{\"N\":\"2\"}}}");
    expect(d, "DeleteItem",
           "\"ConditionExpression\":\"attribute_exists(#0) AND #0=:0 AND #1=:1 AND "
           "attribute_not_exists(#2)\"");
    answer(d, 200, "{}");
    ends_as(d, "ok -");
    dialogue_free(d);
}

TEST(write_calls, make_a_transaction_of_a_write_with_a_token)
{
    struct dialogue *d = dialogue_new(model);
    struct dm_str patch = STR("{\"add\":{\"n\":1}}");
    BEGIN_UPDATE(d, .dialect = DM_UPDATE, .patch = patch, .token = STR("t"));
    expect(d, "TransactWriteItems", "{\"ClientRequestToken\":\"t\",\"TransactItems\"");
    answer(d, 200, "{}");
    expect(d, "GetItem", "\"ConsistentRead\":true");
    answer(d, 200, "{\"Item\":{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}}");
    ends_as(d, "ok {\"id\":\"1\",\"n\":1}");

    BEGIN_UPDATE(d, .dialect = DM_UPDATE, .patch = patch, .token = STR("t"));
    expect(d, "TransactWriteItems", "");
    answer(d, 200, "{}");
    expect(d, "GetItem", "");
    answer(d, 400, "{\"__type\":\"x#ValidationException\",\"message\":\"odd\"}");
    ends_as(d, "ok -"); /* it is done */

    BEGIN_UPDATE(d, .dialect = DM_UPDATE, .patch = patch, .token = STR("t"));
    expect(d, "TransactWriteItems", "");
    answer(
        d, 400,
        "{\"__type\":\"x#TransactionCanceledException\",\"message\":\"no\","
        "\"CancellationReasons\":[{\"Code\":\"ValidationError\",\"Message\":\"bad\"}]}");
    ends_as(d, "validation-failed -");
    cr_assert_str_eq(d->err.message, "bad");

    BEGIN_UPDATE(d, .dialect = DM_UPDATE, .patch = patch, .token = STR("t"));
    expect(d, "TransactWriteItems", "");
    answer(d, 400,
           "{\"__type\":\"x#TransactionCanceledException\",\"message\":\"no\","
           "\"CancellationReasons\":[{\"Code\":\"ConditionalCheckFailed\"}]}");
    expect(d, "GetItem", "");
    answer(d, 200, "{}");
    ends_as(d, "item-not-found -");
    dialogue_free(d);
}

static const char retrying[] =
    "todo = { hash_key = \"id\"; attributes = { id = \"S\"; };"
    "allow = [ \"read\", \"write\" ]; retry_adds = %s;"
    "dynamodb = { max_retry_attempts = 1; base_backoff_ms = 1; }; };";

/* Whether the request that DynamoDB failed is sent again. */
static bool is_sent_again(const char *adds, const struct dm_update *asked)
{
    char text[512];
    snprintf(text, sizeof text, retrying, adds);
    struct dialogue *d = dialogue_new(text);
    begin_update(d, asked);
    expect(d, asked->token.len ? "TransactWriteItems" : "UpdateItem", "");
    answer(d, 500, "{\"__type\":\"x#InternalServerError\"}");
    for (int i = 0; i < 50 && !d->times; i++) {
        d->clock.now_ms += 100;
        assert_ok(dm_loop_turn(d->loop, 1, &d->err), d->err);
    }
    bool again = !d->times;
    if (!again)
        cr_assert_eq(d->code, DM_E_UPSTREAM);
    dialogue_free(d);
    return again;
}

TEST(write_calls, send_an_addition_again_only_if_the_model_says_so)
{
    struct dm_update add = {ONE, .dialect = DM_UPDATE,
                            .patch = STR("{\"append\":{\"l\":[1]}}")};
    struct dm_update set = {ONE, .dialect = DM_UPDATE,
                            .patch = STR("{\"set\":{\"n\":1}}")};
    struct dm_update token = {ONE, .dialect = DM_UPDATE,
                              .patch = STR("{\"add\":{\"n\":1}}"), .token = STR("t")};
    cr_assert_not(is_sent_again("false", &add));
    cr_assert(is_sent_again("true", &add));
    cr_assert(is_sent_again("false", &set));
    cr_assert(is_sent_again("false", &token));
}

TEST(write_calls, are_cancelled_wherever_they_are)
{
    struct dialogue *d = dialogue_new("todo = { allow = [ \"read\", \"write\" ]; };");
    BEGIN_DELETE(d, .guard.if_match = STR("\"x\""));
    expect(d, "DescribeTable", "todo");
    dm_call_cancel(d->call);
    dialogue_free(d);

    d = dialogue_new(model);
    BEGIN_UPDATE(d, .patch = STR("{\"m\":{}}"));
    expect(d, "GetItem", "");
    dm_call_cancel(d->call);
    BEGIN_UPDATE(d, .patch = STR("{\"m\":1}"));
    dialogue_free(d);
}
