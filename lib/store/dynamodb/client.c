/* A signed call to DynamoDB: credentials → signature → connection → reply or retry. */
#include "store/dynamodb/client.h"

#include <sys/random.h>

#include "aws/cred_chain.h"
#include "aws/endpoint.h"
#include "aws/sigv4.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/retry.h"
#include "store/dynamodb/fault.h"

/* What may wait for one of the connections: memory is bounded when DynamoDB is slow. */
enum { QUEUE_PER_CONNECTION = 256 };

/* content-type, host, x-amz-target; date, token, authorization */
enum { SIGNED_HEADERS = 3, SIGNATURE_HEADERS = 3 };

struct client {
    struct dm_loop *loop;
    struct client_options options;
    struct endpoint endpoint;
    struct cred_chain *credentials;
    struct sigv4 *signer;
    struct http_client *http;
    struct retry_policy retry;
};

struct client_call {
    struct client *client;
    struct client_request request;
    client_done_fn done;
    void *ctx;
    unsigned attempt;    /* 1 for the first */
    unsigned retry_cost; /* tokens that the last retry took */
    uint64_t generation; /* of the credentials that signed the last attempt */
    bool credentials_retried;
    struct http_call *http;
    struct cred_waiter waiter;
    struct loop_timer deadline, backoff;
};

static enum dm_code make_parts(struct client *client,
                               const struct environment *environment,
                               struct dm_error *err)
{
    const struct client_options *options = &client->options;
    struct http_options http = {
        .connect_timeout_ms = options->connect_timeout_ms,
        .read_timeout_ms = options->read_timeout_ms,
        .max_connections = options->max_pool_connections,
        .max_queue = options->max_pool_connections * QUEUE_PER_CONNECTION,
    };
    DM_TRY(endpoint_resolve(environment, options->region, options->host,
                            &client->endpoint, err));
    DM_TRY(cred_chain_new(client->loop, environment, options->access_key_id,
                          options->secret_access_key, options->session_token,
                          &client->credentials, err));
    DM_TRY(sigv4_new(&client->signer, err));
    return http_client_new(client->loop, &http, &client->http, err);
}

enum dm_code client_new(struct dm_loop *loop, const struct environment *environment,
                        const struct client_options *options, struct client **ret_client,
                        struct dm_error *err)
{
    DM_AUTO(client) *client = mem_new(sizeof *client);
    if (!client)
        return error_nomem(err);
    client->loop = loop;
    client->options = *options;

    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return error_set(err, DM_E_INTERNAL, "no random numbers");
    retry_init(&client->retry, options->max_retry_attempts, options->base_backoff_ms,
               seed | 1);
    DM_TRY(make_parts(client, environment, err));

    *ret_client = DM_TAKE(client);
    return DM_OK;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    http_client_free(client->http);
    sigv4_free(client->signer);
    cred_chain_free(client->credentials);
    endpoint_done(&client->endpoint);
    mem_free(client);
}

/* --- one attempt --- */

static void on_reply(enum http_failure failure, const struct http_reply *reply,
                     const struct dm_error *err, void *ctx);

/* The headers that are signed, with room for the signature's own behind them. */
static enum dm_code make_headers(struct client_call *call,
                                 struct http_header **ret_headers, size_t *ret_count,
                                 struct dm_error *err)
{
    const struct client *client = call->client;
    const struct client_options *options = &client->options;
    size_t count = SIGNED_HEADERS + options->extra_header_count;
    struct http_header *headers =
        arena_alloc(call->request.arena, (count + SIGNATURE_HEADERS) * sizeof *headers);
    struct dm_str target = arena_printf(call->request.arena, "DynamoDB_20120810.%s",
                                        call->request.operation);
    if (!headers || !target.ptr)
        return error_nomem(err);

    headers[0] =
        (struct http_header){STR("Content-Type"), STR("application/x-amz-json-1.0")};
    headers[1] = (struct http_header){STR("Host"), dm_str(client->endpoint.host)};
    headers[2] = (struct http_header){STR("X-Amz-Target"), target};
    for (size_t i = 0; i < options->extra_header_count; i++)
        headers[SIGNED_HEADERS + i] = options->extra_headers[i];
    *ret_headers = headers;
    *ret_count = count;
    return DM_OK;
}

static enum dm_code sign(struct client_call *call, const struct credentials *credentials,
                         struct http_header *headers, size_t *count, struct dm_error *err)
{
    struct client *client = call->client;
    struct sigv4_request request = {
        .method = STR("POST"),
        .path = STR("/"),
        .region = dm_str(client->endpoint.region),
        .service = STR("dynamodb"),
        .headers = headers,
        .header_count = *count,
        .body = call->request.body,
        .wall_ms = clock_wall_ms(loop_clock(client->loop)),
    };
    struct sigv4_headers signature;
    DM_TRY(sigv4_sign(client->signer, credentials, &request, call->request.arena,
                      &signature, err));
    headers[(*count)++] = signature.date;
    if (signature.security_token.value.len)
        headers[(*count)++] = signature.security_token;
    headers[(*count)++] = signature.authorization;
    return DM_OK;
}

static enum dm_code attempt(struct client_call *call,
                            const struct credentials *credentials, struct dm_error *err)
{
    struct http_header *headers = NULL;
    size_t count = 0;
    DM_TRY(make_headers(call, &headers, &count, err));
    DM_TRY(sign(call, credentials, headers, &count, err));

    struct http_request request = {
        .method = "POST",
        .url = call->client->endpoint.url,
        .headers = headers,
        .header_count = count,
        .body = call->request.body,
        .max_reply = call->request.max_reply,
    };
    call->generation = credentials->generation;
    call->attempt++;
    return http_send(call->client->http, &request, on_reply, call, &call->http, err);
}

/* --- the call --- */

static void stop(struct client_call *call)
{
    loop_timer_stop(&call->deadline);
    loop_timer_stop(&call->backoff);
    cred_chain_unwait(&call->waiter);
    if (call->http)
        http_cancel(DM_TAKE(call->http));
}

static void finish(struct client_call *call, enum dm_code code, struct dm_str reply,
                   const struct dm_error *err)
{
    stop(call);
    call->done(code, reply, err, call->ctx);
}

static void fail(struct client_call *call, const struct dm_error *err)
{
    finish(call, err->code, (struct dm_str){NULL, 0}, err);
}

static void on_credentials(enum dm_code code, const struct dm_error *err, void *ctx);

/* Sends now when there are credentials, else as soon as there are. */
static enum dm_code start(struct client_call *call, struct dm_error *err)
{
    const struct credentials *credentials = cred_chain_current(call->client->credentials);
    if (credentials)
        return attempt(call, credentials, err);
    call->waiter.done = on_credentials;
    call->waiter.ctx = call;
    cred_chain_wait(call->client->credentials, &call->waiter);
    return DM_OK;
}

static void start_again(void *ctx)
{
    struct client_call *call = ctx;
    struct dm_error err = {0};
    if (start(call, &err))
        fail(call, &err);
}

static void on_credentials(enum dm_code code, const struct dm_error *err, void *ctx)
{
    if (code)
        fail(ctx, err);
    else
        start_again(ctx);
}

static void on_deadline(void *ctx)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_TIMEOUT, "the deadline passed before DynamoDB answered");
    fail(ctx, &err);
}

/* Fresh credentials may mend it, once. */
static bool retry_with_fresh_credentials(struct client_call *call)
{
    if (call->credentials_retried)
        return false;
    call->credentials_retried = true;
    cred_chain_reject(call->client->credentials, call->generation);
    start_again(call);
    return true;
}

/* Waits and tries again; false when there is no retry left, or no time for it. */
static bool retry_later(struct client_call *call, bool throttled, int64_t after_ms)
{
    struct client *client = call->client;
    int64_t delay_ms = 0;
    unsigned cost = 0;
    struct dm_error err = {0};
    if (!retry_next(&client->retry, call->attempt, throttled, after_ms, &delay_ms, &cost))
        return false;
    if (loop_now_ms(client->loop) + delay_ms >= call->request.deadline_ms)
        return false;
    call->retry_cost = cost;
    return loop_timer_set(client->loop, &call->backoff, delay_ms, start_again, call,
                          &err) == DM_OK;
}

static int64_t advised_wait(const struct http_reply *reply)
{
    size_t wait_ms = 0;
    if (!str_to_size(http_reply_header(reply, "x-amz-retry-after"), 60000, &wait_ms))
        return -1;
    return (int64_t)wait_ms;
}

static void on_error_reply(struct client_call *call, const struct http_reply *reply)
{
    struct dm_error err = {0};
    enum fault_retry retry = fault_read(reply->status, reply->body, &err);
    struct dm_str request_id = http_reply_header(reply, "x-amzn-requestid");
    if (request_id.len && request_id.len < sizeof err.upstream_request_id)
        memcpy(err.upstream_request_id, request_id.ptr, request_id.len);

    if (retry == FAULT_CREDENTIALS && retry_with_fresh_credentials(call))
        return;
    bool again = retry == FAULT_TRANSIENT || retry == FAULT_THROTTLED;
    if (again && retry_later(call, retry == FAULT_THROTTLED, advised_wait(reply)))
        return;
    if (err.code == DM_E_THROTTLED)
        err.retry_after_s = 1;
    struct dm_str body = {NULL, 0};
    if (call->request.error_reply)
        body = reply->body;
    finish(call, err.code, body, &err);
}

static void on_reply(enum http_failure failure, const struct http_reply *reply,
                     const struct dm_error *err, void *ctx)
{
    struct client_call *call = ctx;
    call->http = NULL;
    if (failure == HTTP_ANSWERED && reply->status == 200) {
        retry_succeeded(&call->client->retry, call->retry_cost);
        finish(call, DM_OK, reply->body, NULL);
        return;
    }
    if (failure == HTTP_ANSWERED) {
        on_error_reply(call, reply);
        return;
    }
    if (failure == HTTP_BAD_REPLY || !retry_later(call, false, -1))
        fail(call, err);
}

enum dm_code client_send(struct client *client, const struct client_request *request,
                         client_done_fn done, void *ctx, struct client_call **ret_call,
                         struct dm_error *err)
{
    struct client_call *call = arena_new(request->arena, sizeof *call);
    if (!call)
        return error_nomem(err);
    call->client = client;
    call->request = *request;
    call->done = done;
    call->ctx = ctx;

    int64_t left_ms = request->deadline_ms - loop_now_ms(client->loop);
    DM_TRY(
        loop_timer_set(client->loop, &call->deadline, left_ms, on_deadline, call, err));
    enum dm_code code = start(call, err);
    if (code)
        stop(call);
    else
        *ret_call = call;
    return code;
}

void client_cancel(struct client_call *call)
{
    stop(call);
}
