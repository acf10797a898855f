/* What is under a hash key: the item of a model that has no range key, else a page of the
 * partition. */
#include "base/str.h"
#include "daemon/http/problem.h"
#include "daemon/rest/rest.h"

static enum dm_code get_item(struct exchange *exchange, struct dm_error *err)
{
    if (!exchange->preferences.lenient)
        DM_TRY(parameters_check(&exchange->parameters, ITEM_PARAMETERS, err));
    return rest_item_get(exchange, err);
}

static enum dm_code get_page(struct exchange *exchange, struct dm_error *err)
{
    if (exchange->parameters.raw.ptr) {
        problem_set(err, PROBLEM_INVALID_PARAMETER,
                    "raw is of one item, and this is a partition of several");
        error_hint(err, "/{hash}/{range}?raw=NAME, or :first?hash=HASH&raw=NAME");
        return (enum dm_code)PROBLEM_INVALID_PARAMETER;
    }
    if (!exchange->preferences.lenient)
        DM_TRY(parameters_check(&exchange->parameters, PAGE_PARAMETERS, err));
    return rest_page_get(exchange, err);
}

static enum dm_code get(struct exchange *exchange, const struct key_schema *schema,
                        struct dm_error *err)
{
    return str_empty(schema->range.name) ? get_item(exchange, err)
                                         : get_page(exchange, err);
}

static void on_schema(enum dm_code code, const struct key_schema *schema,
                      const struct dm_error *err, void *ctx)
{
    struct exchange *exchange = ctx;
    struct dm_error failure;
    exchange->call = NULL;
    if (code)
        reply_problem(exchange, err);
    else if (get(exchange, schema, &failure))
        reply_problem(exchange, &failure);
    if (!exchange->call)
        exchange_resume(exchange);
}

enum dm_code rest_hash_get(struct exchange *exchange, struct dm_error *err)
{
    const struct key_schema *schema = NULL;
    struct call_context context = exchange_context(exchange);
    DM_TRY(app_schema(exchange->app, exchange->values.model,
                      exchange->site->request_timeout_ms, &context, on_schema, exchange,
                      &exchange->call, &schema, err));
    return schema ? get(exchange, schema, err) : DM_OK;
}
