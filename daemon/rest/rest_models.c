/* An app's models: their tables, keys, indexes and what is allowed. */
#include <jansson.h>

#include "base/error.h"
#include "base/str.h"
#include "daemon/http/problem.h"
#include "daemon/rest/rest.h"

static json_t *key(const struct key_attribute *attribute, const char *role)
{
    if (str_empty(attribute->name))
        return NULL;
    return json_pack("{s:s%, s:s, s:s}", "name", attribute->name.ptr, attribute->name.len,
                     "type", type_name(attribute->type), "role", role);
}

/* [{"name":"id","type":"S","role":"hash"}] */
static json_t *key_schema(const struct key_schema *schema)
{
    return json_pack("[o, o*]", key(&schema->hash, "hash"), key(&schema->range, "range"));
}

static json_t *included(const struct store_index *index)
{
    json_t *names = json_array();
    for (size_t i = 0; i < index->included_count; i++) {
        struct dm_str name = index->included[i];
        if (json_array_append_new(names, json_stringn(name.ptr, name.len))) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}

/* "ALL", "KEYS_ONLY", or the attributes that are there besides the keys. */
static json_t *projection(const struct store_index *index)
{
    switch (index->projection) {
    case PROJECT_ALL:
        return json_string("ALL");
    case PROJECT_KEYS_ONLY:
        return json_string("KEYS_ONLY");
    case PROJECT_INCLUDE:
        break;
    }
    return included(index);
}

static json_t *index_document(const struct store_index *index)
{
    return json_pack("{s:s%, s:o, s:o, s:b}", "name", index->name.ptr, index->name.len,
                     "key_schema", key_schema(&index->schema), "projection",
                     projection(index), "global", index->global);
}

static json_t *indexes(const struct model_listing *model)
{
    json_t *list = json_array();
    for (size_t i = 0; i < model->index_count; i++)
        if (json_array_append_new(list, index_document(&model->indexes[i]))) {
            json_decref(list);
            return NULL;
        }
    return list;
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
    json_t *schema = model->problem ? json_null() : key_schema(&model->schema);
    return json_pack("{s:s%, s:s%, s:o, s:o, s:s*, s:[s*, s*], s:o}", "name",
                     model->name.ptr, model->name.len, "table", model->table.ptr,
                     model->table.len, "key_schema", schema, "indexes", indexes(model),
                     "problem", problem, "allow", allow[0], allow[1], "href",
                     href(exchange, model));
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
    return app_list_models(exchange->app, exchange->site->request_timeout_ms, done,
                           exchange, &exchange->call, err);
}
