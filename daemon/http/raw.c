/* Bare values. */
#include "daemon/http/raw.h"

#include "base/str.h"
#include "codec/plain_json.h"
#include "daemon/http/problem.h"
#include "expr/projection.h"

/* A name in quotes, which may hold anything. */
static void write_name(struct dm_str name, struct dm_buf *out)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"' || name.ptr[i] == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, name.ptr[i]);
    }
    buf_add_char(out, '"');
}

static enum dm_code check_length(struct dm_str text, struct dm_error *err)
{
    if (text.len <= EXPRESSION_MAX)
        return DM_OK;
    return problem_set(err, PROBLEM_INVALID_PARAMETER, "raw is longer than %d bytes",
                       EXPRESSION_MAX);
}

/* In quotes it may be longer than it was given. */
static enum dm_code make_projection(const struct path *path, struct arena *arena,
                                    struct dm_str *ret_text, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, 4 * EXPRESSION_MAX);
    for (size_t i = 0; i < path->count && path->steps[i].name.ptr; i++) {
        if (i)
            buf_add_char(&text, '.');
        write_name(path->steps[i].name, &text);
    }
    DM_TRY(buf_check(&text, "raw", err));
    DM_TRY(check_length(buf_str(&text), err));
    *ret_text = arena_str(arena, buf_str(&text));
    return ret_text->ptr ? DM_OK : error_nomem(err);
}

enum dm_code raw_parse(struct dm_str text, struct arena *arena, struct raw *ret_raw,
                       struct dm_error *err)
{
    struct raw raw;
    struct dm_error why = {0};
    DM_TRY(check_length(text, err));
    enum dm_code code = path_parse(&text, arena, &raw.path, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return problem_set(err, PROBLEM_INVALID_PARAMETER, "raw: %s", why.message);
    if (!str_empty(text))
        return problem_set(err, PROBLEM_INVALID_PARAMETER,
                           "raw is the path of one attribute, and goes on with \"%.*s\"",
                           STR_ARG(text));
    DM_TRY(make_projection(&raw.path, arena, &raw.attributes_to_get, err));
    *ret_raw = raw;
    return DM_OK;
}

enum dm_code raw_find(const struct raw *raw, const struct dm_item *item,
                      const struct dm_value **ret_value, struct dm_error *err)
{
    const struct dm_value *value = path_find(&raw->path, &item->value);
    if (!value)
        return problem_set(err, PROBLEM_ATTRIBUTE_NOT_FOUND,
                           "the item has no attribute at this path");
    *ret_value = value;
    return DM_OK;
}

/* Only the item's own attributes are declared, not what is inside them. */
static bool write_shown(const struct raw *raw, const struct dm_item *item,
                        const struct dm_value *value, struct dm_buf *out)
{
    const struct attribute *attribute =
        attributes_find(item->attributes, raw->path.steps[0].name);
    size_t start = out->len;
    if (raw->path.count == 1 && attribute && attribute_show(attribute, value, out))
        return true;
    out->len = start;
    return false;
}

void raw_write(const struct raw *raw, const struct dm_item *item,
               const struct dm_value *value, struct dm_buf *out)
{
    bool is_text = value->type == DM_S || value->type == DM_N || value->type == DM_B;
    if (write_shown(raw, item, value, out))
        return;
    if (is_text)
        buf_add_str(out, value->as.text);
    else
        plain_json_write(value, out);
}

const char *raw_type(const struct dm_value *value)
{
    return value->type == DM_B ? "application/octet-stream" : "text/plain; charset=utf-8";
}
