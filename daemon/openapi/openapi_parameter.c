/* Parameters. */
#include "daemon/openapi/openapi_parameter.h"

#include "base/str.h"
#include "daemon/openapi/openapi_schema.h"

enum { KEY_PARAMETERS = PARAMETER_HASH | PARAMETER_RANGE };

/* --- in the header --- */

/* Of use to whom: all, those that go to the store, some or all of some traits. */
enum header_use { USE_ALWAYS, USE_WITH_STORE, USE_WITH, USE_WITHOUT };

/* Several may be of one field, for different operations. */
static const struct {
    const char *component, *name;
    enum header_use use;
    unsigned traits; /* for USE_WITH and USE_WITHOUT */
    const char *description, *schema;
} headers[] = {
    {"X-Request-Id", "X-Request-Id", USE_ALWAYS, 0, "What the answer is to be known by.",
     "{\"type\":\"string\",\"pattern\":\"^[!-~]{1,128}$\"}"},
    {"traceparent", "traceparent", USE_WITH_STORE, 0,
     "Passed on to DynamoDB (W3C Trace Context).", "{\"type\":\"string\"}"},
    {"Prefer", "Prefer", USE_WITHOUT, TRAIT_RETURN,
     "handling=lenient passes over unknown parameters (RFC 7240).",
     "{\"type\":\"string\"}"},
    {"Prefer.write", "Prefer", USE_WITH, TRAIT_RETURN,
     "return=representation asks for the item; return=minimal for no body; "
     "handling=lenient passes over unknown parameters (RFC 7240).",
     "{\"type\":\"string\"}"},
    {"If-Match", "If-Match", USE_WITH, TRAIT_TAGGED,
     "Entity tags, or *: 412 where the answer has none of them.",
     "{\"type\":\"string\"}"},
    {"If-None-Match", "If-None-Match", USE_WITH, TRAIT_TAGGED,
     "Entity tags, or *: 304, or 412 of a POST, where the answer has one of them.",
     "{\"type\":\"string\"}"},
    {"If-Match.write", "If-Match", USE_WITH, TRAIT_GUARDED,
     "Entity tags of the item, one of which it still has; or *: it is there. Else 412.",
     "{\"type\":\"string\",\"minLength\":1}"},
    {"If-None-Match.write", "If-None-Match", USE_WITH, TRAIT_GUARDED,
     "*: the item is not there; or entity tags, none of which it has. Else 412.",
     "{\"type\":\"string\",\"minLength\":1}"},
    {"Idempotency-Key", "Idempotency-Key", USE_WITH, TRAIT_TOKEN,
     "The same request with the same key within 10 minutes has no second effect; it "
     "takes twice the capacity.",
     "{\"type\":\"string\",\"pattern\":\"^[!-~]{1,36}$\"}"},
};

static bool is_of_use(size_t header, const struct openapi_endpoint *endpoint)
{
    unsigned shared = headers[header].traits & endpoint->operation->traits;
    switch (headers[header].use) {
    case USE_ALWAYS:
        return true;
    case USE_WITH_STORE:
        return endpoint->operation->access != ACCESS_ANY;
    case USE_WITH:
        return shared;
    case USE_WITHOUT:
        return !shared;
    }
    return false;
}

/* --- the same on every model --- */

static json_t *parameter(const char *name, const char *in, const char *description,
                         bool required, json_t *schema)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:o}", "name", name, "in", in, "description",
                     description, "required", required, "schema", schema);
}

/* Filters have any name but a parameter's: each is its own member of one object. */
static json_t *filters_schema(struct openapi *api)
{
    static const char *const groups[] = {"and", "or", "not.and", "not.or"};
    json_t *taken = json_array(), *properties = json_object();
    for (size_t i = 0; i < parameter_row_count; i++)
        openapi_append(api, taken, json_string(parameter_rows[i].name));
    for (size_t i = 0; i < DM_COUNT(groups); i++)
        openapi_put(api, properties, groups[i], openapi_ref("schemas", "Conditions"));
    return json_pack("{s:s, s:o, s:o, s:{s:{s:o}}}", "type", "object", "properties",
                     properties, "additionalProperties",
                     openapi_ref("schemas", "Condition"), "propertyNames", "not", "enum",
                     taken);
}

static json_t *filters_parameter(struct openapi *api)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:o}", "name", "filters", "in", "query", "description",
        "Conditions, all of which hold: PATH=OPERATOR.OPERANDS, each a "
        "parameter of its own (status=eq.open, shelf.row=between.(1,9)); and "
        "and=(…), or=(…).",
        "style", "form", "explode", true, "schema", filters_schema(api));
}

/* The app may allow less than the row does. */
static json_t *row_schema(const struct parameter_row *row, const struct openapi_app *app)
{
    json_t *schema = openapi_json(row->schema);
    json_t *preset = json_object_get(schema, "default");
    if (row->parameter != PARAMETER_LIMIT || !app->page_max || !schema)
        return schema;
    if (json_integer_value(preset) > app->page_max)
        json_integer_set(preset, app->page_max);
    json_integer_set(json_object_get(schema, "maximum"), app->page_max);
    return schema;
}

void openapi_add_parameters(struct openapi *api, const struct openapi_app *app)
{
    for (size_t i = 0; i < DM_COUNT(headers); i++)
        openapi_put(api, api->parameters, headers[i].component,
                    parameter(headers[i].name, "header", headers[i].description, false,
                              openapi_json(headers[i].schema)));
    for (size_t i = 0; i < parameter_row_count; i++) {
        const struct parameter_row *row = &parameter_rows[i];
        if (!(row->parameter & KEY_PARAMETERS))
            openapi_put(api, api->parameters, row->name,
                        parameter(row->name, "query", row->description, false,
                                  row_schema(row, app)));
    }
    openapi_put(api, api->parameters, "filters", filters_parameter(api));
}

/* --- keys --- */

/* NULL: its table is not described. */
static const struct key_attribute *key_at(const struct openapi_place *place,
                                          bool is_range)
{
    if (!place->schema)
        return NULL;
    return is_range ? &place->schema->range : &place->schema->hash;
}

json_t *openapi_key_text_schema(const struct openapi_place *place, bool is_range)
{
    return openapi_key_schema(place->model, key_at(place, is_range),
                              is_range ? KEY_RANGE_MAX : KEY_HASH_MAX);
}

static json_t *key_parameter(const struct openapi_place *place, bool is_range,
                             const char *in, bool required)
{
    const char *role = is_range ? "range" : "hash";
    const struct key_attribute *key = key_at(place, is_range);
    json_t *description =
        key ? json_sprintf("The %s key, %.*s.", role, STR_ARG(key->name))
            : json_sprintf("The %s key.", role);
    return json_pack("{s:s, s:s, s:o, s:b, s:o}", "name", role, "in", in, "description",
                     description, "required", required, "schema",
                     openapi_key_text_schema(place, is_range));
}

static void add_path_keys(struct openapi *api, const struct openapi_endpoint *endpoint,
                          json_t *list)
{
    const char *pattern = endpoint->route->pattern;
    if (strstr(pattern, "{app}"))
        openapi_append(api, list,
                       parameter("app", "path", "An app's name.", true,
                                 openapi_json("{\"type\":\"string\",\"minLength\":1}")));
    if (strstr(pattern, "{hash}"))
        openapi_append(api, list, key_parameter(&endpoint->place, false, "path", true));
    if (strstr(pattern, "{range}"))
        openapi_append(api, list, key_parameter(&endpoint->place, true, "path", true));
}

/* --- an endpoint's --- */

static void add_row(struct openapi *api, const struct openapi_endpoint *endpoint,
                    const struct parameter_row *row, json_t *list)
{
    if (!(endpoint->parameters & row->parameter))
        return;
    bool is_range = row->parameter == PARAMETER_RANGE;
    bool required = endpoint->operation->required & row->parameter;
    if (row->parameter & KEY_PARAMETERS)
        openapi_append(api, list,
                       key_parameter(&endpoint->place, is_range, "query", required));
    else
        openapi_append(api, list, openapi_ref("parameters", "%s", row->name));
}

json_t *openapi_parameters_of(struct openapi *api,
                              const struct openapi_endpoint *endpoint)
{
    json_t *list = json_array();
    add_path_keys(api, endpoint, list);
    for (size_t i = 0; i < parameter_row_count; i++)
        add_row(api, endpoint, &parameter_rows[i], list);
    if (endpoint->parameters & PARAMETER_FILTERS)
        openapi_append(api, list, openapi_ref("parameters", "filters"));
    for (size_t i = 0; i < DM_COUNT(headers); i++)
        if (is_of_use(i, endpoint))
            openapi_append(api, list,
                           openapi_ref("parameters", "%s", headers[i].component));
    return list;
}
