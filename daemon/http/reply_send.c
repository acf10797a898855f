/* Replies on their way: header fields, and the body handed to libmicrohttpd. */
#include <microhttpd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/http/caching.h"
#include "daemon/http/exchange.h"
#include "daemon/http/kept_reply.h"
#include "daemon/http/put.h"

/* For when there is no memory to say even that. */
static struct MHD_Response *last_resort(struct reply *reply)
{
    char text[] = "{\"type\":\"urn:dynamod:out-of-memory\","
                  "\"title\":\"Service Unavailable\",\"status\":503}\n";
    reply->status = 503;
    reply->content_type = "application/problem+json";
    return MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_MUST_COPY);
}

static void unref_kept(void *kept)
{
    kept_reply_unref(kept);
}

/* Lent: nothing is copied. */
static struct MHD_Response *lend_kept(struct reply *reply)
{
    union {
        const char *bytes;
        void *lent; /* which is not written to */
    } body = {kept_reply_body(reply->kept).ptr};
    size_t len = kept_reply_body(reply->kept).len;
    struct MHD_Response *made = MHD_create_response_from_buffer_with_free_callback_cls(
        len, body.lent, unref_kept, reply->kept);
    if (made)
        reply->kept = NULL; /* the response's, from now on */
    return made;
}

static struct MHD_Response *make_response(struct reply *reply)
{
    if (reply->kept)
        return lend_kept(reply);
    if (!reply->body.len && !reply->body.failed)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (reply->body.failed)
        return last_resort(reply);
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback(
        reply->body.len, reply->body.ptr, mem_free);
    if (response)
        buf_init(&reply->body, reply->body.max); /* the response's, from now on */
    return response;
}

/* --- header fields --- */

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
    char text[24];
    *put_number(text, seconds) = '\0';
    return add_header(response, "Retry-After", text);
}

static bool add_allow(struct MHD_Response *response, unsigned methods)
{
    char text[64];
    router_methods_text(methods, text, sizeof text);
    return add_header(response, "Allow", text);
}

/* Milliseconds, with three decimals. */
static char *put_ms(char *to, uint64_t us)
{
    to = put_number(to, us / 1000);
    *to++ = '.';
    *to++ = (char)('0' + us / 100 % 10);
    *to++ = (char)('0' + us / 10 % 10);
    *to++ = (char)('0' + us % 10);
    return to;
}

/* https://www.w3.org/TR/server-timing/: milliseconds. */
static bool add_timing(const struct exchange *exchange, struct MHD_Response *response)
{
    char text[80];
    uint64_t upstream_us = exchange->cost.upstream_us;
    uint64_t total_us =
        (uint64_t)(clock_monotonic_us(exchange->service->clock) - exchange->started_us);
    char *to = put_ms(put_text(text, STR("upstream;dur=")), upstream_us);
    to = put_ms(put_text(to, STR(", total;dur=")), total_us);
    *to = '\0';
    return add_header(response, "Server-Timing", text);
}

/* Units, half ones included, and there are no smaller ones. */
static bool add_capacity(const struct call_cost *cost, struct MHD_Response *response)
{
    char text[32];
    if (!cost->has_capacity)
        return true;
    uint64_t halves = (uint64_t)(cost->capacity * 2);
    char *to = put_number(text, halves / 2);
    *put_text(to, halves % 2 ? STR(".5") : STR("")) = '\0';
    return add_header(response, "X-Consumed-Capacity", text);
}

/* A page is for whoever asked, now, and loads nothing. */
static bool add_policy(struct MHD_Response *response, const char *policy)
{
    return add_header(response, "Content-Security-Policy", policy) &&
           add_header(response, "Referrer-Policy", "no-referrer") &&
           add_header(response, "Cache-Control", "no-store");
}

/* That there is nothing is as good a thing to keep as what there is, and said by the
 * cache; no other error is. */
static bool is_kept_by_nobody(const struct exchange *exchange)
{
    unsigned status = exchange->reply.status;
    bool is_cached = exchange->cost.cache.status != STORE_CACHE_NONE;
    return status >= 400 && !(status == 404 && is_cached);
}

static bool add_caching(const struct exchange *exchange, struct MHD_Response *response)
{
    struct caching caching;
    if (is_kept_by_nobody(exchange))
        return add_header(response, "Cache-Control", "no-store");
    if (exchange->cost.cache.status == STORE_CACHE_NONE)
        return true;
    caching_write(&exchange->cost.cache, &caching);
    return add_text(response, "Age", caching.age) &&
           add_text(response, "Cache-Control", caching.cache_control) &&
           add_text(response, "Cache-Status", caching.cache_status);
}

/* --- for browsers --- */

/* What a browser may send here, asked before it does. */
static bool add_preflight(const struct exchange *exchange, const struct cors_config *cors,
                          struct MHD_Response *response)
{
    char methods[64], max_age[24];
    if (!exchange->head.request_method.count || exchange->method != METHOD_OPTIONS)
        return true;
    router_methods_text(exchange->reply.allow, methods, sizeof methods);
    *put_number(max_age, cors->max_age_ms / 1000) = '\0';
    return add_text(response, "Access-Control-Allow-Methods", methods) &&
           add_header(response, "Access-Control-Allow-Headers", cors_allowed_headers) &&
           add_header(response, "Access-Control-Max-Age", max_age);
}

static bool add_cors(const struct exchange *exchange, const struct cors_config *cors,
                     struct MHD_Response *response)
{
    const char *origin = cors_allow_origin(cors, &exchange->head.origin);
    return !origin ||
           (add_header(response, "Access-Control-Allow-Origin", origin) &&
            add_header(response, "Access-Control-Expose-Headers", cors_exposed_headers) &&
            (!cors->credentials ||
             add_header(response, "Access-Control-Allow-Credentials", "true")) &&
            add_preflight(exchange, cors, response));
}

/* The admin's answers are for no page. */
static bool add_for_browsers(const struct exchange *exchange,
                             struct MHD_Response *response)
{
    const struct cors_config *cors = &exchange->site->config->cors;
    bool is_shared = cors->origins.count && !exchange->service->admin;
    bool varies = is_shared && cors_varies(cors);
    return add_header(response, "Vary",
                      varies ? "Accept, Prefer, Origin" : "Accept, Prefer") &&
           (!exchange->reply.content_type ||
            add_header(response, "X-Content-Type-Options", "nosniff")) &&
           (!is_shared || add_cors(exchange, cors, response));
}

/* What the reply itself says. */
static bool add_reply_headers(const struct reply *reply, struct MHD_Response *response)
{
    return add_text(response, "Content-Type", reply->content_type) &&
           add_text(response, "ETag", reply->etag.text) &&
           add_text(response, "Link", reply->link) &&
           add_text(response, "Location", reply->location) &&
           add_text(response, "WWW-Authenticate", reply->challenge) &&
           (!reply->policy || add_policy(response, reply->policy)) &&
           (!reply->allow || add_allow(response, reply->allow)) &&
           (!reply->retry_after_s || add_retry_after(response, reply->retry_after_s));
}

static bool add_headers(const struct exchange *exchange, struct MHD_Response *response)
{
    bool close = exchange->reply.close || exchange->service->draining;
    return add_reply_headers(&exchange->reply, response) &&
           add_header(response, "X-Request-Id", exchange->request_id) &&
           add_for_browsers(exchange, response) &&
           add_text(
               response, "Preference-Applied",
               preferences_applied(&exchange->preferences, exchange->reply.returned)) &&
           add_timing(exchange, response) && add_capacity(&exchange->cost, response) &&
           (exchange->reply.policy || add_caching(exchange, response)) &&
           (!close || add_header(response, "Connection", "close"));
}

bool reply_send(struct exchange *exchange)
{
    struct reply *reply = &exchange->reply;
    bool has_body = exchange->method != METHOD_HEAD && reply->status != 304;
    reply->sent_bytes = has_body ? reply_len(reply) : 0;
    struct MHD_Response *response = make_response(reply);
    if (!response)
        return false;
    bool sent = add_headers(exchange, response) &&
                MHD_queue_response(exchange->connection, exchange->reply.status,
                                   response) == MHD_YES;
    MHD_destroy_response(response);
    return sent;
}
