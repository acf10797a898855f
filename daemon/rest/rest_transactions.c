/* Transactions: many items of an app's models, all or nothing. */
#include <jansson.h>

#include "base/error.h"
#include "base/str.h"
#include "daemon/http/idempotency_key.h"
#include "daemon/rest/rest.h"

static json_t *reason(const struct dm_transacted *transacted, size_t index)
{
    struct dm_str detail = {NULL, 0};
    enum dm_code code = dm_transacted_reason(transacted, index, &detail);
    if (!code)
        return json_null();
    return json_pack("{s:I, s:s, s:s%}", "index", (json_int_t)index, "type",
                     dm_code_name(code), "detail", detail.ptr ? detail.ptr : "",
                     detail.len);
}

/* One an entry, null where it was not the cause. */
static json_t *reasons_of(const struct dm_transacted *transacted)
{
    json_t *reasons = json_array();
    for (size_t i = 0; i < dm_transacted_count(transacted); i++)
        if (json_array_append_new(reasons, reason(transacted, i))) {
            json_decref(reasons);
            return NULL;
        }
    return reasons;
}

static enum dm_code answer_written(struct exchange *exchange,
                                   const struct dm_transacted *transacted,
                                   struct dm_error *err)
{
    json_int_t written = (json_int_t)dm_transacted_count(transacted);
    return reply_document(exchange, json_pack("{s:I}", "written", written), err);
}

static void done(enum dm_code code, struct dm_transacted *transacted,
                 const struct dm_error *err, void *ctx)
{
    struct exchange *exchange = ctx;
    struct dm_error failure;
    exchange->call = NULL;
    if (!code && dm_transacted_items(transacted)) {
        page_writer_begin_transacted(exchange, transacted);
        return;
    }
    if (code && transacted)
        reply_cancelled(exchange, err, reasons_of(transacted));
    else if (code)
        reply_problem(exchange, err);
    else if (answer_written(exchange, transacted, &failure))
        reply_problem(exchange, &failure);
    dm_transacted_free(transacted);
    exchange_resume(exchange);
}

enum dm_code rest_transactions_post(struct exchange *exchange, struct dm_error *err)
{
    struct dm_transaction transaction = {
        .document = buf_str(&exchange->body),
        .format = rest_body_format(exchange),
        .timeout_ms = exchange->site->request_timeout_ms,
    };
    struct call_context context = exchange_context(exchange);
    DM_TRY(rest_refuse_preconditions(exchange, err));
    DM_TRY(idempotency_key_read(&exchange->head, &transaction.token, err));
    return app_transact(exchange->app, &transaction, &context, done, exchange,
                        &exchange->call, err);
}
