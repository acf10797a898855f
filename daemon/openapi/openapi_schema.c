/* Schemas: JSON Schema 2020-12, as OpenAPI 3.1 has it. */
#include "daemon/openapi/openapi_schema.h"

#include "base/str.h"

#define BASE64_PATTERN                                                                   \
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$"
#define NUMBER_PATTERN "^[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([eE][+-]?[0-9]+)?$"

/* --- the same for every app --- */

static const struct {
    const char *name, *schema;
} fixed[] = {
    {"Problem",
     "{\"description\":\"RFC 9457\",\"type\":\"object\",\"required\":[\"type\",\"title\","
     "\"status\"],\"properties\":{"
     "\"type\":{\"type\":\"string\",\"format\":\"uri\"},"
     "\"title\":{\"type\":\"string\"},"
     "\"status\":{\"type\":\"integer\"},"
     "\"detail\":{\"type\":\"string\"},"
     "\"instance\":{\"type\":\"string\",\"format\":\"uri-reference\"},"
     "\"request_id\":{\"type\":\"string\"},"
     "\"hint\":{\"type\":\"string\",\"description\":\"What to do about it.\"},"
     "\"upstream\":{\"type\":\"object\",\"description\":\"What DynamoDB said.\","
     "\"properties\":{\"type\":{\"type\":\"string\"},"
     "\"request_id\":{\"type\":\"string\"}},\"additionalProperties\":false},"
     "\"reasons\":{\"type\":\"array\","
     "\"description\":\"One an entry of the transaction; null: it was not the cause.\","
     "\"items\":{\"type\":[\"object\",\"null\"],"
     "\"required\":[\"index\",\"type\",\"detail\"],\"properties\":{"
     "\"index\":{\"type\":\"integer\"},\"type\":{\"type\":\"string\"},"
     "\"detail\":{\"type\":\"string\"}}}}}}"},
    {"App",
     "{\"type\":\"object\",\"required\":[\"name\",\"default\",\"models\",\"href\"],"
     "\"properties\":{\"name\":{\"type\":\"string\"},"
     "\"default\":{\"type\":\"boolean\"},"
     "\"models\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
     "\"href\":{\"type\":\"string\",\"format\":\"uri-reference\"}},"
     "\"additionalProperties\":false}"},
    {"KeySchema",
     "{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,\"items\":{\"type\":\"object\","
     "\"required\":[\"name\",\"type\",\"role\"],\"properties\":{"
     "\"name\":{\"type\":\"string\"},\"type\":{\"enum\":[\"S\",\"N\",\"B\"]},"
     "\"role\":{\"enum\":[\"hash\",\"range\"]}},\"additionalProperties\":false}}"},
    {"Index", "{\"type\":\"object\","
              "\"required\":[\"name\",\"key_schema\",\"projection\",\"global\"],"
              "\"properties\":{\"name\":{\"type\":\"string\"},"
              "\"key_schema\":{\"$ref\":\"#/components/schemas/KeySchema\"},"
              "\"projection\":{\"anyOf\":[{\"enum\":[\"ALL\",\"KEYS_ONLY\"]},"
              "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}]},"
              "\"global\":{\"type\":\"boolean\"}},\"additionalProperties\":false}"},
    {"Model", "{\"type\":\"object\",\"required\":[\"name\",\"table\",\"key_schema\","
              "\"indexes\",\"allow\",\"href\"],\"properties\":{"
              "\"name\":{\"type\":\"string\"},\"table\":{\"type\":\"string\"},"
              "\"key_schema\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/KeySchema\"},"
              "{\"type\":\"null\"}]},"
              "\"indexes\":{\"type\":\"array\","
              "\"items\":{\"$ref\":\"#/components/schemas/Index\"}},"
              "\"problem\":{\"type\":\"string\"},"
              "\"allow\":{\"type\":\"array\","
              "\"items\":{\"enum\":[\"read\",\"write\"]}},"
              "\"href\":{\"type\":\"string\",\"format\":\"uri-reference\"}},"
              "\"additionalProperties\":false}"},
    {"Count", "{\"description\":\"Of count=true.\",\"type\":\"object\","
              "\"required\":[\"count\"],\"properties\":{\"count\":"
              "{\"type\":\"integer\",\"minimum\":0}},\"additionalProperties\":false}"},
    {"Explained",
     "{\"description\":\"Of explain=true.\",\"type\":\"object\","
     "\"required\":[\"operation\",\"request\"],\"properties\":{"
     "\"operation\":{\"type\":\"string\"},\"request\":{\"type\":\"object\"}},"
     "\"additionalProperties\":false}"},
    {"Condition",
     "{\"description\":\"OPERATOR.OPERANDS, or not.OPERATOR.OPERANDS.\","
     "\"type\":\"string\","
     "\"pattern\":\"^(not\\\\.)?(eq|ne|lt|le|gt|ge|between|in|begins_with|contains|"
     "exists|type)\\\\.\"}"},
    {"Conditions",
     "{\"description\":\"(path.eq.1,not.or(path.lt.1,path.gt.9))\",\"type\":\"string\","
     "\"pattern\":\"^\\\\(.+\\\\)$\"}"},
    {"Filter", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Condition\"},"
               "{\"$ref\":\"#/components/schemas/Conditions\"},"
               "{\"type\":\"array\",\"description\":\"Several, all of which hold.\","
               "\"items\":{\"anyOf\":[{\"$ref\":\"#/components/schemas/Condition\"},"
               "{\"$ref\":\"#/components/schemas/Conditions\"}]}}]}"},
};

/* DynamoDB's types: how each is seen, and what stands behind its name in DynamoDB JSON.
 */
static const struct {
    const char *plain, *typed;
} types[] = {
    [DM_S] = {"{\"type\":\"string\"}", "{\"type\":\"string\"}"},
    [DM_N] = {"{\"type\":\"number\"}",
              "{\"type\":\"string\",\"pattern\":\"" NUMBER_PATTERN "\"}"},
    [DM_B] = {"{\"type\":\"string\",\"contentEncoding\":\"base64\",\"pattern\":"
              "\"" BASE64_PATTERN "\"}",
              "{\"type\":\"string\",\"contentEncoding\":\"base64\",\"pattern\":"
              "\"" BASE64_PATTERN "\"}"},
    [DM_BOOL] = {"{\"type\":\"boolean\"}", "{\"type\":\"boolean\"}"},
    [DM_NULL] = {"{\"type\":\"null\"}", "{\"const\":true}"},
    [DM_L] = {"{\"type\":\"array\"}",
              "{\"type\":\"array\","
              "\"items\":{\"$ref\":\"#/components/schemas/AttributeValue\"}}"},
    [DM_M] = {"{\"type\":\"object\"}",
              "{\"type\":\"object\",\"additionalProperties\":"
              "{\"$ref\":\"#/components/schemas/AttributeValue\"}}"},
    [DM_SS] = {"{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
               "\"items\":{\"type\":\"string\"}}",
               "{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
               "\"items\":{\"type\":\"string\"}}"},
    [DM_NS] = {"{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
               "\"items\":{\"type\":\"number\"}}",
               "{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
               "\"items\":{\"type\":\"string\",\"pattern\":\"" NUMBER_PATTERN "\"}}"},
    [DM_BS] = {"{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
               "\"items\":{\"type\":\"string\",\"contentEncoding\":\"base64\","
               "\"pattern\":\"" BASE64_PATTERN "\"}}",
               "{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
               "\"items\":{\"type\":\"string\",\"contentEncoding\":\"base64\","
               "\"pattern\":\"" BASE64_PATTERN "\"}}"},
};

/* Kinds that are seen otherwise than their type is. */
static const char *const kinds[] = {
    [ATTRIBUTE_AS_STORED] = NULL,
    [ATTRIBUTE_UTC_DATETIME] = "{\"type\":\"string\",\"format\":\"date-time\"}",
    [ATTRIBUTE_JSON] = "{\"description\":\"Any JSON.\"}",
    [ATTRIBUTE_TTL] = "{\"description\":\"The item is not there any more from then on.\","
                      "\"anyOf\":[{\"type\":\"string\",\"format\":\"date-time\"},"
                      "{\"type\":\"number\"}]}",
    [ATTRIBUTE_VERSION] = "{\"description\":\"Counts the item's writes by itself; "
                          "written, it says which one is replaced.\","
                          "\"type\":\"number\"}",
};

static json_t *typed_value(enum dm_type type)
{
    const char *name = type_name(type);
    return json_pack("{s:s, s:[s], s:{s:o}, s:b}", "type", "object", "required", name,
                     "properties", name, openapi_json(types[type].typed),
                     "additionalProperties", 0);
}

/* "AttributeValue", one of "AttributeValue.S" and the others. */
static void add_typed_values(struct openapi *api)
{
    json_t *any = json_array();
    for (size_t i = 0; i < DM_COUNT(types); i++) {
        enum dm_type type = (enum dm_type)i;
        openapi_put_named(api, api->schemas, typed_value(type), "AttributeValue.%s",
                          type_name(type));
        openapi_append(api, any,
                       openapi_ref("schemas", "AttributeValue.%s", type_name(type)));
    }
    openapi_put(api, api->schemas, "AttributeValue", json_pack("{s:o}", "oneOf", any));
}

void openapi_add_schemas(struct openapi *api)
{
    for (size_t i = 0; i < DM_COUNT(fixed); i++)
        openapi_put(api, api->schemas, fixed[i].name, openapi_json(fixed[i].schema));
    add_typed_values(api);
}

/* --- items --- */

struct item_properties {
    json_t *plain, *typed;
};

json_t *openapi_attribute_schema(const struct attribute *attribute)
{
    const char *kind = kinds[attribute->kind];
    return openapi_json(kind ? kind : types[attribute->type].plain);
}

static void add_attribute(struct openapi *api, const struct item_properties *properties,
                          const struct attribute *attribute)
{
    openapi_put_str(api, properties->plain, attribute->name,
                    openapi_attribute_schema(attribute));
    openapi_put_str(
        api, properties->typed, attribute->name,
        openapi_ref("schemas", "AttributeValue.%s", type_name(attribute->type)));
}

/* Unless it is declared, and so already there. */
static void add_key(struct openapi *api, const struct item_properties *properties,
                    const struct key_attribute *key)
{
    const struct attribute attribute = {.name = key->name, .type = key->type};
    if (key->name.len &&
        !json_object_getn(properties->plain, key->name.ptr, key->name.len))
        add_attribute(api, properties, &attribute);
}

static void add_keys(struct openapi *api, const struct item_properties *properties,
                     const struct model_listing *model)
{
    if (model->problem)
        return;
    add_key(api, properties, &model->schema.hash);
    add_key(api, properties, &model->schema.range);
    for (size_t i = 0; i < model->index_count; i++) {
        add_key(api, properties, &model->indexes[i].schema.hash);
        add_key(api, properties, &model->indexes[i].schema.range);
    }
}

static void add_declared(struct openapi *api, const struct item_properties *properties,
                         const struct attributes *attributes)
{
    for (size_t i = 0; attributes && i < attributes->count; i++)
        if (!attributes_hides(attributes, attributes->at[i].name))
            add_attribute(api, properties, &attributes->at[i]);
}

static void add_item(struct openapi *api, const struct model_listing *model,
                     const char *form, json_t *properties, json_t *others)
{
    json_t *schema = json_pack("{s:s, s:s, s:o, s:o}", "description",
                               "What is declared, as it is seen; what is stored in "
                               "another type is seen as it is stored.",
                               "type", "object", "properties", properties,
                               "additionalProperties", others);
    openapi_put_named(api, api->schemas, schema, "%s.%.*s", form, STR_ARG(model->name));
}

void openapi_add_item_schemas(struct openapi *api, const struct model_listing *model)
{
    struct item_properties properties = {json_object(), json_object()};
    add_declared(api, &properties, model->config->attributes);
    add_keys(api, &properties, model);
    add_item(api, model, "Item", properties.plain, json_true());
    add_item(api, model, "TypedItem", properties.typed,
             openapi_ref("schemas", "AttributeValue"));
}

/* --- keys --- */

/* Lengths are of characters here, so bytes are a bound of them. */
static json_t *text_key(const struct attribute *attribute, size_t max)
{
    size_t around = attribute ? attribute->prefix.len + attribute->suffix.len : 0;
    return json_pack("{s:s, s:i, s:I}", "type", "string", "minLength", 1, "maxLength",
                     (json_int_t)(around < max ? max - around : 0));
}

static const char *key_text(const struct key_attribute *key,
                            const struct attribute *attribute)
{
    if (attribute && attribute->kind == ATTRIBUTE_UTC_DATETIME)
        return kinds[ATTRIBUTE_UTC_DATETIME];
    if (attribute && attribute->kind == ATTRIBUTE_TTL)
        return "{\"type\":\"string\",\"anyOf\":[{\"format\":\"date-time\"},"
               "{\"pattern\":\"" NUMBER_PATTERN "\"}]}";
    if (key->type == DM_N)
        return "{\"type\":\"string\",\"pattern\":\"" NUMBER_PATTERN "\"}";
    if (key->type == DM_B)
        return "{\"type\":\"string\",\"contentEncoding\":\"base64url\","
               "\"pattern\":\"^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{4}|"
               "[A-Za-z0-9_-][AQgw](==)?|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]=?)$\"}";
    return NULL;
}

/* How the key is declared, if as the type that it has. */
static const struct attribute *declared(const struct model_listing *model,
                                        const struct key_attribute *key)
{
    const struct attribute *attribute =
        attributes_find(model->config->attributes, key->name);
    return attribute && attribute->type == key->type ? attribute : NULL;
}

json_t *openapi_key_schema(const struct model_listing *model,
                           const struct key_attribute *key, size_t max)
{
    if (!key)
        return openapi_json("{\"type\":\"string\",\"minLength\":1}");
    const struct attribute *attribute = declared(model, key);
    const char *text = key_text(key, attribute);
    return text ? openapi_json(text) : text_key(attribute, max);
}

json_t *openapi_key_value_schema(const struct model_listing *model,
                                 const struct key_attribute *key, size_t max,
                                 enum openapi_form form)
{
    const struct attribute *attribute = declared(model, key);
    const struct attribute of_table = {.name = key->name, .type = key->type};
    if (form == FORM_TYPED)
        return openapi_ref("schemas", "AttributeValue.%s", type_name(key->type));
    if (key->type == DM_S && (!attribute || attribute->kind == ATTRIBUTE_AS_STORED))
        return text_key(attribute, max);
    return openapi_attribute_schema(attribute ? attribute : &of_table);
}
