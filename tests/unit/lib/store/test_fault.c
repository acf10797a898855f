/* DynamoDB's error replies: what each becomes, and which are tried again. */
#include <stdio.h>

#include "store/dynamodb/fault.h"
#include "support/test.h"

static enum fault_retry judge(unsigned status, const char *type, struct dm_error *err)
{
    char body[256];
    int len = snprintf(body, sizeof body,
                       "{\"__type\":\"com.amazonaws.dynamodb.v20120810#%s\","
                       "\"message\":\"its own words\"}",
                       type);
    return fault_read(status, (struct dm_str){body, (size_t)len}, err);
}

static const struct {
    unsigned status;
    const char *type;
    enum dm_code code;
    enum fault_retry retry;
} types[] = {
    {400, "AccessDeniedException", DM_E_REFUSED, FAULT_FINAL},
    {400, "ConditionalCheckFailedException", DM_E_CONDITION, FAULT_FINAL},
    {400, "ExpiredTokenException", DM_E_REFUSED, FAULT_CREDENTIALS},
    {400, "IncompleteSignatureException", DM_E_REFUSED, FAULT_CREDENTIALS},
    {500, "InternalServerError", DM_E_UPSTREAM, FAULT_TRANSIENT},
    {400, "InvalidSignatureException", DM_E_REFUSED, FAULT_SIGNATURE},
    {400, "ItemCollectionSizeLimitExceededException", DM_E_VALIDATION, FAULT_FINAL},
    {400, "LimitExceededException", DM_E_THROTTLED, FAULT_FINAL},
    {403, "MissingAuthenticationTokenException", DM_E_REFUSED, FAULT_CREDENTIALS},
    {400, "ProvisionedThroughputExceededException", DM_E_THROTTLED, FAULT_THROTTLED},
    {400, "ReplicatedWriteConflictException", DM_E_CONFLICT, FAULT_TRANSIENT},
    {403, "AuthFailure", DM_E_REFUSED, FAULT_CLOCK},
    {403, "RequestExpired", DM_E_REFUSED, FAULT_CLOCK},
    {403, "RequestInTheFuture", DM_E_REFUSED, FAULT_CLOCK},
    {403, "RequestTimeTooSkewed", DM_E_REFUSED, FAULT_CLOCK},
    {403, "SignatureDoesNotMatch", DM_E_REFUSED, FAULT_SIGNATURE},
    {400, "RequestLimitExceeded", DM_E_THROTTLED, FAULT_THROTTLED},
    {400, "ResourceInUseException", DM_E_CONFLICT, FAULT_FINAL},
    {400, "ResourceNotFoundException", DM_E_TABLE_NOT_FOUND, FAULT_FINAL},
    {400, "SerializationException", DM_E_VALIDATION, FAULT_FINAL},
    {503, "ServiceUnavailable", DM_E_UPSTREAM, FAULT_TRANSIENT},
    {400, "ThrottlingException", DM_E_THROTTLED, FAULT_THROTTLED},
    {400, "TransactionCanceledException", DM_E_CONFLICT, FAULT_FINAL},
    {400, "TransactionInProgressException", DM_E_CONFLICT, FAULT_TRANSIENT},
    {400, "UnknownOperationException", DM_E_VALIDATION, FAULT_FINAL},
    {400, "UnrecognizedClientException", DM_E_REFUSED, FAULT_CREDENTIALS},
    {400, "ValidationException", DM_E_VALIDATION, FAULT_FINAL},
    {400, "SomethingNewException", DM_E_UPSTREAM, FAULT_FINAL},
    {500, "SomethingNewException", DM_E_UPSTREAM, FAULT_TRANSIENT},
};

TEST(fault, knows_each_type)
{
    for (size_t i = 0; i < DM_COUNT(types); i++) {
        struct dm_error err = {0};
        enum fault_retry retry = judge(types[i].status, types[i].type, &err);
        cr_assert_eq(err.code, types[i].code, "%s", types[i].type);
        cr_assert_eq(retry, types[i].retry, "%s", types[i].type);
        assert_str(dm_str(err.upstream_type), types[i].type);
    }
}

TEST(fault, reads_the_message_in_either_spelling)
{
    struct dm_error err = {0};
    fault_read(400, STR("{\"__type\":\"x#ValidationException\",\"Message\":\"upper\"}"),
               &err);
    assert_str(dm_str(err.message), "upper");
    fault_read(400, STR("{\"__type\":\"x#ValidationException\",\"message\":\"lower\"}"),
               &err);
    assert_str(dm_str(err.message), "lower");
    fault_read(400, STR("{\"__type\":\"ValidationException\"}"), &err);
    assert_str(dm_str(err.message), "DynamoDB refused the request");
}

TEST(fault, keeps_the_account_out_of_the_message)
{
    struct dm_error err = {0};
    fault_read(400,
               STR("{\"__type\":\"x#AccessDeniedException\",\"Message\":\"User: "
                   "arn:aws:iam::123456789012:user/bob is not authorized\"}"),
               &err);
    cr_assert_null(strstr(err.message, "123456789012"));
    fault_read(400,
               STR("{\"__type\":\"x#ValidationException\",\"Message\":\"no "
                   "arn:aws:dynamodb:eu-west-1:123456789012:table/t here\"}"),
               &err);
    cr_assert_null(strstr(err.message, "123456789012"));
}

TEST(fault, takes_what_is_not_dynamodbs_for_a_failure)
{
    static const struct {
        unsigned status;
        struct dm_str body;
        enum dm_code code;
        enum fault_retry retry;
    } cases[] = {
        {404, {"<html>nginx</html>", 18}, DM_E_UPSTREAM, FAULT_FINAL},
        {301, {NULL, 0}, DM_E_UPSTREAM, FAULT_FINAL},
        {502, {"<html>Bad Gateway</html>", 24}, DM_E_UPSTREAM, FAULT_TRANSIENT},
        {429, {"slow down", 9}, DM_E_THROTTLED, FAULT_THROTTLED},
        {400, {"{\"__type\":7}", 12}, DM_E_UPSTREAM, FAULT_FINAL},
        {400, {"[]", 2}, DM_E_UPSTREAM, FAULT_FINAL},
        {400, {"{\"__type\":\"x#Valid", 18}, DM_E_UPSTREAM, FAULT_FINAL},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        enum fault_retry retry = fault_read(cases[i].status, cases[i].body, &err);
        cr_assert_eq(err.code, cases[i].code, "case %zu", i);
        cr_assert_eq(retry, cases[i].retry, "case %zu", i);
    }
}

TEST(fault, tells_a_key_of_another_schema_from_other_validations)
{
    struct dm_error err = {0};
    fault_read(400,
               STR("{\"__type\":\"x#ValidationException\",\"Message\":\"The provided key "
                   "element does not match the schema\"}"),
               &err);
    cr_assert(fault_is_key_mismatch(&err));
    fault_read(400,
               STR("{\"__type\":\"x#ValidationException\",\"Message\":\"Query condition "
                   "missed key schema element: id\"}"),
               &err);
    cr_assert(fault_is_key_mismatch(&err));
    fault_read(
        400,
        STR("{\"__type\":\"x#ValidationException\",\"Message\":\"One or more "
            "parameter values were invalid: Condition parameter type does not match "
            "schema type\"}"),
        &err);
    cr_assert(fault_is_key_mismatch(&err));
    fault_read(400, STR("{\"__type\":\"x#ValidationException\",\"Message\":\"other\"}"),
               &err);
    cr_assert_not(fault_is_key_mismatch(&err));
}

TEST(fault, tells_an_item_that_is_too_large_from_other_validations)
{
    struct dm_error err = {0};
    fault_read(400,
               STR("{\"__type\":\"x#ValidationException\",\"message\":\"Item size has "
                   "exceeded the maximum allowed size\"}"),
               &err);
    cr_assert(fault_is_item_size(&err));
    fault_read(400,
               STR("{\"__type\":\"x#ValidationException\",\"message\":\"Item size to "
                   "update has exceeded the maximum allowed size\"}"),
               &err);
    cr_assert(fault_is_item_size(&err));
    fault_read(400, STR("{\"__type\":\"x#ValidationException\",\"Message\":\"other\"}"),
               &err);
    cr_assert_not(fault_is_item_size(&err));
}
