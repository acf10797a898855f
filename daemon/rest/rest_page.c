/* Pages of a Query or a Scan, and the first item of one. */
#include "base/str.h"
#include "daemon/http/problem.h"
#include "daemon/http/query_body.h"
#include "daemon/rest/rest.h"

static enum dm_code refuse(struct dm_error *err, const char *why, const char *hint)
{
    problem_set(err, PROBLEM_INVALID_PARAMETER, "%s", why);
    error_hint(err, "%s", hint);
    return (enum dm_code)PROBLEM_INVALID_PARAMETER;
}

/* The path's keys, or the parameters'; without any it is a Scan. */
static enum dm_code read_keys(const struct exchange *exchange, struct dm_query *query,
                              struct dm_error *err)
{
    const struct parameters *parameters = &exchange->parameters;
    bool in_path = exchange->values.hash.ptr;
    query->hash_key = in_path ? exchange->values.hash : parameters->hash;
    query->range_key = in_path ? exchange->values.range : parameters->range;
    if (query->hash_key.ptr)
        return DM_OK;
    if (query->range_key.ptr)
        return refuse(err, "range is of one partition, and no hash says of which",
                      "give hash too, or a filter on the range key's name");
    if (parameters->given & PARAMETER_ORDER)
        return refuse(err, "a Scan has no order: items are ordered in their partition",
                      "give the hash key, as /{hash} or hash=…, or query an index");
    return DM_OK;
}

static enum dm_code read_query(const struct exchange *exchange,
                               struct dm_query *ret_query, struct dm_error *err)
{
    const struct parameters *parameters = &exchange->parameters;
    struct dm_query query = {
        .index = exchange->values.index,
        .filters = parameters->filters,
        .filter_count = parameters->filter_count,
        .attributes_to_get = parameters->raw.ptr ? exchange->raw.attributes_to_get
                                                 : parameters->attributes_to_get,
        .after = parameters->after,
        .limit = parameters->limit,
        .consistent_read = parameters->consistent_read,
        .descending = parameters->descending,
        .count = parameters->count,
        .timeout_ms = exchange->site->request_timeout_ms,
    };
    DM_TRY(read_keys(exchange, &query, err));
    *ret_query = query;
    return DM_OK;
}

static enum dm_code explain(struct exchange *exchange, const struct dm_query *query,
                            bool first, struct dm_error *err)
{
    struct call_context context = exchange_context(exchange);
    return app_explain_query(exchange->app, exchange->values.model, query, first,
                             &context, rest_explain_done, exchange, &exchange->call, err);
}

/* What the library calls an invalid request are parameters that do not go together: a
 * strong read and the index that has none. */
static enum dm_code name_contradiction(enum dm_code code, struct dm_error *err)
{
    if (code == DM_E_INVALID)
        code = err->code = (enum dm_code)PROBLEM_INVALID_PARAMETER;
    return code;
}

void rest_read_failed(struct exchange *exchange, const struct dm_error *err)
{
    struct dm_error failure = *err;
    (void)name_contradiction(failure.code, &failure);
    reply_problem(exchange, &failure);
}

/* --- a page --- */

static void page_done(enum dm_code code, struct dm_page *page, const struct dm_error *err,
                      void *ctx)
{
    struct exchange *exchange = ctx;
    exchange->call = NULL;
    if (!code) {
        page_writer_begin(exchange, page);
        return;
    }
    rest_read_failed(exchange, err);
    exchange_resume(exchange);
}

/* The next page's address is to fit too. */
static enum dm_code check_length(const struct exchange *exchange, struct dm_error *err)
{
    if (target_query_length(exchange->raw_target) <=
        exchange->service->limiter.config.target_bytes / 2)
        return DM_OK;
    return target_too_long(err, "the query is too long for a page");
}

static enum dm_code ask(struct exchange *exchange, struct dm_error *err)
{
    struct dm_query query;
    struct call_context context = exchange_context(exchange);
    DM_TRY(check_length(exchange, err));
    DM_TRY(read_query(exchange, &query, err));
    if (exchange->parameters.explain)
        return explain(exchange, &query, false, err);
    return app_query(exchange->app, exchange->values.model, &query, &context, page_done,
                     exchange, &exchange->call, err);
}

enum dm_code rest_page_get(struct exchange *exchange, struct dm_error *err)
{
    return name_contradiction(ask(exchange, err), err);
}

/* The same body goes to the address of each next page: that one's place counts. */
static void drop_place(struct parameter_list *list, size_t first)
{
    size_t kept = first;
    for (size_t i = first; i < list->count; i++)
        if (!str_equal(list->at[i].name, STR("after")))
            list->at[kept++] = list->at[i];
    list->count = kept;
}

enum dm_code rest_page_post(struct exchange *exchange, struct dm_error *err)
{
    struct parameter_list *list = &exchange->target.parameters;
    size_t in_address = list->count;
    if (exchange->body_bytes) {
        DM_TRY(query_body_read(exchange->content, buf_str(&exchange->body),
                               &exchange->arena, list, err));
        if (exchange->parameters.after.ptr)
            drop_place(list, in_address);
        DM_TRY(exchange_read_parameters(exchange, err));
    }
    return rest_page_get(exchange, err);
}

/* --- the first item --- */

static enum dm_code ask_first(struct exchange *exchange, struct dm_error *err)
{
    struct dm_query query;
    struct call_context context = exchange_context(exchange);
    DM_TRY(read_query(exchange, &query, err));
    if (exchange->parameters.explain)
        return explain(exchange, &query, true, err);
    return app_first(exchange->app, exchange->values.model, &query,
                     exchange->parameters.message, &context, rest_item_done, exchange,
                     &exchange->call, err);
}

enum dm_code rest_page_first(struct exchange *exchange, struct dm_error *err)
{
    return name_contradiction(ask_first(exchange, err), err);
}
