/* An app's models: their tables, keys and what is allowed. */
#include <jansson.h>

#include "base/error.h"
#include "base/str.h"
#include "daemon/problem.h"
#include "daemon/rest.h"

static json_t *key(const struct key_attribute *attribute, const char *role)
{
    if (str_empty(attribute->name))
        return NULL;
    return json_pack("{s:s%, s:s, s:s}", "name", attribute->name.ptr, attribute->name.len,
                     "type", type_name(attribute->type), "role", role);
}

/* [{"name":"id","type":"S","role":"hash"}], or null where it is not known. */
static json_t *key_schema(const struct model_listing *model)
{
    if (model->problem)
        return json_null();
    return json_pack("[o, o*]", key(&model->schema.hash, "hash"),
                     key(&model->schema.range, "range"));
}

static json_t *href(const struct exchange *exchange, const struct model_listing *model)
{
    if (exchange->values.app.ptr)
        return json_sprintf("/apps/%s/models/%.*s", dm_app_name(exchange->app),
                            STR_ARG(model->name));
    return json_sprintf("/models/%.*s", STR_ARG(model->name));
}

static json_t *describe(const struct exchange *exchange,
                        const struct model_listing *model)
{
    const char *problem = model->problem ? problem_type(model->problem) : NULL;
    const char *allow[] = {model->allow_read ? "read" : NULL,
                           model->allow_write ? "write" : NULL};
    return json_pack("{s:s%, s:s%, s:o, s:s*, s:[s*, s*], s:o}", "name", model->name.ptr,
                     model->name.len, "table", model->table.ptr, model->table.len,
                     "key_schema", key_schema(model), "problem", problem, "allow",
                     allow[0], allow[1], "href", href(exchange, model));
}

static enum dm_code answer(struct exchange *exchange, const struct model_listing *models,
                           size_t count, struct dm_error *err)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(list, describe(exchange, &models[i]))) {
            json_decref(list);
            return error_nomem(err);
        }
    return reply_document(exchange, list, err);
}

static void done(enum dm_code code, const struct model_listing *models, size_t count,
                 const struct dm_error *err, void *ctx)
{
    struct exchange *exchange = ctx;
    struct dm_error failure;
    if (code)
        reply_problem(exchange, err);
    else if (answer(exchange, models, count, &failure))
        reply_problem(exchange, &failure);
    exchange_resume(exchange);
}

enum dm_code rest_models_list(struct exchange *exchange, struct dm_error *err)
{
    return app_list_models(exchange->app, exchange->service->request_timeout_ms, done,
                           exchange, &exchange->call, err);
}
