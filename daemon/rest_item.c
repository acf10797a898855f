/* An item: get_or_404 and first_or_404. */
#include "base/str.h"
#include "daemon/problem.h"
#include "daemon/rest.h"
#include "model/app.h"
#include "model/model_config.h"
#include "value/item.h"

static void done(enum dm_code code, struct dm_item *item, const struct dm_error *err,
                 void *ctx)
{
    struct exchange *exchange = ctx;
    if (code)
        reply_problem(exchange, err);
    else
        reply_item(exchange, item);
    dm_item_free(item);
    exchange_resume(exchange);
}

static enum dm_code read_consistent(const struct target *target, struct dm_get *get,
                                    struct dm_error *err)
{
    struct dm_str value = target_parameter(target, "consistent_read");
    if (!value.ptr || str_equal(value, STR("false")))
        return DM_OK;
    if (!str_equal(value, STR("true")))
        return problem_set(err, PROBLEM_INVALID_PARAMETER,
                           "consistent_read is true or false");
    get->consistent_read = true;
    return DM_OK;
}

static enum dm_code read_attributes(const struct target *target, struct dm_get *get,
                                    struct dm_error *err)
{
    struct dm_str value = target_parameter(target, "attributes_to_get");
    if (value.ptr && str_empty(value))
        return error_set(err, DM_E_INVALID_PROJECTION,
                         "attributes_to_get names no attribute");
    get->attributes_to_get = value;
    return DM_OK;
}

static enum dm_code read_message(const struct target *target, struct dm_get *get,
                                 struct dm_error *err)
{
    struct dm_str value = target_parameter(target, "message");
    if (value.len > MESSAGE_MAX)
        return problem_set(err, PROBLEM_INVALID_PARAMETER,
                           "message is longer than %d bytes", MESSAGE_MAX);
    get->message = value;
    return DM_OK;
}

static enum dm_code read_parameters(const struct exchange *exchange, struct dm_get *get,
                                    struct dm_error *err)
{
    get->timeout_ms = exchange->service->request_timeout_ms;
    DM_TRY(read_consistent(&exchange->target, get, err));
    DM_TRY(read_attributes(&exchange->target, get, err));
    return read_message(&exchange->target, get, err);
}

/* The model's name, terminated; one with a NUL inside is no model's. */
static enum dm_code read_model(struct exchange *exchange, const char **ret_model,
                               struct dm_error *err)
{
    struct dm_str name = exchange->values.model;
    if (memchr(name.ptr, '\0', name.len))
        return error_set(err, DM_E_MODEL_NOT_FOUND,
                         "a model's name has no NUL character");
    struct dm_str copy = arena_str(&exchange->arena, name);
    if (!copy.ptr)
        return error_nomem(err);
    *ret_model = copy.ptr;
    return DM_OK;
}

enum dm_code rest_item_get(struct exchange *exchange, struct dm_error *err)
{
    const char *model = NULL;
    struct dm_get get = {
        .hash_key = exchange->values.hash,
        .range_key = exchange->values.range,
    };
    DM_TRY(read_model(exchange, &model, err));
    DM_TRY(read_parameters(exchange, &get, err));
    DM_AUTO(dm_item) *item = NULL;
    DM_TRY(
        app_get(exchange->app, model, &get, done, exchange, &exchange->call, &item, err));
    if (item)
        reply_item(exchange, item);
    return DM_OK;
}

enum dm_code rest_item_first(struct exchange *exchange, struct dm_error *err)
{
    const char *model = NULL;
    struct dm_get get = {.consistent_read = false};
    DM_TRY(read_model(exchange, &model, err));
    DM_TRY(read_parameters(exchange, &get, err));
    return dm_first_or_404_async(exchange->app, model, &get, done, exchange,
                                 &exchange->call, err);
}
