/* The OpenAPI document: that it says what the tables say, and nothing else. */
#include "daemon/http/content.h"
#include "daemon/http/problem.h"
#include "daemon/openapi/openapi_operation.h"
#include "openapi_fixture.h"

static bool has(const json_t *document, const char *path, const char *in,
                const char *name)
{
    const json_t *get = json_object_get(path_of(document, path), "get");
    cr_assert(get, "%s", path);
    return find_parameter(document, get, in, name);
}

/* --- both ways --- */

static const struct route *route_of(const char *path, const char *method)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct dm_error err = {0};
    struct target target;
    struct route_values values;
    const struct route *route = NULL;
    unsigned allow = 0;
    char name[16] = "";
    for (size_t i = 0; method[i]; i++)
        name[i] = (char)(method[i] - 'a' + 'A');
    assert_ok(target_parse(dm_str(path), &arena, &target, &err), err);
    assert_ok(router_find(router_rest(), &target, router_method(name), &route, &values,
                          &allow, &err),
              err);
    return route;
}

static void check_parameters(const json_t *document, const json_t *operation,
                             const struct route *route, const char *path)
{
    size_t i;
    json_t *parameter;
    json_array_foreach(json_object_get(operation, "parameters"), i, parameter)
    {
        const json_t *found = resolve(document, parameter);
        const char *name = json_string_value(json_object_get(found, "name"));
        unsigned known = strcmp(name, "filters") ? 0 : PARAMETER_FILTERS;
        if (strcmp(json_string_value(json_object_get(found, "in")), "query") != 0)
            continue;
        for (size_t row = 0; row < parameter_row_count; row++)
            if (!strcmp(parameter_rows[row].name, name))
                known = parameter_rows[row].parameter;
        cr_assert(route->parameters & known, "%s takes no %s", path, name);
    }
}

static void expect_limit(unsigned page_max, int maximum, int preset)
{
    struct openapi_app app = {"shop", .page_max = page_max};
    json_t *document = openapi_document(&app);
    cr_assert(document);
    const json_t *parameters =
        json_object_get(json_object_get(document, "components"), "parameters");
    const json_t *schema =
        json_object_get(json_object_get(parameters, "limit"), "schema");
    cr_assert_eq(json_integer_value(json_object_get(schema, "maximum")), maximum);
    cr_assert_eq(json_integer_value(json_object_get(schema, "default")), preset);
    json_decref(document);
}

TEST(openapi, tells_how_many_items_a_page_of_the_app_has)
{
    expect_limit(0, 1000, 100);
    expect_limit(500, 500, 100);
    expect_limit(20, 20, 20);
}

TEST(openapi, says_nothing_that_the_router_does_not)
{
    json_t *document = make(false), *item, *operation;
    const char *path, *method;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
            check_parameters(document, operation, route_of(path, method), path);
    }
    json_decref(document);
}

static bool is_documented(const json_t *document, const struct route *wanted)
{
    json_t *item, *operation;
    const char *path, *method;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method,
                            operation) if (route_of(path, method) == wanted) return true;
    }
    return false;
}

TEST(openapi, says_every_route)
{
    json_t *document = make(false);
    for (size_t i = 0; i < router_rest()->count; i++)
        cr_assert(is_documented(document, &router_rest()->routes[i]), "%s",
                  router_rest()->routes[i].pattern);
    json_decref(document);
}

/* Of the operation that it is of use to. */
static bool is_never(const struct route *route, enum parameter parameter)
{
    bool never = true;
    for (size_t i = 0; i < openapi_operation_count; i++)
        if (!strcmp(openapi_operations[i].operation, route->operation))
            never &= !!(openapi_operations[i].never & parameter);
    return never;
}

static bool has_parameter(const json_t *document, const struct route *route,
                          const char *wanted)
{
    json_t *item, *operation;
    const char *path, *method;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method,
                            operation) if (route_of(path, method) == route &&
                                           find_parameter(document, operation, "query",
                                                          wanted)) return true;
    }
    return false;
}

/* consistent_read is of no use on the one index that there is, which is global. */
static bool is_expected(const struct route *route, const struct parameter_row *row)
{
    bool is_index = strstr(route->pattern, "{index}");
    return route->parameters & row->parameter && !is_never(route, row->parameter) &&
           !(is_index && row->parameter == PARAMETER_CONSISTENT_READ);
}

TEST(openapi, says_every_parameter_where_it_is_of_use)
{
    json_t *document = make(false);
    for (size_t i = 0; i < router_rest()->count; i++)
        for (size_t j = 0; j < parameter_row_count; j++)
            cr_assert_eq(has_parameter(document, &router_rest()->routes[i],
                                       parameter_rows[j].name),
                         is_expected(&router_rest()->routes[i], &parameter_rows[j]),
                         "%s, %s", router_rest()->routes[i].pattern,
                         parameter_rows[j].name);
    json_decref(document);
}

static void check_contents(const json_t *operation, const struct route *route,
                           const char *path)
{
    const json_t *body = json_object_get(operation, "requestBody");
    size_t count = 0;
    for (size_t i = 0; i < content_row_count; i++) {
        const json_t *media =
            json_object_get(json_object_get(body, "content"), content_rows[i].type);
        bool is_taken = route->contents & content_rows[i].content;
        cr_assert_eq(media != NULL, is_taken, "%s, %s", path, content_rows[i].type);
        cr_assert(!is_taken || json_object_get(media, "schema"), "%s", path);
        count += is_taken;
    }
    cr_assert_eq(json_object_size(json_object_get(body, "content")), count);
}

TEST(openapi, says_every_content_type)
{
    json_t *document = make(false), *item, *operation;
    const char *path, *method;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
            check_contents(operation, route_of(path, method), path);
    }
    json_decref(document);
}

/* --- who asks --- */

TEST(openapi, says_how_to_say_who_asks_where_that_is_asked)
{
    json_t *document = make_asking(false, true), *open = make(false);
    json_t *components = json_object_get(document, "components");
    json_t *schemes = json_object_get(components, "securitySchemes");
    cr_assert_str_eq(
        json_string_value(json_object_get(json_object_get(schemes, "bearer"), "scheme")),
        "bearer");
    cr_assert_eq(json_array_size(json_object_get(document, "security")), 2);
    cr_assert_eq(json_array_size(json_object_get(open, "security")), 0);
    char *text = json_dumps(open, JSON_COMPACT);
    cr_assert_null(strstr(text, "urn:dynamod:unauthorized"));
    free(text);
    json_decref(document);
    json_decref(open);
}

/* --- problems --- */

/* No operation of a document ends so. */
static const unsigned untold[] = {
    DM_E_CONFIG,
    PROBLEM_ROUTE_NOT_FOUND,
    PROBLEM_NO_DEFAULT_APP,
    PROBLEM_METHOD_NOT_ALLOWED,
    PROBLEM_MISDIRECTED_REQUEST,
};

static bool is_told(unsigned code)
{
    for (size_t i = 0; i < DM_COUNT(untold); i++)
        if (untold[i] == code)
            return false;
    return true;
}

TEST(openapi, says_every_problem_that_an_operation_can_end_with)
{
    json_t *document = make_asking(false, true);
    char *text = json_dumps(document, JSON_COMPACT);
    for (unsigned code = DM_OK + 1; code < PROBLEM_END; code++) {
        char type[80];
        snprintf(type, sizeof type, "\"urn:dynamod:%s\"",
                 problem_type((enum dm_code)code));
        cr_assert_eq(strstr(text, type) != NULL, is_told(code), "%s", type);
    }
    free(text);
    json_decref(document);
}

static bool ends_with(const json_t *document, const char *path, const char *method,
                      enum dm_code code)
{
    const json_t *operation = operation_of(document, path, method);
    char status[12], type[80];
    snprintf(status, sizeof status, "%u", problem_status(code));
    snprintf(type, sizeof type, "\"urn:dynamod:%s\"", problem_type(code));
    char *text = json_dumps(response_of(document, operation, status), JSON_COMPACT);
    bool found = text && strstr(text, type);
    free(text);
    return found;
}

static const struct {
    const char *path, *method;
    unsigned code;
    bool is_told;
} ends[] = {
    {"/models/notes", "post", DM_E_EXISTS, true},
    {"/models/notes", "post", DM_E_INVALID_KEY, true},
    {"/models/notes", "post", DM_E_CONDITION, false},
    {"/models/notes", "post", DM_E_INVALID_PATCH, false},
    {"/models/notes", "post", DM_E_NOT_FOUND, false},
    {"/models/notes", "post", PROBLEM_UNSUPPORTED_CONTENT, true},
    {"/models/books", "post", DM_E_PRECONDITION_REQUIRED, false},
    {"/models/notes/{hash}/{range}", "put", DM_E_EXISTS, false},
    {"/models/notes/{hash}/{range}", "put", DM_E_CONDITION, true},
    {"/models/notes/{hash}/{range}", "put", PROBLEM_PRECONDITION_FAILED, false},
    {"/models/notes/{hash}/{range}", "put", DM_E_PRECONDITION_REQUIRED, false},
    {"/models/books/{hash}", "put", DM_E_PRECONDITION_REQUIRED, true},
    {"/models/books/{hash}", "put", DM_E_TOO_LARGE, true},
    {"/models/books/{hash}", "put", DM_E_NOT_FOUND, false},
    {"/models/books/{hash}", "patch", DM_E_NOT_FOUND, true},
    {"/models/books/{hash}", "patch", DM_E_INVALID_PATCH, true},
    {"/models/books/{hash}", "patch", DM_E_INVALID_FILTER, true},
    {"/models/books/{hash}", "delete", DM_E_NOT_FOUND, true},
    {"/models/books/{hash}", "delete", DM_E_INVALID_ITEM, false},
    {"/models/books/{hash}", "delete", PROBLEM_BODY_NOT_EXPECTED, true},
    {"/models/books/{hash}", "get", DM_E_CONDITION, false},
    {"/models/books:batchGet", "post", DM_E_INVALID_PROJECTION, true},
    {"/models/books:batchGet", "post", DM_E_INVALID_ITEM, false},
    {"/models/notes:batchWrite", "post", DM_E_INVALID_ITEM, true},
    {"/models/notes:batchWrite", "post", PROBLEM_INVALID_IDEMPOTENCY_KEY, false},
    {"/transactions", "post", PROBLEM_TRANSACTION_CANCELLED, true},
    {"/transactions", "post", DM_E_MODEL_NOT_FOUND, true},
    {"/transactions", "post", PROBLEM_INVALID_IDEMPOTENCY_KEY, true},
};

TEST(openapi, says_a_problem_where_it_can_happen)
{
    json_t *document = make(false);
    for (size_t i = 0; i < DM_COUNT(ends); i++)
        cr_assert_eq(
            ends_with(document, ends[i].path, ends[i].method, (enum dm_code)ends[i].code),
            ends[i].is_told, "%s %s: %s", ends[i].method, ends[i].path,
            problem_type((enum dm_code)ends[i].code));
    json_decref(document);
}

/* --- models --- */

TEST(openapi, has_keys_as_the_table_has_them)
{
    json_t *document = make(false);
    cr_assert(has(document, "/models/notes/{hash}", "query", "limit"));
    cr_assert(has(document, "/models/notes/{hash}/{range}", "path", "range"));
    cr_assert(has(document, "/models/notes:item", "query", "range"));
    cr_assert(has(document, "/models/books/{hash}", "query", "raw"));
    cr_assert_not(has(document, "/models/books/{hash}", "query", "limit"));
    cr_assert_not(has(document, "/models/books:item", "query", "range"));
    cr_assert_null(path_of(document, "/models/books/{hash}/{range}"));
    cr_assert(has(document, "/models/notes@by_day/{hash}/{range}", "path", "hash"));
    json_decref(document);
}

TEST(openapi, leaves_out_what_needs_keys_that_are_not_known)
{
    json_t *document = make(false);
    cr_assert(has(document, "/models/ghost:first", "query", "hash"));
    cr_assert_null(path_of(document, "/models/ghost/{hash}"));
    cr_assert_null(path_of(document, "/models/ghost:item"));
    cr_assert_null(json_object_get(path_of(document, "/models/ghost"), "post"));
    cr_assert_null(path_of(document, "/models/ghost:batchGet"));
    json_decref(document);
}

TEST(openapi, leaves_out_what_is_not_allowed)
{
    json_t *document = make(false);
    cr_assert_null(path_of(document, "/models/sealed"));
    cr_assert_null(path_of(document, "/models/sealed/{hash}"));
    cr_assert_null(json_object_get(path_of(document, "/models/laws"), "post"));
    cr_assert_null(json_object_get(path_of(document, "/models/laws/{hash}"), "put"));
    cr_assert_null(path_of(document, "/models/laws:batchWrite"));
    cr_assert_null(schema_of(document, "NewItem.laws"));
    json_decref(document);
}

static const char *server_url(const json_t *object)
{
    const json_t *server = json_array_get(json_object_get(object, "servers"), 0);
    return json_string_value(json_object_get(server, "url"));
}

TEST(openapi, of_a_named_app_is_relative_to_it)
{
    json_t *document = make(true);
    cr_assert_str_eq(server_url(document), "/apps/shop");
    cr_assert_str_eq(server_url(path_of(document, "/apps/{app}")), "/");
    json_decref(document);
    document = make(false);
    cr_assert_str_eq(server_url(document), "/");
    json_decref(document);
}

/* Rows that no route has would be dead. */
TEST(openapi, has_operations_of_the_router_alone)
{
    for (size_t i = 0; i < openapi_operation_count; i++) {
        bool found = false;
        for (size_t j = 0; j < router_rest()->count; j++)
            found |= !strcmp(router_rest()->routes[j].operation,
                             openapi_operations[i].operation);
        cr_assert(found, "%s", openapi_operations[i].operation);
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(openapi_operations[i].name, openapi_operations[j].name);
    }
}
