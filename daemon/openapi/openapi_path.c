/* Paths. */
#include "daemon/openapi/openapi_path.h"

#include "base/str.h"
#include "daemon/openapi/openapi_body.h"
#include "daemon/openapi/openapi_parameter.h"
#include "daemon/openapi/openapi_problem.h"
#include "daemon/openapi/openapi_response.h"

/* HEAD is where GET is, and OPTIONS everywhere. */
static const struct {
    unsigned method;
    const char *name;
} methods[] = {
    {METHOD_GET, "get"},     {METHOD_POST, "post"},     {METHOD_PUT, "put"},
    {METHOD_PATCH, "patch"}, {METHOD_DELETE, "delete"},
};

static struct dm_str name_of(const struct openapi_place *place, struct dm_str placeholder)
{
    if (place->model && str_equal(placeholder, STR("{model}")))
        return place->model->name;
    if (place->index && str_equal(placeholder, STR("{index}")))
        return place->index->name;
    return placeholder;
}

/* The pattern with the names of model and index; keys stay placeholders. */
static void write_path(const struct openapi_endpoint *endpoint, struct dm_buf *out)
{
    struct dm_str rest = dm_str(endpoint->route->pattern);
    while (rest.len) {
        const char *end = *rest.ptr == '{' ? memchr(rest.ptr, '}', rest.len) : NULL;
        struct dm_str piece = {rest.ptr, end ? (size_t)(end + 1 - rest.ptr) : 1};
        buf_add_str(out, name_of(&endpoint->place, piece));
        rest = (struct dm_str){rest.ptr + piece.len, rest.len - piece.len};
    }
}

/* ':' and '@' are in no name: all are different. */
static json_t *operation_id(const struct openapi_endpoint *endpoint)
{
    const struct openapi_place *place = &endpoint->place;
    const char *name = endpoint->operation->name;
    if (!place->model)
        return json_string(name);
    if (!place->index)
        return json_sprintf("%s:%.*s", name, STR_ARG(place->model->name));
    return json_sprintf("%s:%.*s@%.*s", name, STR_ARG(place->model->name),
                        STR_ARG(place->index->name));
}

static json_t *operation(struct openapi *api, const struct openapi_endpoint *endpoint)
{
    const struct model_listing *model = endpoint->place.model;
    json_t *responses = json_object();
    json_t *body = endpoint->route->contents ? openapi_body_of(api, endpoint) : NULL;
    json_t *tags = model ? json_pack("[o]", openapi_str(model->name)) : NULL;
    openapi_add_success(api, endpoint, responses);
    openapi_add_problems(api, endpoint, responses);
    return json_pack("{s:o, s:s, s:o*, s:o, s:o*, s:o}", "operationId",
                     operation_id(endpoint), "summary", endpoint->route->summary, "tags",
                     tags, "parameters", openapi_parameters_of(api, endpoint),
                     "requestBody", body, "responses", responses);
}

/* Other routes may have the same path, for other methods. */
static json_t *path_item(struct openapi *api, const struct openapi_endpoint *endpoint)
{
    DM_AUTO_DONE(dm_buf) path;
    buf_init(&path, 16 * 1024);
    write_path(endpoint, &path);
    if (path.failed) {
        api->failed = true;
        return NULL;
    }
    json_t *item = json_object_getn(api->paths, path.ptr, path.len);
    if (!item) {
        openapi_put_str(api, api->paths, buf_str(&path), json_object());
        item = json_object_getn(api->paths, path.ptr, path.len);
    }
    return item;
}

static void add_endpoint(struct openapi *api, const struct openapi_endpoint *endpoint)
{
    json_t *item = path_item(api, endpoint);
    if (endpoint->place.app->is_named && !endpoint->route->needs_app)
        openapi_put(api, item, "servers", openapi_json("[{\"url\":\"/\"}]"));
    for (size_t i = 0; i < DM_COUNT(methods); i++)
        if (endpoint->route->methods & methods[i].method)
            openapi_put(api, item, methods[i].name, operation(api, endpoint));
}

static void add_route(struct openapi *api, const struct route *route,
                      const struct openapi_place *place)
{
    struct openapi_endpoint endpoint;
    if (openapi_endpoint_find(route, place, &endpoint))
        add_endpoint(api, &endpoint);
}

static void add_model_route(struct openapi *api, const struct openapi_app *app,
                            const struct route *route, const struct model_listing *model)
{
    struct openapi_place place = {.model = model, .app = app};
    if (!strstr(route->pattern, "{index}")) {
        place.schema = model->problem ? NULL : &model->schema;
        add_route(api, route, &place);
        return;
    }
    for (size_t i = 0; i < model->index_count; i++) {
        place.index = &model->indexes[i];
        place.schema = &model->indexes[i].schema;
        add_route(api, route, &place);
    }
}

/* By model: a reader finds one's paths together. */
void openapi_add_paths(struct openapi *api, const struct openapi_app *app)
{
    const struct openapi_place nowhere = {.app = app};
    const struct route_table *table = router_rest();
    for (size_t i = 0; i < table->count; i++)
        if (!strstr(table->routes[i].pattern, "{model}"))
            add_route(api, &table->routes[i], &nowhere);
    for (size_t i = 0; i < app->model_count; i++)
        for (size_t j = 0; j < table->count; j++)
            if (strstr(table->routes[j].pattern, "{model}"))
                add_model_route(api, app, &table->routes[j], &app->models[i]);
}
