/* GET /status. */
#include "daemon/admin/rest_status.h"
#include "base/error.h"
#include "daemon/admin/status.h"
#include "daemon/http/exchange.h"

enum { STATUS_MAX = 64 * 1024 * 1024 };

/* Styles of the page's own, and nothing from elsewhere: no script, no picture, no form.
 */
static enum dm_code set_policy(struct exchange *exchange, const struct status *status,
                               struct dm_error *err)
{
    exchange->reply.policy =
        arena_printf(&exchange->arena,
                     "default-src 'none'; style-src 'nonce-%s'; base-uri 'none'; "
                     "form-action 'none'; frame-ancestors 'none'",
                     status->nonce)
            .ptr;
    return exchange->reply.policy ? DM_OK : error_nomem(err);
}

static enum dm_code answer(struct exchange *exchange, struct dm_error *err)
{
    struct reply *reply = &exchange->reply;
    bool is_page = exchange->representation == REPRESENT_HTML;
    struct status status;
    DM_TRY(status_gather(exchange, &status, err));
    reply->body.max = STATUS_MAX;
    DM_TRY(set_policy(exchange, &status, err));
    DM_TRY(is_page ? status_write_page(&status, &exchange->arena, &reply->body, err)
                   : status_write_json(&status, &exchange->arena, &reply->body, err));
    reply->status = 200;
    reply->content_type = is_page ? "text/html; charset=utf-8" : "application/json";
    return DM_OK;
}

enum dm_code rest_status_get(struct exchange *exchange, struct dm_error *err)
{
    return admin_ask(exchange->service->admin, QUESTION_READINESS, exchange, answer, err);
}
