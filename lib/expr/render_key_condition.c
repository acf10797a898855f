/* KeyConditionExpression as text. */
#include "base/str.h"
#include "expr/render_operand.h"

static void render_name(struct render *render, struct dm_str name, struct dm_buf *out)
{
    struct path_step step = {.name = name};
    struct path path = {&step, 1};
    names_write_path(&render->names, &path, out);
}

static void render_between(struct render *render, const struct key_condition *condition,
                           struct dm_buf *out)
{
    render_name(render, condition->range_name, out);
    buf_add_str(out, STR(" BETWEEN "));
    render_value(render, &condition->low, out);
    buf_add_str(out, STR(" AND "));
    render_value(render, &condition->high, out);
}

static void render_begins_with(struct render *render,
                               const struct key_condition *condition, struct dm_buf *out)
{
    buf_add_str(out, STR("begins_with("));
    render_name(render, condition->range_name, out);
    buf_add_char(out, ',');
    render_value(render, &condition->low, out);
    buf_add_char(out, ')');
}

static void render_comparison(struct render *render,
                              const struct key_condition *condition, struct dm_buf *out)
{
    static const struct dm_str words[] = {
        [RANGE_EQ] = {"=", 1}, [RANGE_LT] = {"<", 1},  [RANGE_LE] = {"<=", 2},
        [RANGE_GT] = {">", 1}, [RANGE_GE] = {">=", 2},
    };
    render_name(render, condition->range_name, out);
    buf_add_str(out, words[condition->range]);
    render_value(render, &condition->low, out);
}

static void render_range(struct render *render, const struct key_condition *condition,
                         struct dm_buf *out)
{
    if (condition->range == RANGE_BETWEEN)
        render_between(render, condition, out);
    else if (condition->range == RANGE_BEGINS_WITH)
        render_begins_with(render, condition, out);
    else
        render_comparison(render, condition, out);
}

void render_key_condition(struct render *render, const struct key_condition *condition,
                          struct dm_buf *out)
{
    render_name(render, condition->hash_name, out);
    buf_add_char(out, '=');
    render_value(render, &condition->hash, out);
    if (condition->range == RANGE_ALL)
        return;
    buf_add_str(out, STR(" AND "));
    render_range(render, condition, out);
}
