/* Operations: the table, and which row is in force where. */
#include "daemon/openapi/openapi_operation.h"

#include "base/str.h"

enum {
    BOTH_KEYS = PARAMETER_HASH | PARAMETER_RANGE,
    TAGGED = TRAIT_TAGGED,
    CREATING = TRAIT_TOKEN | TRAIT_RETURN,
    WRITING = TRAIT_GUARDED | TRAIT_TOKEN | TRAIT_RETURN
};

const struct openapi_operation openapi_operations[] = {
    {"listApps", "listApps", ACCESS_ANY, KEYS_ANY, ANSWER_APPS, 0, 0, 0, BODY_NONE},
    {"getApp", "getApp", ACCESS_ANY, KEYS_ANY, ANSWER_APP, 0, 0, 0, BODY_NONE},
    {"listModels", "listModels", ACCESS_ANY, KEYS_ANY, ANSWER_MODELS, 0, 0, 0, BODY_NONE},
    {"getOpenapi", "getOpenapi", ACCESS_ANY, KEYS_ANY, ANSWER_OPENAPI, TAGGED, 0, 0,
     BODY_NONE},

    {"scan", "scan", ACCESS_READ, KEYS_ANY, ANSWER_PAGE, TAGGED, 0, PARAMETER_ORDER,
     BODY_NONE},
    {"first", "first", ACCESS_READ, KEYS_ANY, ANSWER_ITEM, TAGGED, 0, 0, BODY_NONE},
    {"getItemByParameters", "getItemByParameters", ACCESS_READ, KEYS_KNOWN, ANSWER_ITEM,
     TAGGED, BOTH_KEYS, 0, BODY_NONE},
    {"query", "query", ACCESS_READ, KEYS_ANY, ANSWER_PAGE, TAGGED, 0, 0, BODY_PARAMETERS},
    {"get", "get", ACCESS_READ, KEYS_HASH_ONLY, ANSWER_ITEM, TAGGED, 0,
     PAGE_PARAMETERS & ~ITEM_PARAMETERS, BODY_NONE},
    {"get", "getPartition", ACCESS_READ, KEYS_COMPOSITE, ANSWER_PAGE, TAGGED, 0,
     ITEM_PARAMETERS & ~PAGE_PARAMETERS, BODY_NONE},
    {"getItem", "getItem", ACCESS_READ, KEYS_COMPOSITE, ANSWER_ITEM, TAGGED, 0, 0,
     BODY_NONE},

    {"create", "create", ACCESS_WRITE, KEYS_KNOWN, ANSWER_CREATED, CREATING, 0, 0,
     BODY_NEW_ITEM},
    {"putByHash", "putByHash", ACCESS_WRITE, KEYS_HASH_ONLY, ANSWER_CHANGED, WRITING, 0,
     0, BODY_ITEM},
    {"put", "put", ACCESS_WRITE, KEYS_COMPOSITE, ANSWER_CHANGED, WRITING, 0, 0,
     BODY_ITEM},
    {"putByParameters", "putByParameters", ACCESS_WRITE, KEYS_KNOWN, ANSWER_CHANGED,
     WRITING, BOTH_KEYS, 0, BODY_ITEM},
    {"patchByHash", "patchByHash", ACCESS_WRITE, KEYS_HASH_ONLY, ANSWER_CHANGED, WRITING,
     0, 0, BODY_PATCH},
    {"patch", "patch", ACCESS_WRITE, KEYS_COMPOSITE, ANSWER_CHANGED, WRITING, 0, 0,
     BODY_PATCH},
    {"patchByParameters", "patchByParameters", ACCESS_WRITE, KEYS_KNOWN, ANSWER_CHANGED,
     WRITING, BOTH_KEYS, 0, BODY_PATCH},
    {"deleteByHash", "deleteByHash", ACCESS_WRITE, KEYS_HASH_ONLY, ANSWER_DELETED,
     WRITING, 0, 0, BODY_NONE},
    {"delete", "delete", ACCESS_WRITE, KEYS_COMPOSITE, ANSWER_DELETED, WRITING, 0, 0,
     BODY_NONE},
    {"deleteByParameters", "deleteByParameters", ACCESS_WRITE, KEYS_KNOWN, ANSWER_DELETED,
     WRITING, BOTH_KEYS, 0, BODY_NONE},

    {"batchGet", "batchGet", ACCESS_READ, KEYS_KNOWN, ANSWER_ITEMS, TAGGED, 0, 0,
     BODY_BATCH_GET},
    {"batchWrite", "batchWrite", ACCESS_WRITE_BLINDLY, KEYS_KNOWN, ANSWER_BATCH, 0, 0, 0,
     BODY_BATCH_WRITE},
    {"transact", "transact", ACCESS_EITHER, KEYS_ANY, ANSWER_TRANSACTED, TRAIT_TOKEN, 0,
     0, BODY_TRANSACTION},

    {"scanIndex", "scanIndex", ACCESS_READ, KEYS_ANY, ANSWER_PAGE, TAGGED, 0,
     PARAMETER_ORDER, BODY_NONE},
    {"firstOfIndex", "firstOfIndex", ACCESS_READ, KEYS_ANY, ANSWER_ITEM, TAGGED, 0, 0,
     BODY_NONE},
    {"queryIndexByBody", "queryIndexByBody", ACCESS_READ, KEYS_ANY, ANSWER_PAGE, TAGGED,
     0, 0, BODY_PARAMETERS},
    {"queryIndex", "queryIndex", ACCESS_READ, KEYS_KNOWN, ANSWER_PAGE, TAGGED, 0, 0,
     BODY_NONE},
    {"queryIndexRange", "queryIndexRange", ACCESS_READ, KEYS_COMPOSITE, ANSWER_PAGE,
     TAGGED, 0, 0, BODY_NONE},
};
const size_t openapi_operation_count = DM_COUNT(openapi_operations);

static bool has_range(const struct key_schema *schema)
{
    return schema && !str_empty(schema->range.name);
}

static bool allows(enum openapi_access access, const struct model_listing *model)
{
    switch (access) {
    case ACCESS_ANY:
        return true;
    case ACCESS_READ:
        return model->allow_read;
    case ACCESS_WRITE:
        return model->allow_write;
    case ACCESS_WRITE_BLINDLY:
        return model->allow_write && !model->config->require_if_match;
    case ACCESS_EITHER:
        return model->allow_read || model->allow_write;
    }
    return false;
}

static bool is_allowed(enum openapi_access access, const struct openapi_place *place)
{
    if (place->model || access == ACCESS_ANY)
        return allows(access, place->model);
    for (size_t i = 0; i < place->app->model_count; i++)
        if (allows(access, &place->app->models[i]))
            return true;
    return false;
}

static bool keys_fit(enum openapi_keys keys, const struct key_schema *schema)
{
    switch (keys) {
    case KEYS_ANY:
        return true;
    case KEYS_KNOWN:
        return schema;
    case KEYS_HASH_ONLY:
        return schema && !has_range(schema);
    case KEYS_COMPOSITE:
        return has_range(schema);
    }
    return false;
}

/* The route's, but for those that the place makes an error of. */
static unsigned parameters_at(const struct route *route,
                              const struct openapi_operation *operation,
                              const struct openapi_place *place)
{
    unsigned parameters = route->parameters & ~operation->never;
    if (place->index && place->index->global)
        parameters &= ~(unsigned)PARAMETER_CONSISTENT_READ;
    if (place->schema && !has_range(place->schema))
        parameters &= ~(unsigned)PARAMETER_RANGE;
    return parameters;
}

bool openapi_endpoint_find(const struct route *route, const struct openapi_place *place,
                           struct openapi_endpoint *ret_endpoint)
{
    for (size_t i = 0; i < openapi_operation_count; i++) {
        const struct openapi_operation *row = &openapi_operations[i];
        if (strcmp(row->operation, route->operation) != 0 ||
            !is_allowed(row->access, place) || !keys_fit(row->keys, place->schema))
            continue;
        *ret_endpoint = (struct openapi_endpoint){route, row, *place,
                                                  parameters_at(route, row, place)};
        return true;
    }
    return false;
}
