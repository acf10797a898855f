/* An app's models: their tables, keys, indexes and what is allowed. */
#include <jansson.h>

#include "base/error.h"
#include "base/str.h"
#include "daemon/http/problem.h"
#include "daemon/rest/rest.h"

static json_t *key(const struct key_attribute *attribute, const char *role)
{
    return json_pack("{s:s%, s:s, s:s}", "name", attribute->name.ptr, attribute->name.len,
                     "type", type_name(attribute->type), "role", role);
}

/* [{"name":"id","type":"S","role":"hash"}] */
static json_t *key_schema(const struct key_schema *schema)
{
    json_t *hash = key(&schema->hash, "hash");
    if (str_empty(schema->range.name))
        return json_pack("[o]", hash);
    return json_pack("[o, o]", hash, key(&schema->range, "range"));
}

static json_t *included(const struct store_index *index,
                        const struct attributes *attributes)
{
    json_t *names = json_array();
    for (size_t i = 0; i < index->included_count; i++) {
        struct dm_str name = index->included[i];
        if (attributes_hides(attributes, name))
            continue;
        if (json_array_append_new(names, json_stringn(name.ptr, name.len))) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}

/* "ALL", "KEYS_ONLY", or the attributes that are there besides the keys. */
static json_t *projection(const struct store_index *index,
                          const struct attributes *attributes)
{
    switch (index->projection) {
    case PROJECT_ALL:
        return json_string("ALL");
    case PROJECT_KEYS_ONLY:
        return json_string("KEYS_ONLY");
    case PROJECT_INCLUDE:
        break;
    }
    return included(index, attributes);
}

static json_t *index_document(const struct store_index *index,
                              const struct attributes *attributes)
{
    return json_pack("{s:s%, s:o, s:o, s:b}", "name", index->name.ptr, index->name.len,
                     "key_schema", key_schema(&index->schema), "projection",
                     projection(index, attributes), "global", index->global);
}

static json_t *indexes(const struct model_listing *model)
{
    json_t *list = json_array();
    for (size_t i = 0; i < model->index_count; i++)
        if (json_array_append_new(
                list, index_document(&model->indexes[i], model->config->attributes))) {
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

/* json_pack takes what no memory is left for as not there, where it may be absent. */
static json_t *allowed(const struct model_listing *model)
{
    if (model->allow_read && model->allow_write)
        return json_pack("[s, s]", "read", "write");
    if (model->allow_read || model->allow_write)
        return json_pack("[s]", model->allow_read ? "read" : "write");
    return json_array();
}

static json_t *describe(const struct exchange *exchange,
                        const struct model_listing *model)
{
    const char *problem = model->problem ? problem_type(model->problem) : NULL;
    json_t *schema = model->problem ? json_null() : key_schema(&model->schema);
    return json_pack("{s:s%, s:s%, s:o, s:o, s:s*, s:o, s:o}", "name", model->name.ptr,
                     model->name.len, "table", model->table.ptr, model->table.len,
                     "key_schema", schema, "indexes", indexes(model), "problem", problem,
                     "allow", allowed(model), "href", href(exchange, model));
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
    struct call_context context = exchange_context(exchange);
    return app_list_models(exchange->app, exchange->site->request_timeout_ms, &context,
                           done, exchange, &exchange->call, err);
}
