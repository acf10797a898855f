/* Replies. */
#include "daemon/reply.h"

#include <microhttpd.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "daemon/exchange.h"
#include "daemon/json.h"
#include "daemon/log.h"
#include "daemon/problem.h"

void reply_init(struct reply *reply)
{
    *reply = (struct reply){.status = 0};
    buf_init(&reply->body, REPLY_MAX);
}

void reply_done(struct reply *reply)
{
    buf_done(&reply->body);
}

static void log_problem(const struct exchange *exchange, const struct dm_error *err)
{
    char status[12];
    snprintf(status, sizeof status, "%u", exchange->reply.status);
    const struct log_field fields[] = {
        {"request_id", dm_str(exchange->request_id)},
        {"app", dm_str(exchange->app ? dm_app_name(exchange->app) : NULL)},
        {"model", exchange->values.model},
        {"status", dm_str(status)},
        {"type", dm_str(problem_type(err->code))},
        {"detail", dm_str(err->message)},
        {"upstream_type", dm_str(err->upstream_type)},
        {"upstream_request_id", dm_str(err->upstream_request_id)},
    };
    enum log_level level = exchange->reply.status == 500 ? LOG_ERROR : LOG_WARNING;
    log_fields(level, "request failed", fields, DM_COUNT(fields));
}

void reply_problem(struct exchange *exchange, const struct dm_error *err)
{
    struct reply *reply = &exchange->reply;
    reply->status = problem_status(err->code);
    reply->content_type = "application/problem+json";
    reply->retry_after_s = problem_retry_after(err);
    buf_reset(&reply->body);
    problem_write(err, exchange->path, exchange->request_id, &reply->body);
    if (reply->status >= 500)
        log_problem(exchange, err);
}

/* A body is there, or it does not fit. */
static enum dm_code finish(struct exchange *exchange, struct dm_error *err)
{
    struct reply *reply = &exchange->reply;
    DM_TRY(buf_check(&reply->body, "reply", err));
    reply->status = 200;
    reply->content_type = representation_type(exchange->representation);
    return DM_OK;
}

void reply_item(struct exchange *exchange, const struct dm_item *item)
{
    struct dm_error err;
    struct dm_buf *body = &exchange->reply.body;
    if (exchange->representation == REPRESENT_TYPED)
        ddb_json_write_item(dm_item_value(item), body);
    else
        plain_json_write(dm_item_value(item), body);
    buf_add_char(body, '\n');
    if (finish(exchange, &err))
        reply_problem(exchange, &err);
}

enum dm_code reply_document(struct exchange *exchange, json_t *document,
                            struct dm_error *err)
{
    json_write_document(document, &exchange->reply.body);
    json_decref(document);
    return finish(exchange, err);
}

enum dm_code reply_options(struct exchange *exchange)
{
    exchange->reply.status = 204;
    return DM_OK;
}

/* --- sending --- */

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
    if (!reply->content_type)
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

static bool add_headers(const struct exchange *exchange, struct MHD_Response *response)
{
    const struct reply *reply = &exchange->reply;
    bool close = reply->close || exchange->service->draining;
    return (!reply->content_type ||
            add_header(response, "Content-Type", reply->content_type)) &&
           add_header(response, "X-Request-Id", exchange->request_id) &&
           add_header(response, "Vary", "Accept") &&
           (!reply->allow || add_allow(response, reply->allow)) &&
           (!reply->retry_after_s || add_retry_after(response, reply->retry_after_s)) &&
           (!close || add_header(response, "Connection", "close"));
}

bool reply_send(struct exchange *exchange)
{
    struct MHD_Response *response = make_response(&exchange->reply);
    if (!response)
        return false;
    bool sent = add_headers(exchange, response) &&
                MHD_queue_response(exchange->connection, exchange->reply.status,
                                   response) == MHD_YES;
    MHD_destroy_response(response);
    return sent;
}
