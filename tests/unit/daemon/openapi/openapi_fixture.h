/* One app of every kind of model, and its OpenAPI document. */
#ifndef DYNAMOD_TESTS_OPENAPI_FIXTURE_H
#define DYNAMOD_TESTS_OPENAPI_FIXTURE_H

#include "base/str.h"
#include "daemon/openapi/openapi.h"
#include "support/test.h"

#define KEY(name, type)                                                                  \
    {                                                                                    \
        {name, sizeof name - 1}, type                                                    \
    }

static const struct store_index by_day = {
    .name = {"by_day", 6},
    .schema = {.hash = KEY("day", DM_S), .range = KEY("id", DM_S)},
    .global = true,
};
static const struct model_config nothing_declared;

#define NAME(text)                                                                       \
    {                                                                                    \
        text, sizeof text - 1                                                            \
    }

static struct attribute of_books[] = {
    {.name = NAME("rev"), .type = DM_N, .kind = ATTRIBUTE_VERSION},
    {.name = NAME("title"), .type = DM_S},
    {.name = NAME("shelf"), .type = DM_S},
    {.name = NAME("tags"), .type = DM_SS},
};
static struct attributes books_attributes = {
    .at = of_books, .count = DM_COUNT(of_books), .version = &of_books[0]};
static struct dm_str books_required[] = {NAME("title"), NAME("shelf")};
static struct value_member books_defaults[] = {
    {.name = NAME("shelf"), .value = {.type = DM_S, .as.text = NAME("1")}}};
static const struct model_config demanding = {
    .attributes = &books_attributes,
    .required = {books_required, DM_COUNT(books_required)},
    .defaults = {.type = DM_M, .as.map = {books_defaults, DM_COUNT(books_defaults)}},
    .require_if_match = true,
};

/* One of every kind of model. */
static const struct model_listing models[] = {
    {.name = {"notes", 5},
     .allow_read = true,
     .allow_write = true,
     .schema = {.hash = KEY("id", DM_S), .range = KEY("page", DM_N)},
     .indexes = &by_day,
     .index_count = 1,
     .config = &nothing_declared},
    {.name = {"books", 5},
     .allow_read = true,
     .allow_write = true,
     .schema = {.hash = KEY("id", DM_B)},
     .config = &demanding},
    {.name = {"laws", 4},
     .allow_read = true,
     .schema = {.hash = KEY("id", DM_S)},
     .config = &nothing_declared},
    {.name = {"ghost", 5},
     .allow_read = true,
     .allow_write = true,
     .problem = DM_E_TABLE_NOT_FOUND,
     .config = &nothing_declared},
    {.name = {"sealed", 6},
     .schema = {.hash = KEY("id", DM_S)},
     .config = &nothing_declared},
};

static inline json_t *make_asking(bool is_named, bool asks)
{
    struct openapi_app app = {"shop", is_named, models, DM_COUNT(models), asks, 0};
    json_t *document = openapi_document(&app);
    cr_assert(document);
    return document;
}

static inline json_t *make(bool is_named)
{
    return make_asking(is_named, false);
}

static inline json_t *resolve(const json_t *document, json_t *value)
{
    const char *ref = json_string_value(json_object_get(value, "$ref"));
    if (!ref)
        return value;
    struct dm_str rest = dm_str(ref + strlen("#/components/"));
    struct dm_str kind = str_split(&rest, '/');
    json_t *components = json_object_get(document, "components");
    json_t *found =
        json_object_get(json_object_getn(components, kind.ptr, kind.len), rest.ptr);
    cr_assert(found, "%s", ref);
    return found;
}

static inline const json_t *find_parameter(const json_t *document,
                                           const json_t *operation, const char *in,
                                           const char *name)
{
    size_t i;
    json_t *parameter;
    json_array_foreach(json_object_get(operation, "parameters"), i, parameter)
    {
        const json_t *found = resolve(document, parameter);
        if (!strcmp(json_string_value(json_object_get(found, "in")), in) &&
            !strcmp(json_string_value(json_object_get(found, "name")), name))
            return found;
    }
    return NULL;
}

static inline const json_t *path_of(const json_t *document, const char *path)
{
    return json_object_get(json_object_get(document, "paths"), path);
}

static inline const json_t *operation_of(const json_t *document, const char *path,
                                         const char *method)
{
    const json_t *operation = json_object_get(path_of(document, path), method);
    cr_assert(operation, "%s %s", method, path);
    return operation;
}

static inline json_t *response_of(const json_t *document, const json_t *operation,
                                  const char *status)
{
    json_t *responses = json_object_get(operation, "responses");
    return resolve(document, json_object_get(responses, status));
}

static inline json_t *schema_of(const json_t *document, const char *name)
{
    const json_t *components = json_object_get(document, "components");
    return json_object_get(json_object_get(components, "schemas"), name);
}

#endif
