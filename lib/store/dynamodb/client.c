/* A signed call to DynamoDB: credentials → signature → connection → reply or retry. */
#include <sys/random.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/dynamodb/client_internal.h"

/* What may wait for one of the connections: memory is bounded when DynamoDB is slow. */
enum { QUEUE_PER_CONNECTION = 256 };

/* content-type, host, x-amz-target; date, token, authorization; traceparent,
 * accept-encoding */
enum { SIGNED_HEADERS = 3, SIGNATURE_HEADERS = 3, UNSIGNED_HEADERS = 2 };

enum dm_code client_endpoint(const struct client_options *options,
                             const struct environment *environment,
                             struct profiles *profiles, struct endpoint *ret_endpoint,
                             struct dm_error *err)
{
    struct endpoint_sources sources = {
        .environment = environment,
        .profiles = profiles,
        .profile = profile_named(environment, options->profile),
        .region = options->region,
        .host = options->host,
        .ca_bundle = options->ca_bundle,
        .use_fips = options->use_fips,
        .use_dualstack = options->use_dualstack,
    };
    return endpoint_resolve(&sources, ret_endpoint, err);
}

static enum dm_code make_credentials(struct client *client,
                                     const struct environment *environment,
                                     struct dm_error *err)
{
    const struct client_options *options = &client->options;
    struct cred_sources sources = {
        .environment = environment,
        .loop = client->loop,
        .profiles = client->profiles,
        .configured = {.access_key_id = options->access_key_id,
                       .secret_access_key = options->secret_access_key,
                       .session_token = options->session_token},
        .profile = profile_named(environment, options->profile),
        .region = dm_str(client->endpoint.region),
        .ca_file = client->endpoint.ca_file,
        .share = options->share,
    };
    return cred_chain_new(&sources, &client->credentials, err);
}

unsigned client_max_queue(const struct client_options *options)
{
    return options->max_queue ? options->max_queue
                              : options->max_pool_connections * QUEUE_PER_CONNECTION;
}

static enum dm_code make_http(struct client *client, struct dm_error *err)
{
    const struct client_options *options = &client->options;
    struct http_options http = {
        .connect_timeout_ms = options->connect_timeout_ms,
        .read_timeout_ms = options->read_timeout_ms,
        .max_connections = options->max_pool_connections,
        .max_queue = client_max_queue(options),
        .ca_file = client->endpoint.ca_file,
        .proxy = options->proxy.len ? options->proxy.ptr : NULL,
        .unix_socket = options->unix_socket.len ? options->unix_socket.ptr : NULL,
    };
    return http_client_new(client->loop, &http, &client->http, err);
}

static enum dm_code make_parts(struct client *client,
                               const struct environment *environment,
                               struct dm_error *err)
{
    DM_TRY(profiles_new(environment, &client->profiles, err));
    DM_TRY(client_endpoint(&client->options, environment, client->profiles,
                           &client->endpoint, err));
    DM_TRY(make_credentials(client, environment, err));
    DM_TRY(sigv4_new(&client->signer, err));
    return make_http(client, err);
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

static void free_capacity(struct table_capacity *capacity)
{
    while (capacity) {
        struct table_capacity *next = capacity->next;
        mem_free(capacity);
        capacity = next;
    }
}

void client_free(struct client *client)
{
    if (!client)
        return;
    loop_task_cancel(&client->drop);
    http_client_free(client->http);
    sigv4_free(client->signer);
    cred_chain_free(client->credentials);
    endpoint_done(&client->endpoint);
    profiles_free(client->profiles);
    free_capacity(client->capacity);
    mem_free(client);
}

/* --- one attempt --- */

/* The headers that are signed, with room for the signature's own and the unsigned ones
 * behind them. */
static enum dm_code make_headers(struct client_call *call,
                                 struct http_header **ret_headers, size_t *ret_count,
                                 struct dm_error *err)
{
    const struct client *client = call->client;
    const struct client_options *options = &client->options;
    size_t count = SIGNED_HEADERS + options->extra_header_count;
    struct http_header *headers =
        arena_alloc(call->request.arena,
                    (count + SIGNATURE_HEADERS + UNSIGNED_HEADERS) * sizeof *headers);
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
        .wall_ms = clock_wall_ms(loop_clock(client->loop)) + client->skew_ms,
    };
    struct sigv4_headers signature;
    DM_TRY(sigv4_sign(client->signer, credentials, &request, call->request.arena,
                      &signature, err));
    headers[(*count)++] = signature.date;
    if (signature.security_token.value.len)
        headers[(*count)++] = signature.security_token;
    headers[(*count)++] = signature.authorization;
    call->signed_ms = request.wall_ms;
    return DM_OK;
}

/* While the endpoint is down nothing is sent, but for a probe now and then. */
static enum dm_code check_breaker(struct client *client, struct dm_error *err)
{
    bool admitted = breaker_admits(&client->breaker, loop_now_ms(client->loop));
    counter_set(&client->stats.breaker, client->breaker.state);
    if (admitted)
        return DM_OK;
    counter_add(&client->stats.refused, 1);
    if (err)
        *err = client->down;
    return client->down.code;
}

static enum dm_code pass_on(struct client_call *call, const struct http_request *request,
                            struct dm_error *err)
{
    struct client *client = call->client;
    enum dm_code code =
        http_send(client->http, request, client_on_reply, call, &call->http, err);
    if (code == DM_E_OVERLOADED)
        counter_add(&client->stats.overloaded, 1);
    if (code == DM_E_OVERLOADED && err)
        err->retry_after_s = 1;
    if (!code)
        counter_add(&client->stats.attempts, 1);
    return code;
}

static enum dm_code attempt(struct client_call *call,
                            const struct credentials *credentials, struct dm_error *err)
{
    struct http_header *headers = NULL;
    size_t count = 0;
    DM_TRY(check_breaker(call->client, err));
    DM_TRY(make_headers(call, &headers, &count, err));
    DM_TRY(sign(call, credentials, headers, &count, err));
    if (call->request.traceparent.len)
        headers[count++] =
            (struct http_header){STR("traceparent"), call->request.traceparent};

    if (call->client->options.compressed_replies)
        headers[count++] = (struct http_header){STR("Accept-Encoding"), STR("gzip")};
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
    return pass_on(call, &request, err);
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

void client_finish(struct client_call *call, enum dm_code code, struct dm_str reply,
                   const struct dm_error *err)
{
    stop(call);
    call->done(code, reply, err, call->ctx);
}

void client_fail(struct client_call *call, const struct dm_error *err)
{
    client_finish(call, err->code, (struct dm_str){NULL, 0}, err);
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

void client_start_again(void *ctx)
{
    struct client_call *call = ctx;
    struct dm_error err = {0};
    if (start(call, &err))
        client_fail(call, &err);
}

static void on_credentials(enum dm_code code, const struct dm_error *err, void *ctx)
{
    if (code)
        client_fail(ctx, err);
    else
        client_start_again(ctx);
}

static void on_deadline(void *ctx)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_TIMEOUT, "the deadline passed before DynamoDB answered");
    client_fail(ctx, &err);
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

void client_read_figures(const struct client *client, struct client_figures *ret_figures)
{
    struct http_load load = http_client_load(client->http);
    client_stats_read(&client->stats, ret_figures);
    ret_figures->waiting = load.waiting;
    ret_figures->in_flight = load.active;
}

struct cred_chain *client_credentials(const struct client *client)
{
    return client->credentials;
}

/* --- capacity --- */

/* As many tables as an app may well have; what comes on top is not counted. */
enum { CAPACITY_TABLES_MAX = 1024 };

static struct table_capacity *add_table(struct client *client, struct dm_str table)
{
    struct table_capacity *capacity = mem_new(sizeof *capacity + table.len + 1);
    if (!capacity)
        return NULL;
    memcpy(capacity->table, table.ptr, table.len);
    capacity->next = client->capacity;
    client->capacity = capacity;
    client->capacity_count++;
    return capacity;
}

enum dm_code client_count_capacity(struct client *client, struct dm_str table,
                                   double units, struct dm_error *err)
{
    struct table_capacity *capacity = client->capacity;
    while (capacity && !str_equal(dm_str(capacity->table), table))
        capacity = capacity->next;
    if (!capacity && client->capacity_count == CAPACITY_TABLES_MAX)
        return DM_OK;
    if (!capacity && !(capacity = add_table(client, table)))
        return error_nomem(err);
    capacity->units += units;
    return DM_OK;
}

const struct table_capacity *client_capacity(const struct client *client)
{
    return client->capacity;
}
