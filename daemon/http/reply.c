/* Replies. */
#include "daemon/http/reply.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "daemon/admin/failures.h"
#include "daemon/http/exchange.h"
#include "daemon/http/json.h"
#include "daemon/http/kept_reply.h"
#include "daemon/http/precondition.h"
#include "daemon/http/problem.h"
#include "daemon/log/failure.h"

void reply_init(struct reply *reply)
{
    *reply = (struct reply){.status = 0};
    buf_init(&reply->body, REPLY_MAX);
}

void reply_done(struct reply *reply)
{
    kept_reply_unref(DM_TAKE(reply->kept));
    buf_done(&reply->body);
}

size_t reply_len(const struct reply *reply)
{
    return reply->kept ? kept_reply_body(reply->kept).len : reply->body.len;
}

static void problem(struct exchange *exchange, const struct dm_error *err,
                    json_t *reasons)
{
    struct reply *reply = &exchange->reply;
    reply->status = problem_status(err->code);
    reply->content_type = "application/problem+json";
    reply->retry_after_s = problem_retry_after(err);
    reply->etag.text[0] = '\0';
    reply->link = reply->location = NULL;
    reply->returned = false;
    kept_reply_unref(DM_TAKE(reply->kept));
    buf_reset(&reply->body);
    problem_write(err, exchange->path, exchange->request_id, reasons, &reply->body);
    reply->problem = problem_type(err->code);
    if (reply->status < 500)
        return;
    failure_tell(exchange, err);
    failures_keep(&exchange->service->failures, exchange, err);
}

void reply_problem(struct exchange *exchange, const struct dm_error *err)
{
    problem(exchange, err, NULL);
}

void reply_cancelled(struct exchange *exchange, const struct dm_error *err,
                     json_t *reasons)
{
    struct dm_error failure = *err;
    failure.code = (enum dm_code)PROBLEM_TRANSACTION_CANCELLED;
    if (!reasons)
        error_nomem(&failure);
    problem(exchange, &failure, reasons);
}

enum dm_code reply_finish(struct exchange *exchange, struct dm_error *err)
{
    struct reply *reply = &exchange->reply;
    DM_TRY(buf_check(&reply->body, "reply", err));
    reply->status = 200;
    reply->content_type = representation_type(REPRESENT_PLAIN);
    return DM_OK;
}

enum dm_code reply_document(struct exchange *exchange, json_t *document,
                            struct dm_error *err)
{
    json_write_document(document, &exchange->reply.body);
    json_decref(document);
    return reply_finish(exchange, err);
}

enum dm_code reply_explained(struct exchange *exchange, const char *operation,
                             struct dm_str request, struct dm_error *err)
{
    buf_printf(&exchange->reply.body, "{\"operation\":\"%s\",\"request\":", operation);
    buf_add_str(&exchange->reply.body, request);
    buf_add_str(&exchange->reply.body, STR("}\n"));
    return reply_finish(exchange, err);
}

static void reply_failed(struct exchange *exchange)
{
    struct dm_error err;
    problem_set(&err, PROBLEM_PRECONDITION_FAILED,
                "what is there is not what If-Match or If-None-Match asks for");
    reply_problem(exchange, &err);
}

/* 304 is for GET and HEAD alone, RFC 9110 section 13.1.2. */
void reply_tagged(struct exchange *exchange, const struct etag *etag,
                  const char *content_type)
{
    struct reply *reply = &exchange->reply;
    bool is_get = exchange->method & (METHOD_GET | METHOD_HEAD);
    enum precondition precondition =
        precondition_check(&exchange->head, dm_str(etag->text));
    bool unchanged = precondition == PRECONDITION_UNCHANGED && is_get;
    if (precondition != PRECONDITION_MET && !unchanged) {
        reply_failed(exchange);
    } else {
        reply->status = unchanged ? 304 : 200;
        reply->content_type = unchanged ? NULL : content_type;
    }
    reply->etag = *etag;
}

/* --- items --- */

enum dm_code reply_tag(struct exchange *exchange, const struct dm_item *item,
                       struct dm_error *err)
{
    static const struct dm_str forms[REPRESENT_COUNT] = {
        [REPRESENT_PLAIN] = {"plain", 5},
        [REPRESENT_TYPED] = {"typed", 5},
    };
    struct dm_str form =
        exchange->parameters.raw.ptr ? STR("raw") : forms[exchange->representation];
    return etag_of_item(exchange->service->etags, item->attributes, &item->value, form,
                        &exchange->reply.etag, err);
}

enum dm_code reply_write_item(struct exchange *exchange, const struct dm_item *item,
                              struct dm_error *err)
{
    struct dm_buf *body = &exchange->reply.body;
    if (exchange->representation == REPRESENT_TYPED)
        ddb_json_write_item(&item->value, body);
    else
        plain_json_write_item(item->attributes, &item->value, body);
    buf_add_char(body, '\n');
    exchange->reply.content_type = representation_type(exchange->representation);
    return buf_check(body, "reply", err);
}

static enum dm_code write_raw(struct exchange *exchange, const struct dm_item *item,
                              struct dm_error *err)
{
    const struct dm_value *value = NULL;
    DM_TRY(raw_find(&exchange->raw, item, &value, err));
    raw_write(&exchange->raw, item, value, &exchange->reply.body);
    exchange->reply.content_type = raw_type(value);
    return buf_check(&exchange->reply.body, "reply", err);
}

/* Plain JSON of what is in a cache is written once. */
static struct cache_entry *entry_of(const struct exchange *exchange,
                                    const struct dm_item *item)
{
    bool plain =
        exchange->representation == REPRESENT_PLAIN && !exchange->parameters.raw.ptr;
    return plain ? item->cached : NULL;
}

static bool answer_kept(struct exchange *exchange, struct cache_entry *entry)
{
    struct reply *reply = &exchange->reply;
    reply->kept = entry ? kept_reply_of(entry) : NULL;
    if (!reply->kept)
        return false;
    struct etag etag = *kept_reply_etag(reply->kept);
    reply_tagged(exchange, &etag, representation_type(REPRESENT_PLAIN));
    return true;
}

static enum dm_code answer_item(struct exchange *exchange, const struct dm_item *item,
                                struct dm_error *err)
{
    struct cache_entry *entry = entry_of(exchange, item);
    if (answer_kept(exchange, entry))
        return DM_OK;
    DM_TRY(exchange->parameters.raw.ptr ? write_raw(exchange, item, err)
                                        : reply_write_item(exchange, item, err));
    DM_TRY(reply_tag(exchange, item, err));
    struct etag etag = exchange->reply.etag;
    if (entry)
        kept_reply_add(entry, buf_str(&exchange->reply.body), &etag);
    reply_tagged(exchange, &etag, exchange->reply.content_type);
    return DM_OK;
}

void reply_item(struct exchange *exchange, const struct dm_item *item)
{
    struct dm_error err;
    if (answer_item(exchange, item, &err))
        reply_problem(exchange, &err);
}

enum dm_code reply_options(struct exchange *exchange)
{
    exchange->reply.status = 204;
    return DM_OK;
}
