/* Replies on their way: header fields, and the body handed to libmicrohttpd. */
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "daemon/http/exchange.h"

/* For when there is no memory to say even that. */
static struct MHD_Response *last_resort(struct reply *reply)
{
    char text[] = "{\"type\":\"urn:dynamod:out-of-memory\","
                  "\"title\":\"Service Unavailable\",\"status\":503}\n";
    reply->status = 503;
    reply->content_type = "application/problem+json";
    return MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_MUST_COPY);
}

static struct MHD_Response *make_response(struct reply *reply)
{
    if (!reply->body.len && !reply->body.failed)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    size_t len = 0;
    char *body = buf_take(&reply->body, &len);
    if (!body)
        return last_resort(reply);
    struct MHD_Response *response =
        MHD_create_response_from_buffer_with_free_callback(len, body, mem_free);
    if (!response)
        mem_free(body);
    return response;
}

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

/* None where there is nothing to say. */
static bool add_text(struct MHD_Response *response, const char *name, const char *value)
{
    return !value || !*value || add_header(response, name, value);
}

static bool add_retry_after(struct MHD_Response *response, unsigned seconds)
{
    char text[12];
    snprintf(text, sizeof text, "%u", seconds);
    return add_header(response, "Retry-After", text);
}

static bool add_allow(struct MHD_Response *response, unsigned methods)
{
    char text[64];
    router_methods_text(methods, text, sizeof text);
    return add_header(response, "Allow", text);
}

/* https://www.w3.org/TR/server-timing/: milliseconds. */
static bool add_timing(const struct exchange *exchange, struct MHD_Response *response)
{
    char text[80];
    uint64_t upstream_us = exchange->cost.upstream_us;
    uint64_t total_us =
        (uint64_t)(clock_monotonic_us(exchange->service->clock) - exchange->started_us);
    snprintf(text, sizeof text,
             "upstream;dur=%" PRIu64 ".%03u, total;dur=%" PRIu64 ".%03u",
             upstream_us / 1000, (unsigned)(upstream_us % 1000), total_us / 1000,
             (unsigned)(total_us % 1000));
    return add_header(response, "Server-Timing", text);
}

/* Units, half ones included, and there are no smaller ones. */
static bool add_capacity(const struct call_cost *cost, struct MHD_Response *response)
{
    char text[32];
    if (!cost->has_capacity)
        return true;
    uint64_t halves = (uint64_t)(cost->capacity * 2);
    snprintf(text, sizeof text, "%" PRIu64 "%s", halves / 2, halves % 2 ? ".5" : "");
    return add_header(response, "X-Consumed-Capacity", text);
}

/* A page is for whoever asked, now, and loads nothing. */
static bool add_policy(struct MHD_Response *response, const char *policy)
{
    return add_header(response, "Content-Security-Policy", policy) &&
           add_header(response, "X-Content-Type-Options", "nosniff") &&
           add_header(response, "Referrer-Policy", "no-referrer") &&
           add_header(response, "Cache-Control", "no-store");
}

/* What the reply itself says. */
static bool add_reply_headers(const struct reply *reply, struct MHD_Response *response)
{
    return add_text(response, "Content-Type", reply->content_type) &&
           add_text(response, "ETag", reply->etag.text) &&
           add_text(response, "Link", reply->link) &&
           add_text(response, "Location", reply->location) &&
           (!reply->policy || add_policy(response, reply->policy)) &&
           (!reply->allow || add_allow(response, reply->allow)) &&
           (!reply->retry_after_s || add_retry_after(response, reply->retry_after_s));
}

static bool add_headers(const struct exchange *exchange, struct MHD_Response *response)
{
    bool close = exchange->reply.close || exchange->service->draining;
    return add_reply_headers(&exchange->reply, response) &&
           add_header(response, "X-Request-Id", exchange->request_id) &&
           add_header(response, "Vary", "Accept, Prefer") &&
           add_text(
               response, "Preference-Applied",
               preferences_applied(&exchange->preferences, exchange->reply.returned)) &&
           add_timing(exchange, response) && add_capacity(&exchange->cost, response) &&
           (!close || add_header(response, "Connection", "close"));
}

bool reply_send(struct exchange *exchange)
{
    struct reply *reply = &exchange->reply;
    bool has_body = exchange->method != METHOD_HEAD && reply->status != 304;
    reply->sent_bytes = has_body ? reply->body.len : 0;
    struct MHD_Response *response = make_response(reply);
    if (!response)
        return false;
    bool sent = add_headers(exchange, response) &&
                MHD_queue_response(exchange->connection, exchange->reply.status,
                                   response) == MHD_YES;
    MHD_destroy_response(response);
    return sent;
}
