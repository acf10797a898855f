/* The problem table and the document. */
#include "daemon/http/problem.h"

#include <jansson.h>
#include <stdio.h>

#include "support/test.h"

TEST(problem, has_a_status_and_a_type_for_every_code)
{
    for (unsigned code = DM_OK + 1; code < PROBLEM_END; code++) {
        unsigned status = problem_status((enum dm_code)code);
        cr_assert(status >= 400 && status <= 504, "code %u: %u", code, status);
        cr_assert(*problem_type((enum dm_code)code), "code %u", code);
        for (unsigned other = DM_OK + 1; other < code; other++)
            cr_assert_str_neq(problem_type((enum dm_code)code),
                              problem_type((enum dm_code)other));
    }
}

static const struct {
    unsigned code, status;
    const char *type;
} rows[] = {
    {DM_E_NOMEM, 503, "out-of-memory"},
    {DM_E_INTERNAL, 500, "internal-error"},
    {DM_E_INVALID_KEY, 400, "invalid-key"},
    {DM_E_INVALID_PROJECTION, 400, "invalid-projection"},
    {DM_E_INVALID_FILTER, 400, "invalid-filter"},
    {DM_E_INVALID_TOKEN, 400, "invalid-token"},
    {DM_E_INVALID_ITEM, 400, "invalid-item"},
    {DM_E_INVALID_PATCH, 400, "invalid-patch"},
    {DM_E_TOO_LARGE, 413, "item-too-large"},
    {DM_E_EXISTS, 409, "item-exists"},
    {DM_E_PRECONDITION_REQUIRED, 428, "precondition-required"},
    {PROBLEM_INVALID_IDEMPOTENCY_KEY, 400, "invalid-idempotency-key"},
    {PROBLEM_TRANSACTION_CANCELLED, 409, "transaction-cancelled"},
    {DM_E_FORBIDDEN, 403, "operation-not-allowed"},
    {DM_E_NOT_FOUND, 404, "item-not-found"},
    {DM_E_MODEL_NOT_FOUND, 404, "model-not-found"},
    {DM_E_INDEX_NOT_FOUND, 404, "index-not-found"},
    {DM_E_TABLE_NOT_FOUND, 404, "table-not-found"},
    {DM_E_VALIDATION, 400, "validation-failed"},
    {DM_E_CONFLICT, 409, "conflict"},
    {DM_E_CONDITION, 412, "condition-failed"},
    {DM_E_CREDENTIALS, 503, "no-credentials"},
    {DM_E_REFUSED, 502, "upstream-refused"},
    {DM_E_UPSTREAM, 502, "upstream-failed"},
    {DM_E_THROTTLED, 503, "throttled"},
    {DM_E_OVERLOADED, 503, "overloaded"},
    {DM_E_UNAVAILABLE, 503, "upstream-unavailable"},
    {DM_E_TIMEOUT, 504, "timeout"},
    {PROBLEM_INVALID_PATH, 400, "invalid-path"},
    {PROBLEM_BODY_NOT_EXPECTED, 400, "body-not-expected"},
    {PROBLEM_INVALID_BODY, 400, "invalid-body"},
    {PROBLEM_ROUTE_NOT_FOUND, 404, "route-not-found"},
    {PROBLEM_APP_NOT_FOUND, 404, "app-not-found"},
    {PROBLEM_NO_DEFAULT_APP, 404, "no-default-app"},
    {PROBLEM_ATTRIBUTE_NOT_FOUND, 404, "attribute-not-found"},
    {PROBLEM_METHOD_NOT_ALLOWED, 405, "method-not-allowed"},
    {PROBLEM_NOT_ACCEPTABLE, 406, "not-acceptable"},
    {PROBLEM_PRECONDITION_FAILED, 412, "precondition-failed"},
    {PROBLEM_BODY_TOO_LARGE, 413, "body-too-large"},
    {PROBLEM_TARGET_TOO_LONG, 414, "target-too-long"},
    {PROBLEM_UNSUPPORTED_CONTENT, 415, "unsupported-media-type"},
    {PROBLEM_SHUTTING_DOWN, 503, "shutting-down"},
    {PROBLEM_END, 500, "internal-error"},
};

TEST(problem, has_the_status_that_the_contract_says)
{
    for (size_t i = 0; i < DM_COUNT(rows); i++) {
        enum dm_code code = (enum dm_code)rows[i].code;
        cr_assert_eq(problem_status(code), rows[i].status, "%s", rows[i].type);
        cr_assert_str_eq(problem_type(code), rows[i].type);
    }
}

TEST(problem, says_when_to_come_again)
{
    struct dm_error err = {.code = DM_E_THROTTLED};
    cr_assert_eq(problem_retry_after(&err), 1);
    err.retry_after_s = 7;
    cr_assert_eq(problem_retry_after(&err), 7);
    err = (struct dm_error){.code = DM_E_TIMEOUT};
    cr_assert_eq(problem_retry_after(&err), 0);
}

/* What is written, less the newline. */
static void expect(const struct dm_error *err, const char *document)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 4096);
    problem_write(err, "/models/todo/1", "abc", NULL, &out);
    cr_assert_not(out.failed);
    cr_assert_eq(out.ptr[out.len - 1], '\n');
    out.len--;
    assert_str(buf_str(&out), document);
}

TEST(problem, is_written_with_what_there_is)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_NOT_FOUND, "no \"such\" todo");
    expect(&err, "{\"type\":\"urn:dynamod:item-not-found\",\"title\":\"Not Found\","
                 "\"status\":404,\"detail\":\"no \\\"such\\\" todo\","
                 "\"instance\":\"/models/todo/1\",\"request_id\":\"abc\"}");

    error_set(&err, DM_E_VALIDATION, "it is wrong");
    error_hint(&err, "right it");
    snprintf(err.upstream_type, sizeof err.upstream_type, "ValidationException");
    expect(&err,
           "{\"type\":\"urn:dynamod:validation-failed\",\"title\":\"Bad Request\","
           "\"status\":400,\"detail\":\"it is wrong\",\"instance\":\"/models/todo/1\","
           "\"request_id\":\"abc\",\"hint\":\"right it\","
           "\"upstream\":{\"type\":\"ValidationException\"}}");
}

TEST(problem, of_a_transaction_has_its_reasons)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 4096);
    problem_set(&err, PROBLEM_TRANSACTION_CANCELLED, "it was cancelled");
    json_t *reasons = json_pack("[n, {s:i}]", "index", 1);
    problem_write(&err, "/transactions", "abc", reasons, &out);
    buf_add_char(&out, '\0');
    cr_assert(strstr(out.ptr, "\"status\":409"), "%s", out.ptr);
    cr_assert(strstr(out.ptr, ",\"reasons\":[null,{\"index\":1}]}"), "%s", out.ptr);
}

TEST(problem, of_the_server_does_not_tell_its_reason)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_INTERNAL, "/etc/passwd is missing");
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 4096);
    problem_write(&err, "/", "abc", NULL, &out);
    buf_add_char(&out, '\0');
    cr_assert_null(strstr(out.ptr, "passwd"));
}

TEST(problem, is_utf_8_whatever_the_message_is)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_INVALID, "bad \xff byte");
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 4096);
    problem_write(&err, "/", "abc", NULL, &out);
    cr_assert_not(out.failed);
    json_t *document = json_loadb(out.ptr, out.len, 0, NULL);
    cr_assert(document);
    json_decref(document);
}

TEST(problem, that_does_not_fit_marks_the_buffer)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_INVALID, "too much");
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 40);
    problem_write(&err, "/", "abc", NULL, &out);
    cr_assert(out.failed);
}
