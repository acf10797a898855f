/* What becomes of a reply: a result, an error, or another attempt. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "net/payload.h"
#include "store/dynamodb/client_internal.h"
#include "store/dynamodb/fault.h"

enum {
    SKEW_MS = 4 * 60 * 1000, /* DynamoDB allows five minutes */
    ADVICE_MAX_MS = 60000
};

/* 9999-01-01. There are no signatures from a year later on. */
static const int64_t DATE_END_MS = INT64_C(253370764800000);

/* --- trying again --- */

static void count_retry(struct client_call *call, enum client_retry reason)
{
    counter_add(&call->client->stats.retries[reason], 1);
}

/* Whether DynamoDB may have done already what it was asked for. */
static bool may_be_done(enum client_retry reason)
{
    return reason == CLIENT_RETRY_LOST || reason == CLIENT_RETRY_TIMEOUT ||
           reason == CLIENT_RETRY_DAMAGED || reason == CLIENT_RETRY_SERVER;
}

/* Waits and tries again; false when there is no retry left, or no time for it. */
static bool retry_later(struct client_call *call, enum client_retry reason,
                        int64_t after_ms)
{
    struct client *client = call->client;
    bool throttled = reason == CLIENT_RETRY_THROTTLED;
    int64_t delay_ms = 0;
    unsigned cost = 0;
    if (call->request.once && may_be_done(reason))
        return false;
    if (!retry_next(&client->retry, call->attempt, throttled, after_ms, &delay_ms, &cost))
        return false;
    if (loop_now_ms(client->loop) + delay_ms >= call->request.deadline_ms ||
        loop_timer_set(client->loop, &call->backoff, delay_ms, client_start_again, call,
                       NULL)) {
        retry_unused(&client->retry, cost);
        return false;
    }
    call->retry_cost = cost;
    count_retry(call, reason);
    return true;
}

/* Fresh credentials may mend it, once. */
static bool retry_with_fresh_credentials(struct client_call *call)
{
    if (call->credentials_retried)
        return false;
    call->credentials_retried = true;
    count_retry(call, CLIENT_RETRY_CREDENTIALS);
    cred_chain_reject(call->client->credentials, call->generation);
    client_start_again(call);
    return true;
}

/* So may the right time, if what we signed with was not. */
static bool retry_with_the_right_time(struct client_call *call,
                                      const struct http_reply *reply)
{
    struct client *client = call->client;
    int64_t date_ms = 0;
    if (call->clock_retried || !http_reply_date_ms(reply, &date_ms) ||
        date_ms >= DATE_END_MS || llabs(date_ms - call->signed_ms) < SKEW_MS)
        return false;
    client->skew_ms = date_ms - clock_wall_ms(loop_clock(client->loop));
    call->clock_retried = true;
    count_retry(call, CLIENT_RETRY_CLOCK);
    client_start_again(call);
    return true;
}

/* --- errors --- */

static int64_t advised_wait(const struct http_reply *reply)
{
    size_t wait_ms = 0;
    if (!str_to_size(http_reply_header(reply, "x-amz-retry-after"), ADVICE_MAX_MS,
                     &wait_ms))
        return -1;
    return (int64_t)wait_ms;
}

static bool retry_fault(struct client_call *call, enum fault_retry retry,
                        const struct http_reply *reply)
{
    switch (retry) {
    case FAULT_FINAL:
        return false;
    case FAULT_CREDENTIALS:
        return retry_with_fresh_credentials(call);
    case FAULT_CLOCK:
        return retry_with_the_right_time(call, reply);
    case FAULT_SIGNATURE:
        return retry_with_the_right_time(call, reply) ||
               retry_with_fresh_credentials(call);
    case FAULT_THROTTLED:
        return retry_later(call, CLIENT_RETRY_THROTTLED, advised_wait(reply));
    case FAULT_TRANSIENT:
        break;
    }
    return retry_later(call,
                       reply->status >= 500 ? CLIENT_RETRY_SERVER : CLIENT_RETRY_CONFLICT,
                       advised_wait(reply));
}

static void on_error_reply(struct client_call *call, const struct http_reply *reply,
                           struct dm_str body)
{
    struct dm_error err = {0};
    enum fault_retry retry = fault_read(reply->status, body, &err);
    struct dm_str request_id = http_reply_header(reply, "x-amzn-requestid");
    if (request_id.len && request_id.len < sizeof err.upstream_request_id)
        memcpy(err.upstream_request_id, request_id.ptr, request_id.len);
    if (retry == FAULT_THROTTLED)
        counter_add(&call->client->stats.throttles[client_throttle_of(err.upstream_type)],
                    1);

    if (retry_fault(call, retry, reply))
        return;
    if (err.code == DM_E_THROTTLED)
        err.retry_after_s = 1;
    client_finish(call, err.code,
                  call->request.error_reply ? body : (struct dm_str){NULL, 0}, &err);
}

/* --- the bytes of a reply --- */

/* x-amz-crc32 is of the body as sent. */
static bool is_damaged(const struct http_reply *reply)
{
    size_t expected = 0;
    struct dm_str header = http_reply_header(reply, "x-amz-crc32");
    return header.len && (!str_to_size(header, UINT32_MAX, &expected) ||
                          payload_crc32(reply->body) != expected);
}

static enum dm_code unpack(const struct http_reply *reply, struct dm_buf *unpacked,
                           struct dm_str *ret_body, struct dm_error *err)
{
    struct dm_str encoding = http_reply_header(reply, "Content-Encoding");
    *ret_body = reply->body;
    if (!encoding.len || str_equal_nocase(encoding, STR("identity")))
        return DM_OK;
    if (!str_equal_nocase(encoding, STR("gzip")))
        return error_set(err, DM_E_UPSTREAM, "the reply's encoding is not known");
    DM_TRY(payload_gunzip(reply->body, unpacked, err));
    *ret_body = buf_str(unpacked);
    return DM_OK;
}

static void on_answer(struct client_call *call, const struct http_reply *reply)
{
    struct dm_error err = {0};
    struct dm_str body;
    DM_AUTO_DONE(dm_buf) unpacked;
    buf_init(&unpacked, call->request.max_reply);
    if (is_damaged(reply)) {
        error_set(&err, DM_E_UPSTREAM, "the reply was damaged on its way");
        if (!retry_later(call, CLIENT_RETRY_DAMAGED, -1))
            client_fail(call, &err);
    } else if (unpack(reply, &unpacked, &body, &err)) {
        client_fail(call, &err);
    } else if (reply->status == 200) {
        retry_succeeded(&call->client->retry, call->retry_cost);
        client_finish(call, DM_OK, body, NULL);
    } else {
        on_error_reply(call, reply, body);
    }
}

/* --- the endpoint --- */

static void drop_waiting(void *ctx)
{
    struct client *client = ctx;
    http_drop_waiting(client->http, &client->down);
}

static void endpoint_failed(struct client *client, const struct dm_error *err)
{
    bool opened = breaker_failed(&client->breaker, loop_now_ms(client->loop));
    if (client->breaker.state == BREAKER_CLOSED)
        return;
    error_set(&client->down, DM_E_UNAVAILABLE,
              "DynamoDB cannot be reached, and is left alone for a moment: %s",
              err->message);
    client->down.retry_after_s = 1;
    if (opened)
        loop_post(client->loop, &client->drop, drop_waiting, client);
}

/* Our own troubles are no sign of the endpoint's. */
static bool is_our_own(enum dm_code code)
{
    return code == DM_E_NOMEM || code == DM_E_INVALID || code == DM_E_UNAVAILABLE;
}

static void watch_endpoint(struct client *client, enum http_failure failure,
                           const struct http_reply *reply, const struct dm_error *err)
{
    if (failure == HTTP_ANSWERED)
        client_stats_latency(&client->stats, http_reply_time_us(reply));
    if (failure == HTTP_ANSWERED || failure == HTTP_BAD_REPLY)
        breaker_answered(&client->breaker);
    else if (failure == HTTP_LOST)
        breaker_lost(&client->breaker);
    else if (!is_our_own(err->code))
        endpoint_failed(client, err);
    counter_set(&client->stats.breaker, client->breaker.state);
}

static bool retry_failure(struct client_call *call, enum http_failure failure,
                          const struct dm_error *err)
{
    static const enum client_retry reasons[] = {
        [HTTP_NOT_SENT] = CLIENT_RETRY_CONNECTION,
        [HTTP_LOST] = CLIENT_RETRY_LOST,
        [HTTP_TIMED_OUT] = CLIENT_RETRY_TIMEOUT,
    };
    return failure != HTTP_BAD_REPLY && err->code != DM_E_UNAVAILABLE &&
           retry_later(call, reasons[failure], -1);
}

void client_on_reply(enum http_failure failure, const struct http_reply *reply,
                     const struct dm_error *err, void *ctx)
{
    struct client_call *call = ctx;
    call->http = NULL;
    watch_endpoint(call->client, failure, reply, err);
    if (failure == HTTP_ANSWERED)
        on_answer(call, reply);
    else if (!retry_failure(call, failure, err))
        client_fail(call, err);
}
