/* Bodies. */
#include "daemon/openapi/openapi_body.h"

#include "base/str.h"
#include "daemon/http/content.h"
#include "daemon/openapi/openapi_parameter.h"
#include "daemon/openapi/openapi_written.h"

/* A member of the body: a key's schema is its place's. */
static json_t *member_schema(const struct openapi_endpoint *endpoint,
                             const struct parameter_row *row)
{
    if (row->parameter & (PARAMETER_HASH | PARAMETER_RANGE))
        return openapi_key_text_schema(&endpoint->place,
                                       row->parameter == PARAMETER_RANGE);
    return openapi_json(row->schema);
}

/* What is not a parameter is a filter; a list of them gives each. */
static json_t *parameters_schema(struct openapi *api,
                                 const struct openapi_endpoint *endpoint)
{
    json_t *properties = json_object();
    json_t *others = json_false();
    for (size_t i = 0; i < parameter_row_count; i++)
        if (endpoint->parameters & parameter_rows[i].parameter)
            openapi_put(api, properties, parameter_rows[i].name,
                        member_schema(endpoint, &parameter_rows[i]));
    if (endpoint->parameters & PARAMETER_FILTERS)
        others = openapi_ref("schemas", "Filter");
    return json_pack("{s:s, s:o, s:o}", "type", "object", "properties", properties,
                     "additionalProperties", others);
}

static json_t *patch_schema(const struct model_listing *model, enum content content)
{
    if (content == CONTENT_JSON_PATCH)
        return openapi_ref("schemas", "JsonPatch");
    if (content == CONTENT_UPDATE)
        return openapi_ref("schemas", "Update");
    return openapi_ref("schemas", "MergePatch.%.*s", STR_ARG(model->name));
}

static json_t *body_schema(struct openapi *api, const struct openapi_endpoint *endpoint,
                           enum content content)
{
    const struct model_listing *model = endpoint->place.model;
    enum openapi_form form = content == CONTENT_TYPED ? FORM_TYPED : FORM_PLAIN;
    switch (endpoint->operation->body) {
    case BODY_NONE:
        return NULL;
    case BODY_PARAMETERS:
        return parameters_schema(api, endpoint);
    case BODY_NEW_ITEM:
        return openapi_new_item_body(api, model, form);
    case BODY_ITEM:
        return openapi_item_body(api, model, form);
    case BODY_PATCH:
        return patch_schema(model, content);
    case BODY_BATCH_GET:
        return openapi_batch_get_body(model, form);
    case BODY_BATCH_WRITE:
        return openapi_batch_write_body(model, form);
    case BODY_TRANSACTION:
        return openapi_transaction_body(api, endpoint->place.app, form);
    }
    return NULL;
}

json_t *openapi_body_of(struct openapi *api, const struct openapi_endpoint *endpoint)
{
    unsigned taken = endpoint->route->contents;
    json_t *content = json_object();
    for (size_t i = 0; i < content_row_count; i++) {
        const struct content_row *row = &content_rows[i];
        if (taken & row->content)
            openapi_put(
                api, content, row->type,
                json_pack("{s:o}", "schema", body_schema(api, endpoint, row->content)));
    }
    return json_pack("{s:b, s:o}", "required", !(taken & CONTENT_NONE), "content",
                     content);
}
