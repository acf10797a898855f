/* Writes of one item: created, replaced, changed, deleted. */
#include "base/error.h"
#include "base/str.h"
#include "daemon/http/idempotency_key.h"
#include "daemon/rest/location.h"
#include "daemon/rest/rest.h"

/* A field without a tag in it would be no condition, though one was meant. */
static enum dm_code read_tags(const struct head_field *field, const char *name,
                              struct dm_str *ret_tags, struct dm_error *err)
{
    struct dm_str tags = str_trim(field->value);
    if (field->count && str_empty(tags))
        return error_set(err, DM_E_INVALID, "%s names no entity tag", name);
    *ret_tags = tags;
    return DM_OK;
}

static enum dm_code read_guard(const struct exchange *exchange, struct dm_guard *guard,
                               struct dm_error *err)
{
    const struct head *head = &exchange->head;
    DM_TRY(read_tags(&head->if_match, "If-Match", &guard->if_match, err));
    return read_tags(&head->if_none_match, "If-None-Match", &guard->if_none_match, err);
}

static bool prefers(const struct exchange *exchange, enum preferred_return preferred)
{
    return exchange->preferences.preferred_return == preferred;
}

/* --- what became of it --- */

/* The heads share their room, and what was written is written: it is told without. */
static bool has_room(const struct exchange *exchange, struct dm_str location)
{
    size_t heads = exchange->service->limiter.head_bytes;
    return exchange->head.size + location.len <= heads - HEADS_RESERVE;
}

static enum dm_code add_location(struct exchange *exchange,
                                 const struct dm_outcome *outcome, struct dm_error *err)
{
    const struct location location = {
        .app = exchange->values.app,
        .model = exchange->values.model,
        .hash = dm_outcome_hash_key(outcome),
        .range = dm_outcome_range_key(outcome),
    };
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, HEADS_MAX);
    location_write(&location, &text);
    DM_TRY(buf_check(&text, "Location", err));
    if (!has_room(exchange, buf_str(&text)))
        return DM_OK;
    exchange->reply.location = arena_str(&exchange->arena, buf_str(&text)).ptr;
    return exchange->reply.location ? DM_OK : error_nomem(err);
}

/* A tag is of what is there now: of a deleted item there is none. */
static enum dm_code add_item(struct exchange *exchange, const struct dm_item *item,
                             struct dm_error *err)
{
    bool is_shown = item && prefers(exchange, PREFER_REPRESENTATION);
    exchange->reply.returned = is_shown || prefers(exchange, PREFER_MINIMAL);
    if (item && exchange->method != METHOD_DELETE)
        DM_TRY(reply_tag(exchange, item, err));
    return is_shown ? reply_write_item(exchange, item, err) : DM_OK;
}

static enum dm_code answer(struct exchange *exchange, const struct dm_outcome *outcome,
                           struct dm_error *err)
{
    bool created = dm_outcome_created(outcome);
    DM_TRY(add_item(exchange, dm_outcome_item(outcome), err));
    if (created)
        DM_TRY(add_location(exchange, outcome, err));
    exchange->reply.status = created ? 201 : exchange->reply.body.len ? 200 : 204;
    return DM_OK;
}

/* With the tag of what stands there, where it is known. */
static void fail(struct exchange *exchange, const struct dm_outcome *outcome,
                 const struct dm_error *err)
{
    const struct dm_item *item = outcome ? dm_outcome_item(outcome) : NULL;
    struct dm_error failure;
    reply_problem(exchange, err);
    if (item && reply_tag(exchange, item, &failure))
        reply_problem(exchange, &failure);
}

static void done(enum dm_code code, struct dm_outcome *outcome,
                 const struct dm_error *err, void *ctx)
{
    struct exchange *exchange = ctx;
    struct dm_error failure;
    if (code)
        fail(exchange, outcome, err);
    else if (answer(exchange, outcome, &failure))
        reply_problem(exchange, &failure);
    dm_outcome_free(outcome);
    exchange_resume(exchange);
}

/* --- the writes --- */

/* It is the condition of every creation. */
static enum dm_code check_creation(const struct exchange *exchange, struct dm_error *err)
{
    const struct head *head = &exchange->head;
    bool is_any = str_equal(str_trim(head->if_none_match.value), STR("*"));
    if (!head->if_match.count && (!head->if_none_match.count || is_any))
        return DM_OK;
    error_set(err, DM_E_INVALID,
              "what is created has no entity tag for If-Match or If-None-Match");
    error_hint(err, "PUT the item to its own address, or leave them out");
    return DM_E_INVALID;
}

static enum dm_code put(struct exchange *exchange, struct dm_put *asked,
                        struct dm_error *err)
{
    struct call_context context = exchange_context(exchange);
    asked->item = buf_str(&exchange->body);
    asked->format = rest_body_format(exchange);
    asked->timeout_ms = exchange->site->request_timeout_ms;
    DM_TRY(idempotency_key_read(&exchange->head, &asked->token, err));
    return app_put(exchange->app, exchange->values.model, asked, &context, done, exchange,
                   &exchange->call, err);
}

enum dm_code rest_item_post(struct exchange *exchange, struct dm_error *err)
{
    struct dm_put asked = {.create = true};
    DM_TRY(check_creation(exchange, err));
    return put(exchange, &asked, err);
}

enum dm_code rest_item_put(struct exchange *exchange, struct dm_error *err)
{
    struct dm_put asked = {.create = false};
    DM_TRY(rest_item_keys(exchange, &asked.hash_key, &asked.range_key, err));
    DM_TRY(read_guard(exchange, &asked.guard, err));
    return put(exchange, &asked, err);
}

static enum dm_patch_dialect dialect_of(enum content content)
{
    switch (content) {
    case CONTENT_JSON_PATCH:
        return DM_JSON_PATCH;
    case CONTENT_UPDATE:
        return DM_UPDATE;
    case CONTENT_JSON:
    case CONTENT_MERGE_PATCH:
    case CONTENT_FORM:
    case CONTENT_TYPED:
    case CONTENT_NONE:
        break;
    }
    return DM_MERGE_PATCH;
}

enum dm_code rest_item_patch(struct exchange *exchange, struct dm_error *err)
{
    struct call_context context = exchange_context(exchange);
    struct dm_update asked = {
        .dialect = dialect_of(exchange->content),
        .patch = buf_str(&exchange->body),
        .upsert = exchange->parameters.upsert,
        .message = exchange->parameters.message,
        .timeout_ms = exchange->site->request_timeout_ms,
    };
    DM_TRY(rest_item_keys(exchange, &asked.hash_key, &asked.range_key, err));
    DM_TRY(read_guard(exchange, &asked.guard, err));
    DM_TRY(idempotency_key_read(&exchange->head, &asked.token, err));
    return app_update(exchange->app, exchange->values.model, &asked, &context, done,
                      exchange, &exchange->call, err);
}

enum dm_code rest_item_delete(struct exchange *exchange, struct dm_error *err)
{
    struct call_context context = exchange_context(exchange);
    struct dm_delete asked = {
        .message = exchange->parameters.message,
        .timeout_ms = exchange->site->request_timeout_ms,
    };
    DM_TRY(rest_item_keys(exchange, &asked.hash_key, &asked.range_key, err));
    DM_TRY(read_guard(exchange, &asked.guard, err));
    DM_TRY(idempotency_key_read(&exchange->head, &asked.token, err));
    asked.return_item =
        prefers(exchange, PREFER_REPRESENTATION) && str_empty(asked.token);
    return app_delete(exchange->app, exchange->values.model, &asked, &context, done,
                      exchange, &exchange->call, err);
}
