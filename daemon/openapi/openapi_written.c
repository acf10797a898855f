/* Schemas of what is written. */
#include "daemon/openapi/openapi_written.h"

#include "base/str.h"

/* --- the same for every app --- */

#define PATHS_AND(values)                                                                \
    "{\"type\":\"object\",\"description\":\"By document path.\","                        \
    "\"additionalProperties\":" values "}"
#define POINTER                                                                          \
    "{\"type\":\"string\",\"description\":\"A JSON Pointer.\","                          \
    "\"pattern\":\"^/([^~]|~[01])*$\"}"

static const struct {
    const char *name, *schema;
} fixed[] = {
    {"Filters", "{\"description\":\"Conditions, all of which hold: by document path, "
                "and and, or.\","
                "\"type\":\"object\",\"additionalProperties\":{\"anyOf\":["
                "{\"$ref\":\"#/components/schemas/Condition\"},"
                "{\"$ref\":\"#/components/schemas/Conditions\"}]}}"},
    {"Changes",
     "{\"type\":\"object\",\"properties\":{"
     "\"set\":" PATHS_AND(
         "true") ","
                 "\"remove\":{\"type\":\"array\",\"items\":{"
                 "\"type\":\"string\"}},"
                 "\"add\":" PATHS_AND(
                     "{\"type\":[\"number\","
                     "\"array\"]}") ","
                                    "\"delete\""
                                    ":" PATHS_AND(
                                        "{\"type\":"
                                        "\"array\""
                                        "}") ","
                                             "\"app"
                                             "end\""
                                             ":" PATHS_AND(
                                                 "{"
                                                 "\"type\":\"array\"}") ","
                                                                        "\"if\":{\"$"
                                                                        "ref\":\"#/"
                                                                        "components/"
                                                                        "schemas/"
                                                                        "Filters\"}},"
                                                                        "\"anyOf\":[{"
                                                                        "\"required\":["
                                                                        "\"set\"]},{"
                                                                        "\"required\":["
                                                                        "\"remove\"]},"
                                                                        "{\"required\":["
                                                                        "\"add\"]},{"
                                                                        "\"required\":["
                                                                        "\"delete\"]},"
                                                                        "{\"required\":["
                                                                        "\"append\"]}]}"},
    {"Update",
     "{\"description\":\"One atomic change. add counts, and adds to sets; delete "
     "takes "
     "from sets; append is to lists.\",\"$ref\":\"#/components/schemas/Changes\","
     "\"unevaluatedProperties\":false}"},
    {"JsonPatch",
     "{\"description\":\"RFC "
     "6902\",\"type\":\"array\",\"minItems\":1,\"maxItems\":256,"
     "\"items\":{\"type\":\"object\",\"required\":[\"op\",\"path\"],"
     "\"properties\":{\"path\":" POINTER "},\"oneOf\":["
     "{\"required\":[\"value\"],"
     "\"properties\":{\"op\":{\"enum\":[\"add\",\"replace\",\"test\"]}}},"
     "{\"properties\":{\"op\":{\"const\":\"remove\"}}},"
     "{\"required\":[\"from\"],\"properties\":{\"op\":{\"enum\":[\"move\",\"copy\"]},"
     "\"from\":" POINTER "}}]}}"},
    {"BatchWritten",
     "{\"type\":\"object\",\"required\":[\"put\",\"delete\",\"unprocessed\"],"
     "\"properties\":{\"put\":{\"type\":\"integer\",\"minimum\":0},"
     "\"delete\":{\"type\":\"integer\",\"minimum\":0},"
     "\"unprocessed\":{\"description\":\"As it was in the request: it can be sent "
     "again.\",\"type\":\"object\",\"required\":[\"put\",\"delete\"],\"properties\":{"
     "\"put\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
     "\"delete\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}},"
     "\"additionalProperties\":false},"
     "\"why\":{\"type\":\"object\",\"required\":[\"type\",\"detail\"],\"properties\":"
     "{"
     "\"type\":{\"type\":\"string\",\"format\":\"uri\"},"
     "\"detail\":{\"type\":\"string\"}},\"additionalProperties\":false}},"
     "\"additionalProperties\":false}"},
    {"Transacted",
     "{\"oneOf\":[{\"description\":\"Of get, in its order; null: there is no such "
     "item.\",\"type\":\"object\",\"required\":[\"items\"],\"properties\":{\"items\":"
     "{\"type\":\"array\",\"items\":{\"type\":[\"object\",\"null\"]}}},"
     "\"additionalProperties\":false},"
     "{\"description\":\"Of write: how many entries there "
     "were.\",\"type\":\"object\","
     "\"required\":[\"written\"],\"properties\":{\"written\":"
     "{\"type\":\"integer\",\"minimum\":1}},\"additionalProperties\":false}]}"},
};

void openapi_add_written_schemas(struct openapi *api)
{
    for (size_t i = 0; i < DM_COUNT(fixed); i++)
        openapi_put(api, api->schemas, fixed[i].name, openapi_json(fixed[i].schema));
}

/* --- names --- */

/* Of a component of the model, in that form. */
static json_t *item_of(const struct model_listing *model, enum openapi_form form)
{
    return openapi_ref("schemas", "%sItem.%.*s", form == FORM_TYPED ? "Typed" : "",
                       STR_ARG(model->name));
}

static json_t *new_item_of(const struct model_listing *model, enum openapi_form form)
{
    return openapi_ref("schemas", "New%sItem.%.*s", form == FORM_TYPED ? "Typed" : "",
                       STR_ARG(model->name));
}

static json_t *key_of(const struct model_listing *model, enum openapi_form form)
{
    return openapi_ref("schemas", "%sKey.%.*s", form == FORM_TYPED ? "Typed" : "",
                       STR_ARG(model->name));
}

static bool is_key(const struct model_listing *model, struct dm_str name)
{
    return str_equal(name, model->schema.hash.name) ||
           str_equal(name, model->schema.range.name);
}

/* --- keys --- */

static json_t *key_names(struct openapi *api, const struct model_listing *model)
{
    json_t *names = json_array();
    openapi_append(api, names, openapi_str(model->schema.hash.name));
    if (!str_empty(model->schema.range.name))
        openapi_append(api, names, openapi_str(model->schema.range.name));
    return names;
}

static json_t *key_properties(struct openapi *api, const struct model_listing *model,
                              enum openapi_form form)
{
    const struct key_schema *schema = &model->schema;
    json_t *properties = json_object();
    openapi_put_str(api, properties, schema->hash.name,
                    openapi_key_value_schema(model, &schema->hash, KEY_HASH_MAX, form));
    if (!str_empty(schema->range.name))
        openapi_put_str(
            api, properties, schema->range.name,
            openapi_key_value_schema(model, &schema->range, KEY_RANGE_MAX, form));
    return properties;
}

static json_t *key_schema(struct openapi *api, const struct model_listing *model,
                          enum openapi_form form)
{
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "required",
                     key_names(api, model), "properties",
                     key_properties(api, model, form), "additionalProperties", 0);
}

/* --- items --- */

/* Adds what every item must have, but for what is the path's, or the model adds. */
static void add_required(struct openapi *api, const struct model_listing *model,
                         json_t *names)
{
    const struct model_config *config = model->config;
    for (size_t i = 0; i < config->required.count; i++) {
        struct dm_str name = config->required.at[i];
        if (!is_key(model, name) && !value_member(&config->defaults, name))
            openapi_append(api, names, openapi_str(name));
    }
}

static json_t *new_item_schema(struct openapi *api, const struct model_listing *model,
                               enum openapi_form form)
{
    json_t *names = key_names(api, model);
    add_required(api, model, names);
    return json_pack("{s:[o], s:o, s:o}", "allOf", item_of(model, form), "properties",
                     key_properties(api, model, form), "required", names);
}

json_t *openapi_item_body(struct openapi *api, const struct model_listing *model,
                          enum openapi_form form)
{
    json_t *names = json_array();
    add_required(api, model, names);
    return json_pack("{s:[o], s:o}", "allOf", item_of(model, form), "required", names);
}

/* The version counts by itself, from the beginning. */
json_t *openapi_new_item_body(struct openapi *api, const struct model_listing *model,
                              enum openapi_form form)
{
    const struct attributes *attributes = model->config->attributes;
    if (!attributes || !attributes->version)
        return new_item_of(model, form);
    json_t *properties = json_object();
    openapi_put_str(api, properties, attributes->version->name,
                    openapi_json("{\"readOnly\":true,\"not\":{}}"));
    return json_pack("{s:[o], s:o}", "allOf", new_item_of(model, form), "properties",
                     properties);
}

/* --- patches --- */

static bool is_required(const struct model_listing *model, struct dm_str name)
{
    const struct setting_strings *required = &model->config->required;
    for (size_t i = 0; i < required->count; i++)
        if (str_equal(required->at[i], name))
            return true;
    return false;
}

/* null removes it, where it may go. */
static json_t *merge_schema(const struct model_listing *model,
                            const struct attribute *attribute)
{
    json_t *value = openapi_attribute_schema(attribute);
    if (is_required(model, attribute->name) || attribute->kind == ATTRIBUTE_VERSION)
        return value;
    return json_pack("{s:[o, {s:s}]}", "anyOf", value, "type", "null");
}

/* The key does not change: there is no use in saying it. */
static json_t *merge_patch_schema(struct openapi *api, const struct model_listing *model)
{
    const struct attributes *attributes = model->config->attributes;
    json_t *properties = json_object();
    for (size_t i = 0; attributes && i < attributes->count; i++)
        if (!is_key(model, attributes->at[i].name) &&
            !attributes_hides(attributes, attributes->at[i].name))
            openapi_put_str(api, properties, attributes->at[i].name,
                            merge_schema(model, &attributes->at[i]));
    return json_pack("{s:s, s:s, s:o}", "description",
                     "RFC 7396: null removes, objects are merged.", "type", "object",
                     "properties", properties);
}

void openapi_add_model_written_schemas(struct openapi *api,
                                       const struct model_listing *model)
{
    static const char *const prefixes[] = {[FORM_PLAIN] = "", [FORM_TYPED] = "Typed"};
    if (model->problem)
        return;
    for (int i = FORM_PLAIN; i <= FORM_TYPED; i++) {
        enum openapi_form form = (enum openapi_form)i;
        openapi_put_named(api, api->schemas, key_schema(api, model, form), "%sKey.%.*s",
                          prefixes[form], STR_ARG(model->name));
        if (model->allow_write)
            openapi_put_named(api, api->schemas, new_item_schema(api, model, form),
                              "New%sItem.%.*s", prefixes[form], STR_ARG(model->name));
    }
    if (model->allow_write)
        openapi_put_named(api, api->schemas, merge_patch_schema(api, model),
                          "MergePatch.%.*s", STR_ARG(model->name));
}

/* --- many at once --- */

json_t *openapi_batch_get_body(const struct model_listing *model, enum openapi_form form)
{
    return json_pack("{s:s, s:[s], s:{s:{s:s, s:o}, s:{s:s, s:i}, s:{s:s}}, s:b}", "type",
                     "object", "required", "keys", "properties", "keys", "type", "array",
                     "items", key_of(model, form), "attributes_to_get", "type", "string",
                     "minLength", 1, "consistent_read", "type", "boolean",
                     "additionalProperties", 0);
}

json_t *openapi_batch_write_body(const struct model_listing *model,
                                 enum openapi_form form)
{
    return json_pack("{s:s, s:i, s:{s:{s:s, s:o}, s:{s:s, s:o}}, s:b}", "type", "object",
                     "minProperties", 1, "properties", "put", "type", "array", "items",
                     new_item_of(model, form), "delete", "type", "array", "items",
                     key_of(model, form), "additionalProperties", 0);
}

/* --- transactions --- */

static json_t *get_entry(const struct model_listing *model, enum openapi_form form)
{
    return json_pack("{s:s, s:[s, s], s:{s:{s:o}, s:o, s:{s:s, s:i}}, s:b}", "type",
                     "object", "required", "model", "key", "properties", "model", "const",
                     openapi_str(model->name), "key", key_of(model, form),
                     "attributes_to_get", "type", "string", "minLength", 1,
                     "additionalProperties", 0);
}

/* Always in plain JSON, but for its key. */
static json_t *update_of(const struct model_listing *model, enum openapi_form form)
{
    return json_pack("{s:s, s:[s], s:{s:o, s:{s:s}}, s:b}", "$ref",
                     "#/components/schemas/Changes", "required", "key", "properties",
                     "key", key_of(model, form), "upsert", "type", "boolean",
                     "unevaluatedProperties", 0);
}

/* One thing an entry; a check is of nothing but its `if`. */
static json_t *write_entry(const struct model_listing *model, enum openapi_form form)
{
    json_t *one = openapi_json("[{\"required\":[\"put\"]},{\"required\":[\"update\"]},"
                               "{\"required\":[\"delete\"]},"
                               "{\"required\":[\"check\",\"if\"]}]");
    return json_pack(
        "{s:s, s:[s], s:{s:{s:o}, s:o, s:o, s:o, s:o, s:o}, s:b, s:o}", "type", "object",
        "required", "model", "properties", "model", "const", openapi_str(model->name),
        "put", new_item_of(model, form), "update", update_of(model, form), "delete",
        key_of(model, form), "check", key_of(model, form), "if",
        openapi_ref("schemas", "Filters"), "additionalProperties", 0, "oneOf", one);
}

static json_t *entries(struct openapi *api, const struct openapi_app *app,
                       enum openapi_form form, bool is_get)
{
    json_t *any = json_array();
    for (size_t i = 0; i < app->model_count; i++) {
        const struct model_listing *model = &app->models[i];
        bool is_allowed = is_get ? model->allow_read : model->allow_write;
        if (is_allowed && !model->problem)
            openapi_append(api, any,
                           is_get ? get_entry(model, form) : write_entry(model, form));
    }
    return any;
}

/* {"get": […]} or {"write": […]}, where there is a model for it. */
static void add_list(struct openapi *api, const struct openapi_app *app,
                     enum openapi_form form, bool is_get, json_t *one)
{
    const char *name = is_get ? "get" : "write";
    json_t *any = entries(api, app, form, is_get);
    if (json_array_size(any) == 0) {
        json_decref(any);
        return;
    }
    openapi_append(api, one,
                   json_pack("{s:s, s:[s], s:{s:{s:s, s:i, s:i, s:{s:o}}}, s:b}", "type",
                             "object", "required", name, "properties", name, "type",
                             "array", "minItems", 1, "maxItems", 100, "items", "anyOf",
                             any, "additionalProperties", 0));
}

json_t *openapi_transaction_body(struct openapi *api, const struct openapi_app *app,
                                 enum openapi_form form)
{
    json_t *one = json_array();
    add_list(api, app, form, true, one);
    add_list(api, app, form, false, one);
    if (json_array_size(one))
        return json_pack("{s:o}", "oneOf", one);
    json_decref(one); /* no model's keys are known */
    return openapi_json("{\"type\":\"object\"}");
}
