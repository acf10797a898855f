/* Many items of one model: read at once, put and deleted at once. */
#include "base/error.h"
#include "base/str.h"
#include "codec/json_writer.h"
#include "daemon/http/problem.h"
#include "daemon/rest/rest.h"

enum dm_format rest_body_format(const struct exchange *exchange)
{
    return exchange->content == CONTENT_TYPED ? DM_TYPED : DM_PLAIN;
}

static struct dm_batch batch_of(const struct exchange *exchange)
{
    return (struct dm_batch){
        .document = buf_str(&exchange->body),
        .format = rest_body_format(exchange),
        .timeout_ms = exchange->site->request_timeout_ms,
    };
}

static void items_done(enum dm_code code, struct dm_items *items,
                       const struct dm_error *err, void *ctx)
{
    struct exchange *exchange = ctx;
    exchange->call = NULL;
    if (!code) {
        page_writer_begin_items(exchange, items);
        return;
    }
    reply_problem(exchange, err);
    exchange_resume(exchange);
}

enum dm_code rest_batch_get(struct exchange *exchange, struct dm_error *err)
{
    struct dm_batch batch = batch_of(exchange);
    struct call_context context = exchange_context(exchange);
    return app_batch_get(exchange->app, exchange->values.model, &batch, &context,
                         items_done, exchange, &exchange->call, err);
}

/* --- writes --- */

/* As they came. */
static void write_left(const struct dm_written *written, enum dm_written_kind kind,
                       struct dm_buf *out)
{
    size_t count = dm_written_left_count(written, kind);
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_char(out, ',');
        buf_add_str(out, dm_written_left(written, kind, i));
    }
    buf_add_char(out, ']');
}

static void write_why(const struct dm_error *why, struct dm_buf *out)
{
    if (!why)
        return;
    buf_printf(out, ",\"why\":{\"type\":\"urn:dynamod:%s\",\"detail\":",
               problem_type(why->code));
    json_write_string(dm_str(problem_detail(why)), out);
    buf_add_char(out, '}');
}

static enum dm_code answer(struct exchange *exchange, const struct dm_written *written,
                           struct dm_error *err)
{
    struct dm_buf *out = &exchange->reply.body;
    out->max = PAGE_REPLY_MAX;
    buf_printf(out, "{\"put\":%zu,\"delete\":%zu,\"unprocessed\":{\"put\":",
               dm_written_count(written, DM_WRITTEN_PUT),
               dm_written_count(written, DM_WRITTEN_DELETE));
    write_left(written, DM_WRITTEN_PUT, out);
    buf_add_str(out, STR(",\"delete\":"));
    write_left(written, DM_WRITTEN_DELETE, out);
    buf_add_char(out, '}');
    write_why(dm_written_why(written), out);
    buf_add_str(out, STR("}\n"));
    return reply_finish(exchange, err);
}

static void written_done(enum dm_code code, struct dm_written *written,
                         const struct dm_error *err, void *ctx)
{
    struct exchange *exchange = ctx;
    struct dm_error failure;
    if (code)
        reply_problem(exchange, err);
    else if (answer(exchange, written, &failure))
        reply_problem(exchange, &failure);
    dm_written_free(written);
    exchange_resume(exchange);
}

enum dm_code rest_refuse_preconditions(const struct exchange *exchange,
                                       struct dm_error *err)
{
    const struct head *head = &exchange->head;
    if (!head->if_match.count && !head->if_none_match.count)
        return DM_OK;
    error_set(err, DM_E_INVALID, "If-Match and If-None-Match are of one item");
    error_hint(err, "PUT, PATCH and DELETE of an item take them; an entry of a "
                    "transaction takes \"if\"");
    return DM_E_INVALID;
}

enum dm_code rest_batch_write(struct exchange *exchange, struct dm_error *err)
{
    struct dm_batch batch = batch_of(exchange);
    struct call_context context = exchange_context(exchange);
    DM_TRY(rest_refuse_preconditions(exchange, err));
    return app_batch_write(exchange->app, exchange->values.model, &batch, &context,
                           written_done, exchange, &exchange->call, err);
}
