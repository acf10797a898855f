/* Problems: one table of types and statuses, and the document. */
#include "daemon/http/problem.h"

#include "base/utf8.h"
#include "daemon/http/json.h"

struct problem_row {
    unsigned status;
    const char *type; /* NULL: the library's name for the code */
};

static const struct problem_row rows[PROBLEM_END] = {
    [DM_E_NOMEM] = {503, NULL},
    [DM_E_INTERNAL] = {500, NULL},
    [DM_E_CONFIG] = {500, NULL},
    [DM_E_INVALID] = {400, NULL},
    [DM_E_INVALID_KEY] = {400, NULL},
    [DM_E_INVALID_PROJECTION] = {400, NULL},
    [DM_E_INVALID_FILTER] = {400, NULL},
    [DM_E_INVALID_TOKEN] = {400, NULL},
    [DM_E_INVALID_ITEM] = {400, NULL},
    [DM_E_INVALID_PATCH] = {400, NULL},
    [DM_E_TOO_LARGE] = {413, NULL},
    [DM_E_FORBIDDEN] = {403, NULL},
    [DM_E_NOT_FOUND] = {404, NULL},
    [DM_E_MODEL_NOT_FOUND] = {404, NULL},
    [DM_E_INDEX_NOT_FOUND] = {404, NULL},
    [DM_E_TABLE_NOT_FOUND] = {404, NULL},
    [DM_E_EXISTS] = {409, NULL},
    [DM_E_VALIDATION] = {400, NULL},
    [DM_E_CONFLICT] = {409, NULL},
    [DM_E_CONDITION] = {412, NULL},
    [DM_E_PRECONDITION_REQUIRED] = {428, NULL},
    [DM_E_CREDENTIALS] = {503, NULL},
    [DM_E_REFUSED] = {502, NULL},
    [DM_E_UPSTREAM] = {502, NULL},
    [DM_E_THROTTLED] = {503, NULL},
    [DM_E_OVERLOADED] = {503, NULL},
    [DM_E_UNAVAILABLE] = {503, NULL},
    [DM_E_TIMEOUT] = {504, NULL},
    [PROBLEM_MALFORMED_REQUEST] = {400, "malformed-request"},
    [PROBLEM_UNAUTHORIZED] = {401, "unauthorized"},
    [PROBLEM_INVALID_PATH] = {400, "invalid-path"},
    [PROBLEM_INVALID_QUERY] = {400, "invalid-query"},
    [PROBLEM_UNKNOWN_PARAMETER] = {400, "unknown-parameter"},
    [PROBLEM_DUPLICATE_PARAMETER] = {400, "duplicate-parameter"},
    [PROBLEM_INVALID_PARAMETER] = {400, "invalid-parameter"},
    [PROBLEM_INVALID_IDEMPOTENCY_KEY] = {400, "invalid-idempotency-key"},
    [PROBLEM_BODY_NOT_EXPECTED] = {400, "body-not-expected"},
    [PROBLEM_INVALID_BODY] = {400, "invalid-body"},
    [PROBLEM_ROUTE_NOT_FOUND] = {404, "route-not-found"},
    [PROBLEM_APP_NOT_FOUND] = {404, "app-not-found"},
    [PROBLEM_NO_DEFAULT_APP] = {404, "no-default-app"},
    [PROBLEM_ATTRIBUTE_NOT_FOUND] = {404, "attribute-not-found"},
    [PROBLEM_METHOD_NOT_ALLOWED] = {405, "method-not-allowed"},
    [PROBLEM_NOT_ACCEPTABLE] = {406, "not-acceptable"},
    [PROBLEM_TRANSACTION_CANCELLED] = {409, "transaction-cancelled"},
    [PROBLEM_REQUEST_TIMEOUT] = {408, "request-timeout"},
    [PROBLEM_PRECONDITION_FAILED] = {412, "precondition-failed"},
    [PROBLEM_BODY_TOO_LARGE] = {413, "body-too-large"},
    [PROBLEM_TARGET_TOO_LONG] = {414, "target-too-long"},
    [PROBLEM_UNSUPPORTED_CONTENT] = {415, "unsupported-media-type"},
    [PROBLEM_MISDIRECTED_REQUEST] = {421, "misdirected-request"},
    [PROBLEM_RATE_LIMITED] = {429, "rate-limited"},
    [PROBLEM_HEADERS_TOO_LARGE] = {431, "headers-too-large"},
    [PROBLEM_SHUTTING_DOWN] = {503, "shutting-down"},
};

/* RFC 9110 section 15. */
static const struct {
    unsigned status;
    const char *title;
} titles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

/* A code that no row knows is a mistake of ours, and answered as one. */
static enum dm_code known(enum dm_code code)
{
    bool listed = (unsigned)code < PROBLEM_END && rows[code].status;
    return listed ? code : DM_E_INTERNAL;
}

unsigned problem_status(enum dm_code code)
{
    return rows[known(code)].status;
}

const char *problem_type(enum dm_code code)
{
    const char *type = rows[known(code)].type;
    return type ? type : dm_code_name(known(code));
}

unsigned problem_retry_after(const struct dm_error *err)
{
    if (err->retry_after_s)
        return err->retry_after_s;
    return problem_status(err->code) == 503 ? 1 : 0;
}

const char *problem_title(unsigned status)
{
    for (size_t i = 0; i < DM_COUNT(titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

/* A 500 is told in the log; its client gets the request id to ask with. */
const char *problem_detail(const struct dm_error *err)
{
    if (problem_status(err->code) == 500)
        return "something went wrong here; the log has more under this request_id";
    if (!utf8_valid(dm_str(err->message)))
        return "the request is not valid UTF-8";
    return err->message;
}

static const char *text_or_null(const char *text)
{
    return *text && utf8_valid(dm_str(text)) ? text : NULL;
}

static json_t *upstream(const struct dm_error *err)
{
    const char *type = text_or_null(err->upstream_type);
    const char *request_id = text_or_null(err->upstream_request_id);
    if (!type && !request_id)
        return NULL;
    return json_pack("{s:s*, s:s*}", "type", type, "request_id", request_id);
}

void problem_write(const struct dm_error *err, const char *instance,
                   const char *request_id, json_t *reasons, struct dm_buf *out)
{
    unsigned status = problem_status(err->code);
    json_t *type = json_sprintf("urn:dynamod:%s", problem_type(err->code));
    json_t *document = json_pack(
        "{s:o, s:s, s:i, s:s, s:s, s:s, s:s*, s:o*, s:o*}", "type", type, "title",
        problem_title(status), "status", (int)status, "detail", problem_detail(err),
        "instance", instance, "request_id", request_id, "hint", text_or_null(err->hint),
        "upstream", upstream(err), "reasons", reasons);
    json_write_document(document, out);
    json_decref(document);
}
