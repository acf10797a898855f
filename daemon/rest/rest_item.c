/* An item by its key: get_or_404. */
#include "base/error.h"
#include "daemon/rest/rest.h"

void rest_item_done(enum dm_code code, struct dm_item *item, const struct dm_error *err,
                    void *ctx)
{
    struct exchange *exchange = ctx;
    if (code)
        rest_read_failed(exchange, err);
    else
        reply_item(exchange, item);
    dm_item_free(item);
    exchange_resume(exchange);
}

enum dm_code rest_item_keys(const struct exchange *exchange, struct dm_str *ret_hash,
                            struct dm_str *ret_range, struct dm_error *err)
{
    bool in_path = exchange->values.hash.ptr;
    struct dm_str hash = in_path ? exchange->values.hash : exchange->parameters.hash;
    if (hash.ptr) {
        *ret_hash = hash;
        *ret_range = in_path ? exchange->values.range : exchange->parameters.range;
        return DM_OK;
    }
    error_set(err, DM_E_INVALID_KEY, "hash is missing");
    error_hint(err, ":item?hash=…, and range=… where the model has a range key");
    return DM_E_INVALID_KEY;
}

static enum dm_code get(struct exchange *exchange, const struct dm_get *get,
                        struct dm_error *err)
{
    struct call_context context = exchange_context(exchange);
    DM_AUTO(dm_item) *item = NULL;
    DM_TRY(app_get(exchange->app, exchange->values.model, get, &context, rest_item_done,
                   exchange, &exchange->call, &item, err));
    if (item)
        reply_item(exchange, item);
    return DM_OK;
}

enum dm_code rest_item_get(struct exchange *exchange, struct dm_error *err)
{
    const struct parameters *parameters = &exchange->parameters;
    struct dm_get request = {
        .consistent_read = parameters->consistent_read,
        .attributes_to_get = parameters->raw.ptr ? exchange->raw.attributes_to_get
                                                 : parameters->attributes_to_get,
        .message = parameters->message,
        .timeout_ms = exchange->site->request_timeout_ms,
    };
    struct call_context context = exchange_context(exchange);
    DM_TRY(rest_item_keys(exchange, &request.hash_key, &request.range_key, err));
    if (parameters->explain)
        return app_explain_get(exchange->app, exchange->values.model, &request, &context,
                               rest_explain_done, exchange, &exchange->call, err);
    return get(exchange, &request, err);
}
