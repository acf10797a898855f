/* The OpenAPI document: writes, as each model takes them. */
#include "openapi_fixture.h"

static const struct {
    const char *path, *method, *statuses;
} successes[] = {
    {"/models/notes", "post", "201"},
    {"/models/notes/{hash}/{range}", "put", "200 201 204"},
    {"/models/books/{hash}", "patch", "200 201 204"},
    {"/models/books/{hash}", "delete", "200 204"},
    {"/models/notes:batchWrite", "post", "200"},
    {"/transactions", "post", "200"},
};

TEST(openapi_writes, says_how_a_write_ends_well)
{
    static const char *const good[] = {"200", "201", "204", "304"};
    json_t *document = make(false);
    for (size_t i = 0; i < DM_COUNT(successes); i++)
        for (size_t j = 0; j < DM_COUNT(good); j++) {
            const json_t *operation =
                operation_of(document, successes[i].path, successes[i].method);
            cr_assert_eq(response_of(document, operation, good[j]) != NULL,
                         strstr(successes[i].statuses, good[j]) != NULL, "%s %s: %s",
                         successes[i].method, successes[i].path, good[j]);
        }
    json_decref(document);
}

static bool has_header(const json_t *document, const char *path, const char *method,
                       const char *status, const char *name)
{
    const json_t *response =
        response_of(document, operation_of(document, path, method), status);
    return json_object_get(json_object_get(response, "headers"), name);
}

TEST(openapi_writes, says_which_header_fields_a_write_has)
{
    json_t *document = make(false);
    const char *path = "/models/notes/{hash}/{range}";
    cr_assert(has_header(document, path, "put", "201", "Location"));
    cr_assert_not(has_header(document, path, "put", "200", "Location"));
    cr_assert(has_header(document, path, "put", "204", "ETag"));
    cr_assert(has_header(document, path, "put", "412", "ETag"));
    cr_assert(has_header(document, path, "put", "200", "Preference-Applied"));
    cr_assert(has_header(document, "/models/notes", "post", "409", "ETag"));
    cr_assert_not(has_header(document, path, "put", "409", "ETag"));

    const json_t *put = operation_of(document, path, "put");
    const json_t *batch = operation_of(document, "/models/notes:batchWrite", "post");
    cr_assert(find_parameter(document, put, "header", "If-Match"));
    cr_assert(find_parameter(document, put, "header", "If-None-Match"));
    cr_assert(find_parameter(document, put, "header", "Idempotency-Key"));
    cr_assert(find_parameter(document, put, "header", "Prefer"));
    cr_assert_null(find_parameter(document, batch, "header", "If-Match"));
    cr_assert_null(find_parameter(document, batch, "header", "Idempotency-Key"));
    json_decref(document);
}

static bool lists(const json_t *list, const char *text)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i,
                       one) if (!strcmp(json_string_value(one), text)) return true;
    return false;
}

static json_t *body_of(const json_t *document, const char *path, const char *method)
{
    json_t *body = json_object_get(operation_of(document, path, method), "requestBody");
    json_t *content = json_object_get(body, "content");
    return json_object_get(json_object_get(content, "application/json"), "schema");
}

TEST(openapi_writes, asks_new_items_for_what_the_model_requires_and_does_not_add)
{
    json_t *document = make(false);
    const json_t *required =
        json_object_get(schema_of(document, "NewItem.books"), "required");
    cr_assert(lists(required, "id"));
    cr_assert(lists(required, "title"));
    cr_assert_not(lists(required, "shelf"));

    const json_t *put = body_of(document, "/models/books/{hash}", "put");
    cr_assert(lists(json_object_get(put, "required"), "title"));
    cr_assert_not(lists(json_object_get(put, "required"), "id"));
    json_decref(document);
}

TEST(openapi_writes, has_the_version_of_a_new_item_count_by_itself)
{
    json_t *document = make(false);
    const json_t *post = body_of(document, "/models/books", "post");
    const json_t *put = body_of(document, "/models/books/{hash}", "put");
    const json_t *rev = json_object_get(json_object_get(post, "properties"), "rev");
    cr_assert(json_is_true(json_object_get(rev, "readOnly")));
    cr_assert_null(json_object_get(put, "properties"));
    json_decref(document);
}

TEST(openapi_writes, lets_a_merge_patch_remove_what_may_go)
{
    json_t *document = make(false);
    const json_t *patch = schema_of(document, "MergePatch.books");
    const json_t *properties = json_object_get(patch, "properties");
    cr_assert(json_object_get(json_object_get(properties, "tags"), "anyOf"));
    cr_assert_null(json_object_get(json_object_get(properties, "title"), "anyOf"));
    cr_assert_null(json_object_get(json_object_get(properties, "rev"), "anyOf"));
    json_decref(document);
}

static size_t entries_of(const json_t *document, size_t list, const char *name)
{
    const json_t *one = json_array_get(
        json_object_get(body_of(document, "/transactions", "post"), "oneOf"), list);
    const json_t *entries = json_object_get(json_object_get(one, "properties"), name);
    return json_array_size(json_object_get(json_object_get(entries, "items"), "anyOf"));
}

/* notes, books and laws can be read; notes and books be written. */
TEST(openapi_writes, leaves_out_what_a_model_that_demands_conditions_refuses)
{
    json_t *document = make(false);
    cr_assert(path_of(document, "/models/notes:batchWrite"));
    cr_assert_null(path_of(document, "/models/books:batchWrite"));
    json_decref(document);
}

TEST(openapi_writes, has_transactions_of_what_is_allowed_and_known)
{
    json_t *document = make(false);
    cr_assert_eq(entries_of(document, 0, "get"), 3);
    cr_assert_eq(entries_of(document, 1, "write"), 2);
    json_decref(document);

    struct openapi_app app = {"shop", false, &models[DM_COUNT(models) - 1], 1, false, 0};
    document = openapi_document(&app);
    cr_assert_null(path_of(document, "/transactions"));
    json_decref(document);
}
