/* Errors: what raises each problem, and the responses made of that. */
#include "daemon/openapi/openapi_problem.h"

#include <stdio.h>

#include "daemon/http/problem.h"
#include "daemon/openapi/openapi_response.h"

/* Sets of them are sums. What no operation of a document can end with has none: its
 * paths, models and methods are there and allowed. */
enum cause {
    CAUSE_NEVER = 0,
    CAUSE_ANY = 1 << 0,
    CAUSE_APP_NAME = 1 << 1, /* {app} */
    CAUSE_PARAMETERS = 1 << 2,
    CAUSE_PROJECTION = 1 << 3,
    CAUSE_FILTER = 1 << 4,
    CAUSE_TOKEN = 1 << 5,
    CAUSE_RAW = 1 << 6,
    CAUSE_KEY = 1 << 7,
    CAUSE_BODY = 1 << 8,
    CAUSE_NO_BODY = 1 << 9,
    CAUSE_ITEM = 1 << 10, /* that is to be there */
    CAUSE_INDEX = 1 << 11,
    CAUSE_STORE = 1 << 12,
    CAUSE_TAG = 1 << 13,
    CAUSE_NEW_ITEM = 1 << 14, /* that is not to be there */
    CAUSE_VALUES = 1 << 15,   /* to be written */
    CAUSE_PATCH = 1 << 16,
    CAUSE_GUARD = 1 << 17,
    CAUSE_DEMAND = 1 << 18, /* of the model, for a guard */
    CAUSE_IDEMPOTENCY = 1 << 19,
    CAUSE_TRANSACTION = 1 << 20,
    CAUSE_MODELS = 1 << 21, /* named in the body */
    CAUSE_CALLER = 1 << 22,
    CAUSE_BLIND = 1 << 23 /* of a model that is not read: what compares is refused */
};

static const unsigned causes[PROBLEM_END] = {
    [DM_E_NOMEM] = CAUSE_ANY,
    [DM_E_INTERNAL] = CAUSE_ANY,
    [DM_E_CONFIG] = CAUSE_NEVER,
    [DM_E_INVALID] = CAUSE_STORE,
    [DM_E_INVALID_KEY] = CAUSE_KEY,
    [DM_E_INVALID_PROJECTION] = CAUSE_PROJECTION,
    [DM_E_INVALID_FILTER] = CAUSE_FILTER,
    [DM_E_INVALID_TOKEN] = CAUSE_TOKEN,
    [DM_E_INVALID_ITEM] = CAUSE_VALUES,
    [DM_E_INVALID_PATCH] = CAUSE_PATCH,
    [DM_E_TOO_LARGE] = CAUSE_VALUES,
    [DM_E_FORBIDDEN] = CAUSE_MODELS | CAUSE_CALLER | CAUSE_BLIND,
    [DM_E_NOT_FOUND] = CAUSE_ITEM,
    [DM_E_MODEL_NOT_FOUND] = CAUSE_MODELS,
    [DM_E_INDEX_NOT_FOUND] = CAUSE_INDEX,
    [DM_E_TABLE_NOT_FOUND] = CAUSE_STORE,
    [DM_E_EXISTS] = CAUSE_NEW_ITEM,
    [DM_E_VALIDATION] = CAUSE_STORE,
    [DM_E_CONFLICT] = CAUSE_STORE,
    [DM_E_CONDITION] = CAUSE_GUARD,
    [DM_E_PRECONDITION_REQUIRED] = CAUSE_DEMAND,
    [DM_E_CREDENTIALS] = CAUSE_STORE,
    [DM_E_REFUSED] = CAUSE_STORE,
    [DM_E_UPSTREAM] = CAUSE_STORE,
    [DM_E_THROTTLED] = CAUSE_STORE,
    [DM_E_OVERLOADED] = CAUSE_ANY,
    [DM_E_UNAVAILABLE] = CAUSE_STORE,
    [DM_E_TIMEOUT] = CAUSE_STORE,
    [PROBLEM_MALFORMED_REQUEST] = CAUSE_ANY,
    [PROBLEM_UNAUTHORIZED] = CAUSE_CALLER,
    [PROBLEM_INVALID_PATH] = CAUSE_ANY,
    [PROBLEM_INVALID_QUERY] = CAUSE_ANY,
    [PROBLEM_UNKNOWN_PARAMETER] = CAUSE_ANY,
    [PROBLEM_DUPLICATE_PARAMETER] = CAUSE_PARAMETERS,
    [PROBLEM_INVALID_PARAMETER] = CAUSE_PARAMETERS,
    [PROBLEM_INVALID_IDEMPOTENCY_KEY] = CAUSE_IDEMPOTENCY,
    [PROBLEM_BODY_NOT_EXPECTED] = CAUSE_NO_BODY,
    [PROBLEM_INVALID_BODY] = CAUSE_BODY,
    [PROBLEM_ROUTE_NOT_FOUND] = CAUSE_NEVER,
    [PROBLEM_APP_NOT_FOUND] = CAUSE_APP_NAME,
    [PROBLEM_NO_DEFAULT_APP] = CAUSE_NEVER,
    [PROBLEM_ATTRIBUTE_NOT_FOUND] = CAUSE_RAW,
    [PROBLEM_METHOD_NOT_ALLOWED] = CAUSE_NEVER,
    [PROBLEM_NOT_ACCEPTABLE] = CAUSE_ANY,
    [PROBLEM_TRANSACTION_CANCELLED] = CAUSE_TRANSACTION,
    [PROBLEM_PRECONDITION_FAILED] = CAUSE_TAG,
    [PROBLEM_REQUEST_TIMEOUT] = CAUSE_ANY,
    [PROBLEM_BODY_TOO_LARGE] = CAUSE_ANY,
    [PROBLEM_TARGET_TOO_LONG] = CAUSE_ANY,
    [PROBLEM_UNSUPPORTED_CONTENT] = CAUSE_BODY,
    [PROBLEM_MISDIRECTED_REQUEST] = CAUSE_NEVER,
    [PROBLEM_RATE_LIMITED] = CAUSE_ANY,
    [PROBLEM_HEADERS_TOO_LARGE] = CAUSE_ANY,
    [PROBLEM_SHUTTING_DOWN] = CAUSE_ANY,
};

static unsigned causes_in_parameters(unsigned parameters)
{
    static const struct {
        unsigned parameter, cause;
    } rows[] = {
        {PARAMETER_ATTRIBUTES_TO_GET, CAUSE_PROJECTION},
        {PARAMETER_FILTERS, CAUSE_FILTER},
        {PARAMETER_AFTER, CAUSE_TOKEN},
        {PARAMETER_RAW, CAUSE_RAW},
        {PARAMETER_HASH, CAUSE_KEY},
    };
    unsigned found = parameters ? CAUSE_PARAMETERS : 0;
    for (size_t i = 0; i < DM_COUNT(rows); i++)
        if (parameters & rows[i].parameter)
            found |= rows[i].cause;
    return found;
}

static unsigned causes_in_path(const char *pattern)
{
    static const struct {
        const char *placeholder;
        unsigned cause;
    } rows[] = {
        {"{app}", CAUSE_APP_NAME},
        {"{model}", CAUSE_STORE},
        {"{index}", CAUSE_INDEX},
        {"{hash}", CAUSE_KEY},
    };
    unsigned found = 0;
    for (size_t i = 0; i < DM_COUNT(rows); i++)
        if (strstr(pattern, rows[i].placeholder))
            found |= rows[i].cause;
    return found;
}

static unsigned causes_in_body(enum openapi_body body)
{
    static const unsigned found[] = {
        [BODY_NONE] = CAUSE_NO_BODY,
        [BODY_PARAMETERS] = CAUSE_BODY,
        [BODY_NEW_ITEM] = CAUSE_BODY | CAUSE_KEY | CAUSE_VALUES | CAUSE_NEW_ITEM,
        [BODY_ITEM] = CAUSE_BODY | CAUSE_VALUES,
        [BODY_PATCH] =
            CAUSE_BODY | CAUSE_VALUES | CAUSE_PATCH | CAUSE_FILTER | CAUSE_ITEM,
        [BODY_BATCH_GET] = CAUSE_BODY | CAUSE_KEY | CAUSE_PROJECTION,
        [BODY_BATCH_WRITE] = CAUSE_BODY | CAUSE_KEY | CAUSE_VALUES,
        [BODY_TRANSACTION] = CAUSE_BODY | CAUSE_KEY | CAUSE_VALUES | CAUSE_PATCH |
                             CAUSE_FILTER | CAUSE_PROJECTION | CAUSE_STORE |
                             CAUSE_TRANSACTION | CAUSE_MODELS,
    };
    return found[body];
}

static unsigned causes_in_traits(const struct openapi_endpoint *endpoint)
{
    unsigned traits = endpoint->operation->traits, found = 0;
    if (traits & TRAIT_TAGGED)
        found |= CAUSE_TAG;
    if (traits & TRAIT_TOKEN)
        found |= CAUSE_IDEMPOTENCY;
    if (traits & TRAIT_GUARDED)
        found |= CAUSE_GUARD;
    if (traits & TRAIT_GUARDED && !endpoint->place.model->allow_read)
        found |= CAUSE_BLIND;
    if (traits & TRAIT_GUARDED && endpoint->place.model->config->require_if_match)
        found |= CAUSE_DEMAND;
    return found;
}

static unsigned causes_of(const struct openapi_endpoint *endpoint)
{
    const struct route *route = endpoint->route;
    const struct openapi_operation *operation = endpoint->operation;
    bool needs_item =
        operation->answer == ANSWER_ITEM || operation->answer == ANSWER_DELETED;
    return CAUSE_ANY | causes_in_path(route->pattern) |
           causes_in_parameters(route->parameters & ~operation->never) |
           causes_in_body(operation->body) | causes_in_traits(endpoint) |
           (needs_item ? CAUSE_ITEM : 0);
}

static json_t *types_of(struct openapi *api, unsigned status, unsigned found)
{
    json_t *types = json_array();
    for (unsigned code = DM_OK + 1; code < PROBLEM_END; code++)
        if (causes[code] & found && problem_status((enum dm_code)code) == status)
            openapi_append(
                api, types,
                json_sprintf("urn:dynamod:%s", problem_type((enum dm_code)code)));
    return types;
}

static json_t *problem_response(struct openapi *api, unsigned status, unsigned found,
                                json_t *types)
{
    unsigned headers = HEADERS_ALWAYS;
    if (found & CAUSE_STORE)
        headers |= HEADERS_OF_STORE;
    if (status == 412 || (status == 409 && found & CAUSE_NEW_ITEM))
        headers |= HEADERS_OF_TAG;
    if (status == 503)
        headers |= HEADERS_OF_RETRY;
    json_t *properties =
        json_pack("{s:{s:o}, s:{s:i}}", "type", "enum", types, "status", "const", status);
    return json_pack("{s:s, s:o, s:{s:{s:{s:[o], s:o}}}}", "description",
                     problem_title(status), "headers", openapi_headers(api, headers),
                     "content", "application/problem+json", "schema", "allOf",
                     openapi_ref("schemas", "Problem"), "properties", properties);
}

static void add_status(struct openapi *api, const char *operation, unsigned status,
                       unsigned found, json_t *responses)
{
    char key[12];
    json_t *types = types_of(api, status, found);
    if (json_array_size(types) == 0) {
        json_decref(types);
        return;
    }
    snprintf(key, sizeof key, "%u", status);
    openapi_put_named(api, api->responses, problem_response(api, status, found, types),
                      "%s.%s", operation, key);
    openapi_put(api, responses, key, openapi_ref("responses", "%s.%s", operation, key));
}

static json_t *make(struct openapi *api, const char *operation, unsigned found)
{
    json_t *responses = json_object();
    for (unsigned status = 400; status < 600; status++)
        add_status(api, operation, status, found, responses);
    return responses;
}

/* Models differ in no more than which statuses there are. */
void openapi_add_problems(struct openapi *api, const struct openapi_endpoint *endpoint,
                          json_t *responses)
{
    const char *name = endpoint->operation->name;
    unsigned found = causes_of(endpoint) | (api->asks ? CAUSE_CALLER : 0);
    char key[64];
    snprintf(key, sizeof key, "%s.%x", name, found);
    if (!json_object_get(api->problems, key))
        openapi_put(api, api->problems, key, make(api, name, found));
    if (json_object_update(responses, json_object_get(api->problems, key)))
        api->failed = true;
}
