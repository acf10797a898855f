/* Writing requests. */
#include "store/dynamodb/body.h"

#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/json_writer.h"

struct body body_begin(const struct store_base *base, struct dm_buf *json)
{
    struct body body = {.base = base, .json = json};
    buf_add_char(json, '{');
    render_init(&body.render, base->arena);
    return body;
}

/* A comma, unless it is the first, and the member's name unless its ptr is NULL. */
static void begin_named(struct body *body, struct dm_str name)
{
    struct dm_buf *json = body->json;
    char last = json->len ? json->ptr[json->len - 1] : '{';
    if (last != '{' && last != '[')
        buf_add_char(json, ',');
    if (!name.ptr)
        return;
    json_write_string(name, json);
    buf_add_char(json, ':');
}

static void begin(struct body *body, const char *name)
{
    begin_named(body, dm_str(name));
}

void body_open(struct body *body, const char *name, char bracket)
{
    begin(body, name);
    buf_add_char(body->json, bracket);
}

void body_open_table(struct body *body, struct dm_str table, char bracket)
{
    begin_named(body, table);
    buf_add_char(body->json, bracket);
}

void body_close(struct body *body, char bracket)
{
    buf_add_char(body->json, bracket);
}

void body_string(struct body *body, const char *name, struct dm_str text)
{
    begin(body, name);
    json_write_string(text, body->json);
}

void body_bool(struct body *body, const char *name, bool value)
{
    begin(body, name);
    buf_add_str(body->json, value ? STR("true") : STR("false"));
}

void body_number(struct body *body, const char *name, unsigned number)
{
    begin(body, name);
    buf_printf(body->json, "%u", number);
}

void body_item(struct body *body, const char *name, const struct dm_value *item)
{
    begin(body, name);
    ddb_json_write_item(item, body->json);
}

static void write_half(struct body *body, const struct key_attribute *attribute,
                       const struct dm_value *value)
{
    begin_named(body, attribute->name);
    ddb_json_write_value(value, body->json);
}

void body_key(struct body *body, const char *name, const struct key *key)
{
    body_open(body, name, '{');
    write_half(body, &key->hash_attribute, &key->hash);
    if (key->range_attribute.name.len)
        write_half(body, &key->range_attribute, &key->range);
    body_close(body, '}');
}

void body_ask_capacity(struct body *body)
{
    body_string(body, "ReturnConsumedCapacity", STR("TOTAL"));
}

/* --- expressions --- */

/* Where the expression begins, its quote behind it. */
static size_t begin_expression(struct body *body, const char *name)
{
    begin(body, name);
    buf_add_char(body->json, '"');
    return body->json->len;
}

static void end_expression(struct body *body, const char *name, size_t start)
{
    struct dm_buf *json = body->json;
    if (!json->failed && !body->refused.code) {
        struct dm_str expression = {json->ptr + start, json->len - start};
        body->refused.code = render_check_size(name, expression, &body->refused);
    }
    buf_add_char(json, '"');
}

void body_projection(struct body *body, const struct projection *projection)
{
    static const char name[] = "ProjectionExpression";
    if (!projection || projection->count == 0)
        return;
    size_t start = begin_expression(body, name);
    projection_write(projection, &body->render.names, body->json);
    end_expression(body, name, start);
}

void body_condition(struct body *body, const char *name,
                    const struct condition *condition)
{
    if (!condition)
        return;
    size_t start = begin_expression(body, name);
    render_condition(&body->render, condition, body->json);
    end_expression(body, name, start);
}

void body_key_condition(struct body *body, const struct key_condition *condition)
{
    static const char name[] = "KeyConditionExpression";
    size_t start = begin_expression(body, name);
    render_key_condition(&body->render, condition, body->json);
    end_expression(body, name, start);
}

void body_update(struct body *body, const struct update *update)
{
    static const char name[] = "UpdateExpression";
    if (!update || update->count == 0)
        return;
    size_t start = begin_expression(body, name);
    render_update(&body->render, update, body->json);
    end_expression(body, name, start);
}

void body_placeholders(struct body *body)
{
    render_placeholders(&body->render, body->json);
    render_init(&body->render, body->base->arena);
}

enum dm_code body_end(struct body *body, struct dm_error *err)
{
    body_close(body, '}');
    DM_TRY(buf_check(body->json, "request", err));
    if (body->refused.code && err)
        *err = body->refused;
    return body->refused.code;
}
