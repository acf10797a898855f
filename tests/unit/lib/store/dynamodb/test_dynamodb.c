/* The DynamoDB store: the JSON of each request, what it makes of replies, broken ones
 * among them, and of memory that runs out. */
#include <stdio.h>

#include "unit/lib/store/dynamodb/dynamodb_fixture.h"

static const struct dialogue {
    const char *operation, *body, *reply;
} dialogues[] = {
    {"get",
     "{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},"
     "\"ConsistentRead\":true,\"ProjectionExpression\":\"#0,#1[2]\","
     "\"ExpressionAttributeNames\":{\"#0\":\"status\",\"#1\":\"list\"},"
     "\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"Item\":{\"id\":{\"S\":\"a\"}},"
     "\"ConsumedCapacity\":{\"TableName\":\"t\",\"CapacityUnits\":0.5}}"},
    {"put",
     "{\"TableName\":\"t\",\"Item\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},"
     "\"ConditionExpression\":\"#0=:0\","
     "\"ExpressionAttributeNames\":{\"#0\":\"status\"},"
     "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"open\"}},"
     "\"ReturnValues\":\"ALL_OLD\",\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"Attributes\":{\"id\":{\"S\":\"a\"}}}"},
    {"update",
     "{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},"
     "\"UpdateExpression\":\"SET #0=:0\",\"ConditionExpression\":\"#0=:1\","
     "\"ExpressionAttributeNames\":{\"#0\":\"status\"},"
     "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"done\"},\":1\":{\"S\":\"open\"}},"
     "\"ReturnValues\":\"UPDATED_NEW\","
     "\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\","
     "\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"Attributes\":{\"status\":{\"S\":\"done\"}}}"},
    {"delete",
     "{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},"
     "\"ConditionExpression\":\"#0=:0\","
     "\"ExpressionAttributeNames\":{\"#0\":\"status\"},"
     "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"open\"}},"
     "\"ReturnValues\":\"ALL_OLD\",\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{}"},
    {"query",
     "{\"KeyConditionExpression\":\"#0=:0 AND #1>=:1\",\"ScanIndexForward\":false,"
     "\"TableName\":\"t\",\"IndexName\":\"i\",\"ConsistentRead\":true,\"Limit\":7,"
     "\"ExclusiveStartKey\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},"
     "\"FilterExpression\":\"#2=:2\",\"ProjectionExpression\":\"#2,#3[2]\","
     "\"ExpressionAttributeNames\":"
     "{\"#0\":\"id\",\"#1\":\"at\",\"#2\":\"status\",\"#3\":\"list\"},"
     "\"ExpressionAttributeValues\":"
     "{\":0\":{\"S\":\"a\"},\":1\":{\"N\":\"1\"},\":2\":{\"S\":\"open\"}},"
     "\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"Items\":[{\"id\":{\"S\":\"a\"}},{\"id\":{\"S\":\"b\"}},{\"id\":{\"S\":\"c\"}}],"
     "\"Count\":3,\"ScannedCount\":7,\"LastEvaluatedKey\":{\"id\":{\"S\":\"c\"}},"
     "\"ConsumedCapacity\":{\"CapacityUnits\":12.5}}"},
    {"scan",
     "{\"Segment\":1,\"TotalSegments\":4,\"TableName\":\"t\",\"Select\":\"COUNT\","
     "\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"Count\":3,\"ScannedCount\":3,\"LastEvaluatedKey\":null}"},
    {"batch_get",
     "{\"RequestItems\":{\"t\":{\"Keys\":[{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}}],"
     "\"ConsistentRead\":true,\"ProjectionExpression\":\"#0,#1[2]\","
     "\"ExpressionAttributeNames\":{\"#0\":\"status\",\"#1\":\"list\"}}},"
     "\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"Responses\":{\"t\":[{\"id\":{\"S\":\"a\"}}]},\"UnprocessedKeys\":{\"t\":"
     "{\"ConsistentRead\":true,\"Keys\":[{\"at\":{\"N\":\"1\"},\"id\":{\"S\":\"a\"}}]}},"
     "\"ConsumedCapacity\":[{\"CapacityUnits\":1.5},{\"CapacityUnits\":2}]}"},
    {"batch_write",
     "{\"RequestItems\":{\"t\":["
     "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}}}},"
     "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}}}}]},"
     "\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"UnprocessedItems\":{\"t\":["
     "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}}}},"
     "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"z\"}}}}]}}"},
    {"transact_get",
     "{\"TransactItems\":[{\"Get\":{\"TableName\":\"t\","
     "\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},"
     "\"ProjectionExpression\":\"#0,#1[2]\","
     "\"ExpressionAttributeNames\":{\"#0\":\"status\",\"#1\":\"list\"}}},"
     "{\"Get\":{\"TableName\":\"u\",\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}}}}"
     "],"
     "\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"Responses\":[{},{\"Item\":{\"id\":{\"S\":\"a\"}}}]}"},
    {"transact_write",
     "{\"ClientRequestToken\":\"token\",\"TransactItems\":[{\"Put\":{\"TableName\":\"t\","
     "\"Item\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}}}},{\"Update\":{\"TableName\":"
     "\"t\",\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}},\"UpdateExpression\":"
     "\"SET #0=:0\",\"ExpressionAttributeNames\":{\"#0\":\"status\"},"
     "\"ExpressionAttributeValues\":{\":0\":{\"S\":\"done\"}}}},"
     "{\"Delete\":{\"TableName\":\"t\",\"Key\":{\"id\":{\"S\":\"a\"},\"at\":{\"N\":\"1\"}"
     "}}},"
     "{\"ConditionCheck\":{\"TableName\":\"u\",\"Key\":{\"id\":{\"S\":\"a\"},\"at\":"
     "{\"N\":\"1\"}},\"ConditionExpression\":\"#0=:0\",\"ExpressionAttributeNames\":"
     "{\"#0\":\"status\"},\"ExpressionAttributeValues\":{\":0\":{\"S\":\"open\"}}}}],"
     "\"ReturnConsumedCapacity\":\"TOTAL\"}",
     "{\"ConsumedCapacity\":[{\"CapacityUnits\":4.0},{\"CapacityUnits\":2.0}]}"},
    {"describe", "{\"TableName\":\"t\"}",
     "{\"Table\":{\"TableStatus\":\"CREATING\",\"KeySchema\":[{\"AttributeName\":\"id\","
     "\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{\"AttributeName\":\"id\","
     "\"AttributeType\":\"S\"}],\"GlobalSecondaryIndexes\":[{\"IndexName\":\"g\","
     "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],\"Projection\":"
     "{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"x\",\"y\"]}}]}}"},
    {"create",
     "{\"TableName\":\"t\",\"AttributeDefinitions\":["
     "{\"AttributeName\":\"id\",\"AttributeType\":\"S\"},"
     "{\"AttributeName\":\"at\",\"AttributeType\":\"N\"},"
     "{\"AttributeName\":\"x\",\"AttributeType\":\"B\"}],"
     "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"},"
     "{\"AttributeName\":\"at\",\"KeyType\":\"RANGE\"}],\"GlobalSecondaryIndexes\":["
     "{\"IndexName\":\"g\",\"KeySchema\":[{\"AttributeName\":\"at\",\"KeyType\":\"HASH\"}"
     "],"
     "\"Projection\":{\"ProjectionType\":\"INCLUDE\",\"NonKeyAttributes\":[\"x\"]},"
     "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":6}}],"
     "\"LocalSecondaryIndexes\":[{\"IndexName\":\"l\",\"KeySchema\":["
     "{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"},"
     "{\"AttributeName\":\"x\",\"KeyType\":\"RANGE\"}],"
     "\"Projection\":{\"ProjectionType\":\"ALL\"}}],\"BillingMode\":\"PROVISIONED\","
     "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":5,\"WriteCapacityUnits\":6}}",
     "{\"TableDescription\":{\"TableStatus\":\"ACTIVE\",\"KeySchema\":[{"
     "\"AttributeName\":"
     "\"id\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[{\"AttributeName\":\"id\","
     "\"AttributeType\":\"S\"}]}}"},
};

static struct dynamodb_fixture *exchange(const char *operation, unsigned status,
                                         const char *reply)
{
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    assert_ok(dynamodb_fixture_send(f, operation), f->err);
    cr_assert_eq(f->times, 0);
    dynamodb_fixture_body(f);
    dynamodb_fixture_answer(f, status, reply);
    return f;
}

static struct dynamodb_fixture *answered(const char *operation)
{
    for (size_t i = 0; i < DM_COUNT(dialogues); i++)
        if (strcmp(dialogues[i].operation, operation) == 0)
            return exchange(operation, 200, dialogues[i].reply);
    cr_assert_fail("no operation %s", operation);
    return NULL;
}

TEST(dynamodb, renders_each_request_and_reads_its_reply)
{
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    for (size_t i = 0; i < DM_COUNT(dialogues); i++) {
        const struct dialogue *dialogue = &dialogues[i];
        assert_ok(dynamodb_fixture_send(f, dialogue->operation), f->err);
        assert_str(dm_str(dynamodb_fixture_body(f)), dialogue->body);
        dynamodb_fixture_answer(f, 200, dialogue->reply);
        cr_assert_eq(f->code, DM_OK, "%s: %s", dialogue->operation, f->err.message);
        cr_assert_eq(f->err.code, DM_OK);
    }
    dynamodb_fixture_free(f);
}

/* --- replies --- */

TEST(dynamodb, reads_a_page)
{
    struct dynamodb_fixture *f = answered("query");
    cr_assert_eq(f->result.item_count, 3);
    assert_str(dm_value_text(value_member(&f->result.items[2], STR("id"))), "c");
    cr_assert_eq(f->result.count, 3);
    cr_assert_eq(f->result.scanned_count, 7);
    cr_assert_not_null(f->result.last);
    cr_assert_eq(f->result.consumed_capacity, 12.5);
    dynamodb_fixture_free(f);
}

TEST(dynamodb, adds_up_the_capacity_of_all_tables)
{
    struct dynamodb_fixture *f = answered("batch_get");
    cr_assert_eq(f->result.consumed_capacity, 3.5);
    dynamodb_fixture_free(f);
}

TEST(dynamodb, gives_back_keys_that_were_not_read)
{
    struct dynamodb_fixture *f = answered("batch_get");
    cr_assert_eq(f->result.item_count, 1);
    cr_assert_eq(f->result.unprocessed_key_count, 1);
    const struct key *key = f->result.unprocessed_keys;
    assert_str(key->hash_attribute.name, "id");
    assert_str(key->hash.as.text, "a");
    assert_str(key->range.as.text, "1");
    dynamodb_fixture_free(f);
}

TEST(dynamodb, gives_back_what_was_not_written)
{
    struct dynamodb_fixture *f = answered("batch_write");
    cr_assert_eq(f->result.unprocessed_put_count, 1);
    cr_assert_eq(f->result.unprocessed_key_count, 1);
    assert_str(dm_value_text(value_member(f->result.unprocessed_puts, STR("id"))), "z");
    assert_str(f->result.unprocessed_keys->hash.as.text, "a");
    dynamodb_fixture_free(f);
}

TEST(dynamodb, keeps_the_places_of_a_transactions_items)
{
    struct dynamodb_fixture *f = answered("transact_get");
    cr_assert_eq(f->result.item_count, 2);
    cr_assert_eq(dm_value_count(&f->result.items[0]), 0);
    cr_assert_eq(dm_value_count(&f->result.items[1]), 1);
    dynamodb_fixture_free(f);
}

TEST(dynamodb, reads_a_description_with_its_indexes)
{
    struct dynamodb_fixture *f = answered("describe");
    cr_assert_eq(f->result.status, TABLE_NOT_YET);
    cr_assert_eq(f->result.index_count, 1);
    const struct store_index *index = f->result.indexes;
    assert_str(index->name, "g");
    cr_assert(index->global);
    cr_assert_eq(index->projection, PROJECT_INCLUDE);
    cr_assert_eq(index->included_count, 2);
    assert_str(index->included[1], "y");
    dynamodb_fixture_free(f);
}

/* --- errors --- */

TEST(dynamodb, gives_the_reasons_of_a_cancelled_transaction)
{
    struct dynamodb_fixture *f = exchange(
        "transact_write", 400,
        "{\"__type\":\"x#TransactionCanceledException\",\"Message\":\"words\","
        "\"CancellationReasons\":[{\"Code\":\"None\",\"Message\":null},"
        "{\"Code\":\"ConditionalCheckFailed\",\"Message\":\"failed\",\"Item\":{}},"
        "{\"Code\":\"ValidationError\"},{\"Code\":\"ThrottlingError\"},"
        "{\"Code\":\"TransactionConflict\"},{\"Code\":\"Never heard of\"}]}");
    static const enum dm_code codes[] = {DM_OK,          DM_E_CONDITION, DM_E_VALIDATION,
                                         DM_E_THROTTLED, DM_E_CONFLICT,  DM_E_UPSTREAM};
    cr_assert_eq(f->code, DM_E_CONFLICT);
    assert_str(dm_str(f->err.message), "words");
    cr_assert(f->with_result);
    cr_assert_eq(f->result.reason_count, DM_COUNT(codes));
    for (size_t i = 0; i < DM_COUNT(codes); i++)
        cr_assert_eq(f->result.reasons[i].code, codes[i], "reason %zu", i);
    assert_str(f->result.reasons[1].message, "failed");
    dynamodb_fixture_free(f);
}

TEST(dynamodb, gives_the_item_that_is_there_when_a_condition_fails)
{
    static const char *const operations[] = {"put", "update", "delete"};
    static const char there[] = "{\"__type\":\"x#ConditionalCheckFailedException\","
                                "\"Message\":\"words\",\"Item\":{\"a\":{\"N\":\"1\"}}}";
    static const char none[] = "{\"__type\":\"x#ConditionalCheckFailedException\"}";
    for (size_t i = 0; i < DM_COUNT(operations); i++) {
        struct dynamodb_fixture *f = exchange(operations[i], 400, there);
        cr_assert_eq(f->code, DM_E_CONDITION);
        cr_assert(f->with_result);
        assert_str(dm_value_text(value_member(f->result.item, STR("a"))), "1");
        dynamodb_fixture_free(f);

        f = exchange(operations[i], 400, none);
        cr_assert_eq(f->code, DM_E_CONDITION);
        cr_assert(f->with_result && !f->result.item);
        dynamodb_fixture_free(f);
    }
}

TEST(dynamodb, gives_no_result_with_any_other_error)
{
    struct dynamodb_fixture *f = exchange(
        "transact_write", 400, "{\"__type\":\"x#IdempotentParameterMismatchException\"}");
    cr_assert_eq(f->code, DM_E_CONFLICT);
    cr_assert_not(f->with_result);
    dynamodb_fixture_free(f);
}

TEST(dynamodb, calls_what_it_cannot_read_a_failure_of_dynamodb)
{
    static const struct {
        const char *operation, *reply;
    } cases[] = {
        {"get", ""},
        {"get", "[]"},
        {"get", "{\"Item\":{\"id\":{\"S\":\"a\"}}"},
        {"get", "{\"Item\":{\"id\":{\"X\":\"a\"}}}"},
        {"get", "{\"Item\":{}} more"},
        {"get", "{\"ConsumedCapacity\":{\"CapacityUnits\":\"1\"}}"},
        {"get", "{\"ConsumedCapacity\":{\"CapacityUnits\":-1}}"},
        {"get", "{\"ConsumedCapacity\":{\"CapacityUnits\":1e9}}"},
        {"put", "{\"Attributes\":[]}"},
        {"query", "{\"Items\":{}}"},
        {"query", "{\"Items\":[{\"id\":{\"S\":\"a\"}},7]}"},
        {"query", "{\"Count\":-1}"},
        {"query", "{\"Count\":1.5}"},
        {"query", "{\"ScannedCount\":99999999999999999999999999}"},
        {"scan", "{\"LastEvaluatedKey\":7}"},
        {"batch_get", "{\"Responses\":[]}"},
        {"batch_get", "{\"UnprocessedKeys\":{\"t\":{\"Keys\":[{\"x\":{\"S\":\"a\"}}]}}}"},
        {"batch_write", "{\"UnprocessedItems\":{\"t\":[{}]}}"},
        {"batch_write", "{\"UnprocessedItems\":{\"t\":[{\"PutRequest\":{}}]}}"},
        {"batch_write", "{\"UnprocessedItems\":{\"t\":[{\"DeleteRequest\":{}}]}}"},
        {"batch_write", "{\"UnprocessedItems\":{\"t\":[{\"PutRequest\":{\"Item\":{}},"
                        "\"DeleteRequest\":{\"Key\":{}}}]}}"},
        {"transact_get", "{\"Responses\":[[]]}"},
        {"describe", "{\"Table\":{}}"},
        {"describe", "{\"Table\":7}"},
        {"create", "{\"TableDescription\":{\"KeySchema\":[{\"AttributeName\":\"id\","
                   "\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":[]}}"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dynamodb_fixture *f = exchange(cases[i].operation, 200, cases[i].reply);
        cr_assert_eq(f->code, DM_E_UPSTREAM, "case %zu", i);
        cr_assert_not(f->with_result, "case %zu", i);
        dynamodb_fixture_free(f);
    }
}

TEST(dynamodb, sends_no_expression_of_more_than_4_kb)
{
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    struct path_step steps[1500];
    struct path paths[DM_COUNT(steps)];
    char names[DM_COUNT(steps)][8];
    for (size_t i = 0; i < DM_COUNT(steps); i++) {
        snprintf(names[i], sizeof names[i], "a%zu", i);
        steps[i] = (struct path_step){dm_str(names[i]), 0};
        paths[i] = (struct path){&steps[i], 1};
    }
    struct projection projection = {paths, DM_COUNT(paths)};
    struct store_scan request = {
        .base = f->base, .table = STR("t"), .projection = &projection};
    enum dm_code code = f->store->ops->scan(f->store, &request, dynamodb_fixture_done, f,
                                            &f->call, &f->err);
    cr_assert_eq(code, DM_E_VALIDATION);
    assert_str(dm_str(f->err.upstream_type), "ValidationException");
    cr_assert_not_null(strstr(f->err.message, "Invalid ProjectionExpression: "));
    dynamodb_fixture_free(f);
}

TEST(dynamodb, gives_a_transaction_without_a_token_one_of_its_own)
{
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    struct store_transact_write request = {.base = f->base};
    static const char member[] = "{\"ClientRequestToken\":\"";
    char tokens[2][33];
    for (size_t i = 0; i < 2; i++) {
        f->times = 0;
        assert_ok(f->store->ops->transact_write(f->store, &request, dynamodb_fixture_done,
                                                f, &f->call, &f->err),
                  f->err);
        const char *body = dynamodb_fixture_body(f);
        cr_assert_eq(strncmp(body, member, strlen(member)), 0, "%s", body);
        snprintf(tokens[i], sizeof tokens[i], "%s", body + strlen(member));
        dynamodb_fixture_answer(f, 200, "{}");
    }
    cr_assert_str_neq(tokens[0], tokens[1]);
    dynamodb_fixture_free(f);
}

TEST(dynamodb, a_cancelled_call_never_answers)
{
    struct dynamodb_fixture *f = dynamodb_fixture_new();
    assert_ok(dynamodb_fixture_send(f, "get"), f->err);
    dynamodb_fixture_body(f);
    store_cancel(f->call);
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    cr_assert_eq(f->times, 0);
    dynamodb_fixture_free(f);
}

static void survive(const struct dialogue *dialogue)
{
    char reply[2048];
    snprintf(reply, sizeof reply, "HTTP/1.1 200 X\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(dialogue->reply), dialogue->reply);
    WITH_EACH_ALLOCATION_FAILING
    {
        mem_fail_at(0);
        struct dynamodb_fixture *f = dynamodb_fixture_new();
        mem_fail_at(nth_);
        enum dm_code code = dynamodb_fixture_send(f, dialogue->operation);
        if (code == DM_OK) {
            peer_serve(&f->peer, reply, &f->times);
            code = f->code;
        }
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s, allocation %zu: %s",
                     dialogue->operation, nth_, f->err.message);
        dynamodb_fixture_free(f);
    }
}

TEST(dynamodb, survives_each_allocation_failing)
{
    for (size_t i = 0; i < DM_COUNT(dialogues); i++)
        survive(&dialogues[i]);
}
