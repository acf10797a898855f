/* Asking for credentials over HTTP. */
#include "aws/cred_http.h"

#include "aws/cred_json.h"
#include "base/error.h"
#include "base/mem.h"

static void finish(struct cred_http *http, enum http_failure failure,
                   const struct http_reply *reply, const struct dm_error *err)
{
    struct dm_error named = *err;
    if (err->code && err->code != DM_E_NOMEM)
        error_set(&named, DM_E_CREDENTIALS, "%s: %s", http->source, err->message);
    http->done(failure, reply, &named, http->ctx);
}

/* Whether asking again may help. */
static bool may_pass(enum http_failure failure, const struct http_reply *reply)
{
    if (failure != HTTP_ANSWERED)
        return true;
    return reply->status == 429 || reply->status >= 500;
}

static void ask(void *ctx);

static bool ask_again(struct cred_http *http)
{
    int64_t pause_ms = (int64_t)CRED_HTTP_PAUSE_MS << (http->tried - 1);
    return http->tried < http->tries &&
           !loop_timer_set(http->loop, &http->again, pause_ms, ask, http, NULL);
}

static void on_reply(enum http_failure failure, const struct http_reply *reply,
                     const struct dm_error *err, void *ctx)
{
    struct cred_http *http = ctx;
    if (!may_pass(failure, reply) || !ask_again(http))
        finish(http, failure, reply, err);
}

static void ask(void *ctx)
{
    struct cred_http *http = ctx;
    struct dm_error err = {0};
    http->tried++;
    if (http_send(http->client, &http->request, on_reply, http, NULL, &err))
        finish(http, HTTP_NOT_SENT, NULL, &err);
}

static enum dm_code make_client(struct cred_http *http, struct dm_error *err)
{
    struct http_options options = {.connect_timeout_ms = http->timeout_ms,
                                   .read_timeout_ms = http->timeout_ms,
                                   .max_connections = 1,
                                   .ca_file = http->ca_file,
                                   .allow_address = http->allowed,
                                   .is_secret = true};
    return http->client ? DM_OK
                        : http_client_new(http->loop, &options, &http->client, err);
}

void cred_http_ask(struct cred_http *http, const struct http_request *request,
                   cred_http_fn done, void *ctx)
{
    struct dm_error err = {0};
    http->request = *request;
    http->request.max_reply = CRED_JSON_MAX;
    http->done = done;
    http->ctx = ctx;
    http->tried = 0;
    if (make_client(http, &err))
        finish(http, HTTP_NOT_SENT, NULL, &err);
    else
        ask(http);
}

void cred_http_end(struct cred_http *http)
{
    loop_timer_stop(&http->again);
    http_client_free(http->client);
    http->client = NULL;
}

enum dm_code cred_http_check(const char *source, const struct http_reply *reply,
                             struct dm_error *err)
{
    if (reply->status == 200)
        return DM_OK;
    return error_set(err, DM_E_CREDENTIALS, "%s: answered %u", source, reply->status);
}
