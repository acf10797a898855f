/* Transactions on DynamoDB, which the test plays: schemas of several models, reasons,
 * tokens. */
#include "dialogue_fixture.h"
#include "model/transacted.h"

static const char unknown[] = "todo = { allow = [ \"read\", \"write\" ]; };"
                              "done = { allow = [ \"read\", \"write\" ]; };";

static void on_transacted(enum dm_code code, struct dm_transacted *transacted,
                          const struct dm_error *err, void *ctx)
{
    struct dialogue *d = ctx;
    size_t len = 0;
    settle(d, code, err);
    d->text[0] = '\0';
    for (size_t i = 0; transacted && i < dm_transacted_count(transacted); i++) {
        struct dm_str detail;
        enum dm_code why = dm_transacted_reason(transacted, i, &detail);
        len += (size_t)snprintf(d->text + len, sizeof d->text - len, "%s(%.*s) ",
                                dm_code_name(why), STR_ARG(detail));
    }
    dm_transacted_free(transacted);
}

static void transact(struct dialogue *d, const char *document, struct dm_str token)
{
    struct dm_transaction transaction = {.document = dm_str(document), .token = token};
    struct call_context context = {.cost = &d->cost};
    d->times = 0;
    assert_ok(
        app_transact(d->app, &transaction, &context, on_transacted, d, &d->call, &d->err),
        d->err);
}

/* Tables are described in any order; the key of "todo" is of that type, all others S. */
static void describe(struct dialogue *d, const char *todo_type)
{
    char text[512];
    bool is_todo = strstr(request(d), "{\"TableName\":\"todo\"}");
    cr_assert(strstr(d->peer.request, "DescribeTable"));
    snprintf(
        text, sizeof text,
        "{\"Table\":{\"TableName\":\"x\",\"TableStatus\":\"ACTIVE\","
        "\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
        "\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"%s\"}]"
        "}}",
        is_todo ? todo_type : "S");
    answer(d, 200, text);
}

static const char both[] = "{\"write\":[{\"model\":\"todo\",\"delete\":{\"id\":\"1\"}},"
                           "{\"model\":\"done\",\"put\":{\"id\":\"1\"}}]}";

TEST(transact_calls, learn_the_keys_of_all_models_first)
{
    struct dialogue *d = dialogue_new(unknown);
    transact(d, both, STR("token-1"));
    describe(d, "S");
    describe(d, "S");
    expect(d, "TransactWriteItems",
           "{\"ClientRequestToken\":\"token-1\",\"TransactItems\":["
           "{\"Delete\":{\"TableName\":\"todo\",\"Key\":{\"id\":{\"S\":\"1\"}}}},"
           "{\"Put\":{\"TableName\":\"done\",\"Item\":{\"id\":{\"S\":\"1\"}}}}]");
    answer(d, 200,
           "{\"ConsumedCapacity\":[{\"CapacityUnits\":2},{\"CapacityUnits\":2}]}");
    wait_for(d);
    cr_assert_str_eq(d->text, "ok() ok() ");
    cr_assert_eq(d->cost.capacity, 4);
    dialogue_free(d);
}

TEST(transact_calls, end_with_the_first_model_that_cannot_be_known)
{
    struct dialogue *d = dialogue_new(unknown);
    transact(d, both, STR(""));
    describe(d, "S");
    expect(d, "DescribeTable", "");
    answer(d, 400, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_TABLE_NOT_FOUND);
    dialogue_free(d);
}

TEST(transact_calls, give_a_reason_for_each_entry)
{
    struct dialogue *d = dialogue_new(unknown);
    transact(d, both, STR(""));
    describe(d, "S");
    describe(d, "S");
    expect(d, "TransactWriteItems", "");
    answer(d, 400,
           "{\"__type\":\"x#TransactionCanceledException\",\"Message\":\"cancelled\","
           "\"CancellationReasons\":[{\"Code\":\"None\"},"
           "{\"Code\":\"TransactionConflict\",\"Message\":\"ongoing\"}]}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_CONFLICT);
    cr_assert_str_eq(d->text, "ok() conflict(ongoing) ");
    dialogue_free(d);
}

TEST(transact_calls, have_no_reasons_where_dynamodb_gives_too_few)
{
    struct dialogue *d = dialogue_new(unknown);
    transact(d, both, STR(""));
    describe(d, "S");
    describe(d, "S");
    expect(d, "TransactWriteItems", "");
    answer(d, 400,
           "{\"__type\":\"x#TransactionCanceledException\",\"Message\":\"cancelled\","
           "\"CancellationReasons\":[{\"Code\":\"None\"}]}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_CONFLICT);
    cr_assert_str_eq(d->text, "");
    dialogue_free(d);
}

static void find_keys_wrong(const char *todo_type, enum dm_code code)
{
    struct dialogue *d = dialogue_new(unknown);
    transact(d,
             "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":1}},"
             "{\"model\":\"done\",\"key\":{\"id\":\"1\"}}]}",
             STR(""));
    describe(d, "N");
    describe(d, "N");
    expect(d, "TransactGetItems", "");
    answer(d, 400,
           "{\"__type\":\"x#TransactionCanceledException\",\"Message\":\"cancelled\","
           "\"CancellationReasons\":[{\"Code\":\"ValidationError\",\"Message\":\"The "
           "provided "
           "key element does not match the schema\"},{\"Code\":\"None\"}]}");
    describe(d, todo_type);
    wait_for(d);
    cr_assert_eq(d->code, code, "%s", d->err.message);
    dialogue_free(d);
}

TEST(transact_calls, learn_anew_the_keys_that_were_of_another_schema)
{
    find_keys_wrong("S", DM_E_INVALID_KEY);
    find_keys_wrong("N", DM_E_VALIDATION); /* they are what they were */
}

TEST(transact_calls, do_not_guess_which_table_is_missing)
{
    struct dialogue *d = dialogue_new(unknown);
    transact(d, both, STR(""));
    describe(d, "S");
    describe(d, "S");
    expect(d, "TransactWriteItems", "");
    answer(d, 400, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_TABLE_NOT_FOUND);
    cr_assert_str_eq(d->err.message, "the table of one of the models does not exist");
    dialogue_free(d);
}

TEST(transact_calls, take_no_answer_to_what_was_not_asked)
{
    struct dialogue *d =
        dialogue_new("todo = { hash_key = \"id\"; attributes = { id = \"S\"; }; };");
    transact(d, "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"1\"}}]}", STR(""));
    expect(d, "TransactGetItems", "");
    answer(d, 200, "{\"Responses\":[{},{}]}");
    wait_for(d);
    cr_assert_eq(d->code, DM_E_UPSTREAM);
    dialogue_free(d);
}

TEST(transact_calls, can_be_cancelled_at_any_time)
{
    struct dialogue *d = dialogue_new(unknown);
    transact(d, both, STR(""));
    dm_call_cancel(d->call);
    transact(d, both, STR(""));
    describe(d, "S");
    dm_call_cancel(d->call);
    transact(d, both, STR(""));
    describe(d, "S");
    expect(d, "TransactWriteItems", "");
    dm_call_cancel(d->call);
    transact(d, both, STR(""));
    dialogue_free(d);
}
