/* The document: what is around its paths. */
#include "daemon/openapi/openapi.h"

#include "base/str.h"
#include "daemon/openapi/openapi_parameter.h"
#include "daemon/openapi/openapi_path.h"
#include "daemon/openapi/openapi_response.h"
#include "daemon/openapi/openapi_schema.h"
#include "daemon/openapi/openapi_written.h"

/* HTTP's own are not told of each operation. */
static const char description[] =
    "HEAD goes where GET goes, and OPTIONS everywhere. A parameter that is not described "
    "is an error, unless Prefer says handling=lenient. Errors are problems (RFC 9457).";

static json_t *add_part(struct openapi *api, json_t *parent, const char *name)
{
    openapi_put(api, parent, name, json_object());
    return json_object_get(parent, name);
}

static json_t *server(const struct openapi_app *app)
{
    json_t *url = app->is_named ? json_sprintf("/apps/%s", app->name) : json_string("/");
    return json_pack("{s:o}", "url", url);
}

static void begin(struct openapi *api, const struct openapi_app *app)
{
    *api = (struct openapi){.problems = json_object(), .asks = app->asks};
    api->document =
        json_pack("{s:s, s:{s:s, s:s, s:s}, s:[o], s:[], s:[]}", "openapi", "3.1.0",
                  "info", "title", app->name, "version", dm_version(), "description",
                  description, "servers", server(app), "security", "tags");
    api->paths = add_part(api, api->document, "paths");
    json_t *components = add_part(api, api->document, "components");
    api->schemas = add_part(api, components, "schemas");
    api->parameters = add_part(api, components, "parameters");
    api->headers = add_part(api, components, "headers");
    api->responses = add_part(api, components, "responses");
}

/* Certificates and unix sockets are no matter of requests. */
static void add_security(struct openapi *api)
{
    json_t *scheme =
        json_pack("{s:{s:s, s:s}}", "bearer", "type", "http", "scheme", "bearer");
    openapi_put(api, json_object_get(api->document, "components"), "securitySchemes",
                scheme);
    openapi_put(api, api->document, "security", json_pack("[{s:[]}, {}]", "bearer"));
}

/* Without a described table there is no telling which paths have a range. */
static json_t *tag(const struct model_listing *model)
{
    json_t *text =
        model->problem
            ? json_sprintf("The model %.*s. Its keys are not known, so what is under "
                           "them is left out.",
                           STR_ARG(model->name))
            : json_sprintf("The model %.*s.", STR_ARG(model->name));
    return json_pack("{s:o, s:o}", "name", openapi_str(model->name), "description", text);
}

static void add_model(struct openapi *api, const struct model_listing *model)
{
    openapi_append(api, json_object_get(api->document, "tags"), tag(model));
    openapi_add_item_schemas(api, model);
    openapi_add_model_written_schemas(api, model);
    openapi_add_model_responses(api, model);
}

json_t *openapi_document(const struct openapi_app *app)
{
    struct openapi api;
    begin(&api, app);
    if (app->asks)
        add_security(&api);
    openapi_add_schemas(&api);
    openapi_add_written_schemas(&api);
    openapi_add_parameters(&api, app);
    openapi_add_responses(&api);
    for (size_t i = 0; i < app->model_count; i++)
        add_model(&api, &app->models[i]);
    openapi_add_paths(&api, app);
    json_decref(api.problems);
    if (!api.failed)
        return api.document;
    json_decref(api.document);
    return NULL;
}
