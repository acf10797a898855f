/* Placeholders for values, and what the expressions of a request write alike. */
#include "expr/render.h"

#include "base/str.h"
#include "codec/ddb_json.h"
#include "expr/render_operand.h"
#include "expr/validation.h"

void render_init(struct render *render, struct arena *arena)
{
    *render = (struct render){.value_count = 0};
    names_init(&render->names, arena);
}

static bool grow(struct render *render)
{
    size_t cap = render->value_cap ? render->value_cap * 2 : 8;
    const struct dm_value **values =
        arena_alloc(render->names.arena, cap * sizeof *values);
    if (!values)
        return false;
    if (render->value_count)
        memcpy(values, render->values, render->value_count * sizeof *values);
    render->values = values;
    render->value_cap = cap;
    return true;
}

/* Spelled alike, so that the one can stand for the other. Lists, maps and sets are not
 * looked into. */
static bool same(const struct dm_value *a, const struct dm_value *b)
{
    if (a == b)
        return true;
    return a->type == b->type && a->type <= DM_B && str_equal(a->as.text, b->as.text);
}

/* The value's number; render->value_count when there is no memory for it. */
static size_t number_of(struct render *render, const struct dm_value *value)
{
    for (size_t i = 0; i < render->value_count && render->value_count <= SOUGHT_MAX; i++)
        if (same(render->values[i], value))
            return i;
    if (render->value_count == render->value_cap && !grow(render))
        return render->value_count;
    render->values[render->value_count] = value;
    return render->value_count++;
}

void render_value(struct render *render, const struct dm_value *value, struct dm_buf *out)
{
    size_t number = number_of(render, value);
    if (number == render->value_count)
        out->failed = true;
    buf_printf(out, ":%zu", number);
}

/* name(path, operand) */
static void render_if_not_exists(struct render *render, const struct operand *operand,
                                 struct dm_buf *out)
{
    buf_add_str(out, STR("if_not_exists("));
    names_write_path(&render->names, &operand->path, out);
    buf_add_char(out, ',');
    render_operand(render, operand->first, out);
    buf_add_char(out, ')');
}

static void render_two(struct render *render, const struct operand *operand,
                       char separator, struct dm_buf *out)
{
    render_operand(render, operand->first, out);
    buf_add_char(out, separator);
    render_operand(render, operand->second, out);
}

void render_operand(struct render *render, const struct operand *operand,
                    struct dm_buf *out)
{
    switch (operand->kind) {
    case OPERAND_VALUE:
        render_value(render, &operand->value, out);
        return;
    case OPERAND_PATH:
        names_write_path(&render->names, &operand->path, out);
        return;
    case OPERAND_SIZE:
        buf_add_str(out, STR("size("));
        names_write_path(&render->names, &operand->path, out);
        buf_add_char(out, ')');
        return;
    case OPERAND_IF_NOT_EXISTS:
        render_if_not_exists(render, operand, out);
        return;
    case OPERAND_LIST_APPEND:
        buf_add_str(out, STR("list_append("));
        render_two(render, operand, ',', out);
        buf_add_char(out, ')');
        return;
    case OPERAND_PLUS:
        render_two(render, operand, '+', out);
        return;
    case OPERAND_MINUS:
        render_two(render, operand, '-', out);
        return;
    }
}

static void write_values(const struct render *render, struct dm_buf *out)
{
    buf_add_char(out, '{');
    for (size_t i = 0; i < render->value_count; i++) {
        buf_printf(out, "%s\":%zu\":", i ? "," : "", i);
        ddb_json_write_value(render->values[i], out);
    }
    buf_add_char(out, '}');
}

void render_placeholders(const struct render *render, struct dm_buf *out)
{
    if (render->names.count) {
        buf_add_str(out, STR(",\"ExpressionAttributeNames\":"));
        names_write_json(&render->names, out);
    }
    if (render->value_count) {
        buf_add_str(out, STR(",\"ExpressionAttributeValues\":"));
        write_values(render, out);
    }
}

enum dm_code render_check_size(const char *parameter, struct dm_str expression,
                               struct dm_error *err)
{
    if (expression.len <= EXPRESSION_MAX)
        return DM_OK;
    return validation_error(err,
                            "Invalid %s: Expression size has exceeded the maximum "
                            "allowed size; expression size: %zu",
                            parameter, expression.len);
}
