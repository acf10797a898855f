/* Responses that are no errors. */
#include "daemon/openapi/openapi_response.h"

#include "base/str.h"
#include "daemon/http/accept.h"

/* --- header fields --- */

static const struct {
    unsigned headers;
    const char *name, *description, *schema;
} rows[] = {
    {HEADERS_ALWAYS, "X-Request-Id", "The request's, or one that was made for it.",
     "{\"type\":\"string\"}"},
    {HEADERS_ALWAYS, "Vary", "What else the answer depends on.", "{\"type\":\"string\"}"},
    {HEADERS_ALWAYS, "Server-Timing",
     "Milliseconds: upstream is DynamoDB's share of total.", "{\"type\":\"string\"}"},
    {HEADERS_ALWAYS, "Preference-Applied", "What Prefer asked for and got.",
     "{\"type\":\"string\"}"},
    {HEADERS_OF_STORE, "X-Consumed-Capacity", "Read or write capacity units.",
     "{\"type\":\"number\",\"minimum\":0}"},
    {HEADERS_OF_TAG, "ETag", "For If-Match and If-None-Match.",
     "{\"type\":\"string\",\"pattern\":\"^\\\"[^\\\"]+\\\"$\"}"},
    {HEADERS_OF_CREATION, "Location", "Where the new item is, if that fits.",
     "{\"type\":\"string\"}"},
    {HEADERS_OF_PAGE, "Link", "<ADDRESS>; rel=\"next\": where the next page is.",
     "{\"type\":\"string\"}"},
    {HEADERS_OF_RETRY, "Retry-After", "Seconds.", "{\"type\":\"integer\",\"minimum\":1}"},
};

json_t *openapi_headers(struct openapi *api, unsigned headers)
{
    json_t *object = json_object();
    for (size_t i = 0; i < DM_COUNT(rows); i++)
        if (headers & rows[i].headers)
            openapi_put(api, object, rows[i].name,
                        openapi_ref("headers", "%s", rows[i].name));
    return object;
}

/* --- a model's --- */

static json_t *media(json_t *schema)
{
    return json_pack("{s:o}", "schema", schema);
}

static json_t *item_schema(const char *form, struct dm_str model)
{
    return openapi_ref("schemas", "%s.%.*s", form, STR_ARG(model));
}

/* raw=PATH is of no JSON. */
static json_t *item_content(struct openapi *api, struct dm_str model)
{
    json_t *content = json_object();
    openapi_put(api, content, representation_type(REPRESENT_PLAIN),
                media(json_pack("{s:[o, o]}", "anyOf", item_schema("Item", model),
                                openapi_ref("schemas", "Explained"))));
    openapi_put(api, content, representation_type(REPRESENT_TYPED),
                media(item_schema("TypedItem", model)));
    openapi_put(api, content, "text/plain", media(openapi_json("{\"type\":\"string\"}")));
    openapi_put(api, content, "application/octet-stream", json_object());
    return content;
}

static json_t *page_schema(const char *form, struct dm_str model)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", item_schema(form, model));
}

static json_t *page_content(struct openapi *api, struct dm_str model)
{
    json_t *content = json_object();
    openapi_put(api, content, representation_type(REPRESENT_PLAIN),
                media(json_pack("{s:[o, o, o]}", "anyOf", page_schema("Item", model),
                                openapi_ref("schemas", "Count"),
                                openapi_ref("schemas", "Explained"))));
    openapi_put(api, content, representation_type(REPRESENT_TYPED),
                media(json_pack("{s:[o, o]}", "anyOf", page_schema("TypedItem", model),
                                openapi_ref("schemas", "Count"))));
    return content;
}

/* Of a write: nothing else can be asked of it. */
static json_t *written_content(struct openapi *api, struct dm_str model)
{
    json_t *content = json_object();
    openapi_put(api, content, representation_type(REPRESENT_PLAIN),
                media(item_schema("Item", model)));
    openapi_put(api, content, representation_type(REPRESENT_TYPED),
                media(item_schema("TypedItem", model)));
    return content;
}

/* null: there is no such item. */
static json_t *items_schema(const char *form, struct dm_str model)
{
    return json_pack("{s:s, s:{s:[o, {s:s}]}}", "type", "array", "items", "anyOf",
                     item_schema(form, model), "type", "null");
}

static json_t *items_content(struct openapi *api, struct dm_str model)
{
    json_t *content = json_object();
    openapi_put(api, content, representation_type(REPRESENT_PLAIN),
                media(items_schema("Item", model)));
    openapi_put(api, content, representation_type(REPRESENT_TYPED),
                media(items_schema("TypedItem", model)));
    return content;
}

static const struct {
    const char *name, *description;
    bool is_write;
    unsigned headers;
    json_t *(*content)(struct openapi *api, struct dm_str model);
} model_responses[] = {
    {"Item", "The item.", false, 0, item_content},
    {"Page", "The page: it may be empty and yet have a next.", false, HEADERS_OF_PAGE,
     page_content},
    {"Items", "The items, in the order of their keys in the request.", false, 0,
     items_content},
    {"Created",
     "It is new. The body is the item where Prefer says return=representation, else "
     "there is none.",
     true, HEADERS_OF_CREATION, written_content},
    {"Written", "The item, as Prefer's return=representation asks: as it is now, or was.",
     true, 0, written_content},
};

static json_t *response(struct openapi *api, const char *description, unsigned headers,
                        json_t *content)
{
    return json_pack("{s:s, s:o, s:o*}", "description", description, "headers",
                     openapi_headers(api, headers), "content", content);
}

static const unsigned item_headers = HEADERS_ALWAYS | HEADERS_OF_STORE | HEADERS_OF_TAG;

void openapi_add_responses(struct openapi *api)
{
    for (size_t i = 0; i < DM_COUNT(rows); i++)
        openapi_put(api, api->headers, rows[i].name,
                    json_pack("{s:s, s:o}", "description", rows[i].description, "schema",
                              openapi_json(rows[i].schema)));
    openapi_put(api, api->responses, "Unchanged",
                response(api, "It is what If-None-Match names.", item_headers, NULL));
    openapi_put(api, api->responses, "Done",
                response(api, "It is done.", item_headers, NULL));
}

void openapi_add_model_responses(struct openapi *api, const struct model_listing *model)
{
    for (size_t i = 0; i < DM_COUNT(model_responses); i++) {
        if (!(model_responses[i].is_write ? model->allow_write : model->allow_read))
            continue;
        openapi_put_named(api, api->responses,
                          response(api, model_responses[i].description,
                                   item_headers | model_responses[i].headers,
                                   model_responses[i].content(api, model->name)),
                          "%s.%.*s", model_responses[i].name, STR_ARG(model->name));
    }
}

/* --- an endpoint's --- */

static const struct {
    const char *description, *schema;
} documents[] = {
    [ANSWER_APPS] = {"The apps.", "{\"type\":\"array\","
                                  "\"items\":{\"$ref\":\"#/components/schemas/App\"}}"},
    [ANSWER_APP] = {"The app.", "{\"$ref\":\"#/components/schemas/App\"}"},
    [ANSWER_MODELS] = {"The models.",
                       "{\"type\":\"array\","
                       "\"items\":{\"$ref\":\"#/components/schemas/Model\"}}"},
    [ANSWER_OPENAPI] = {"This document.", "{\"type\":\"object\"}"},
    [ANSWER_BATCH] = {"What was done, and what was not.",
                      "{\"$ref\":\"#/components/schemas/BatchWritten\"}"},
    [ANSWER_TRANSACTED] = {"All of it was done.",
                           "{\"$ref\":\"#/components/schemas/Transacted\"}"},
};

/* Those that are the same for every model. */
static json_t *document_response(struct openapi *api,
                                 const struct openapi_endpoint *endpoint)
{
    const struct route *route = endpoint->route;
    enum openapi_answer answer = endpoint->operation->answer;
    unsigned headers = HEADERS_ALWAYS;
    json_t *content = json_object();
    if (endpoint->place.model || answer == ANSWER_TRANSACTED)
        headers |= HEADERS_OF_STORE;
    if (endpoint->operation->traits & TRAIT_TAGGED || answer == ANSWER_TRANSACTED)
        headers |= HEADERS_OF_TAG;
    for (int i = REPRESENT_PLAIN; i < REPRESENT_COUNT; i++)
        if (route->offered & 1u << i)
            openapi_put(api, content, representation_type((enum representation)i),
                        media(openapi_json(documents[answer].schema)));
    return response(api, documents[answer].description, headers, content);
}

/* How each answer ends well, in responses of the model, or of all; NULL: of its own. */
static const struct {
    enum openapi_answer answer;
    const char *status, *of_model, *of_all;
} successes[] = {
    {ANSWER_APPS, "200", NULL, NULL},         {ANSWER_APP, "200", NULL, NULL},
    {ANSWER_MODELS, "200", NULL, NULL},       {ANSWER_OPENAPI, "200", NULL, NULL},
    {ANSWER_ITEM, "200", "Item", NULL},       {ANSWER_PAGE, "200", "Page", NULL},
    {ANSWER_ITEMS, "200", "Items", NULL},     {ANSWER_CREATED, "201", "Created", NULL},
    {ANSWER_CHANGED, "200", "Written", NULL}, {ANSWER_CHANGED, "201", "Created", NULL},
    {ANSWER_CHANGED, "204", NULL, "Done"},    {ANSWER_DELETED, "200", "Written", NULL},
    {ANSWER_DELETED, "204", NULL, "Done"},    {ANSWER_BATCH, "200", NULL, NULL},
    {ANSWER_TRANSACTED, "200", NULL, NULL},
};

static json_t *success(struct openapi *api, const struct openapi_endpoint *endpoint,
                       size_t row)
{
    if (successes[row].of_model)
        return openapi_ref("responses", "%s.%.*s", successes[row].of_model,
                           STR_ARG(endpoint->place.model->name));
    if (successes[row].of_all)
        return openapi_ref("responses", "%s", successes[row].of_all);
    return document_response(api, endpoint);
}

void openapi_add_success(struct openapi *api, const struct openapi_endpoint *endpoint,
                         json_t *responses)
{
    const struct openapi_operation *operation = endpoint->operation;
    for (size_t i = 0; i < DM_COUNT(successes); i++)
        if (successes[i].answer == operation->answer)
            openapi_put(api, responses, successes[i].status, success(api, endpoint, i));
    if (operation->traits & TRAIT_TAGGED && endpoint->route->methods & METHOD_GET)
        openapi_put(api, responses, "304", openapi_ref("responses", "Unchanged"));
}
