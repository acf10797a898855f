/* ConditionExpression and FilterExpression as text. */
#include "base/str.h"
#include "expr/render_operand.h"

/* How tightly they bind. */
enum binding { BINDS_OR, BINDS_AND, BINDS_NOT, BINDS_TIGHT };

static enum binding binding_of(const struct condition *condition)
{
    switch (condition->kind) {
    case CONDITION_OR:
        return BINDS_OR;
    case CONDITION_AND:
        return BINDS_AND;
    case CONDITION_NOT:
        return BINDS_NOT;
    default:
        return BINDS_TIGHT;
    }
}

/* Operators and functions; the others have none of one piece. */
static const struct dm_str words[] = {
    [CONDITION_AND] = {" AND ", 5},
    [CONDITION_OR] = {" OR ", 4},
    [CONDITION_EQ] = {"=", 1},
    [CONDITION_NE] = {"<>", 2},
    [CONDITION_LT] = {"<", 1},
    [CONDITION_LE] = {"<=", 2},
    [CONDITION_GT] = {">", 1},
    [CONDITION_GE] = {">=", 2},
    [CONDITION_EXISTS] = {"attribute_exists", 16},
    [CONDITION_NOT_EXISTS] = {"attribute_not_exists", 20},
    [CONDITION_TYPE] = {"attribute_type", 14},
    [CONDITION_BEGINS_WITH] = {"begins_with", 11},
    [CONDITION_CONTAINS] = {"contains", 8},
};

/* AND or OR of one child is that child. */
static const struct condition *bare(const struct condition *condition)
{
    while (binding_of(condition) <= BINDS_AND && condition->child_count == 1)
        condition = &condition->children[0];
    return condition;
}

static void render_bare(struct render *render, const struct condition *condition,
                        struct dm_buf *out);

/* As an operand of what binds so tightly. DynamoDB refuses parentheses that are not
 * needed. */
static void render_inside(struct render *render, const struct condition *condition,
                          enum binding around, struct dm_buf *out)
{
    condition = bare(condition);
    bool enclosed = binding_of(condition) < around;
    if (enclosed)
        buf_add_char(out, '(');
    render_bare(render, condition, out);
    if (enclosed)
        buf_add_char(out, ')');
}

static void render_children(struct render *render, const struct condition *condition,
                            struct dm_str separator, struct dm_buf *out)
{
    for (size_t i = 0; i < condition->child_count; i++) {
        if (i)
            buf_add_str(out, separator);
        render_inside(render, &condition->children[i], binding_of(condition), out);
    }
}

static void render_operands(struct render *render, const struct operand *operands,
                            size_t count, struct dm_str separator, struct dm_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_str(out, separator);
        render_operand(render, &operands[i], out);
    }
}

static void render_in(struct render *render, const struct condition *condition,
                      struct dm_buf *out)
{
    render_operand(render, &condition->operands[0], out);
    buf_add_str(out, STR(" IN ("));
    render_operands(render, condition->operands + 1, condition->operand_count - 1,
                    STR(","), out);
    buf_add_char(out, ')');
}

static void render_between(struct render *render, const struct operand *operands,
                           struct dm_buf *out)
{
    render_operand(render, &operands[0], out);
    buf_add_str(out, STR(" BETWEEN "));
    render_operands(render, operands + 1, 2, STR(" AND "), out);
}

/* The type's name, as a value that lives with the request. */
static void render_type(struct render *render, enum dm_type type, struct dm_buf *out)
{
    struct dm_value *name = arena_alloc(render->names.arena, sizeof *name);
    if (!name) {
        out->failed = true;
        return;
    }
    *name = (struct dm_value){.type = DM_S};
    name->as.text = dm_str(type_name(type));
    buf_add_char(out, ',');
    render_value(render, name, out);
}

static void render_function(struct render *render, const struct condition *condition,
                            struct dm_str name, struct dm_buf *out)
{
    buf_add_str(out, name);
    buf_add_char(out, '(');
    render_operands(render, condition->operands, condition->operand_count, STR(","), out);
    if (condition->kind == CONDITION_TYPE)
        render_type(render, condition->type, out);
    buf_add_char(out, ')');
}

static void render_bare(struct render *render, const struct condition *condition,
                        struct dm_buf *out)
{
    switch (condition->kind) {
    case CONDITION_AND:
    case CONDITION_OR:
        render_children(render, condition, words[condition->kind], out);
        return;
    case CONDITION_NOT:
        buf_add_str(out, STR("NOT "));
        render_inside(render, &condition->children[0], BINDS_NOT, out);
        return;
    case CONDITION_EQ:
    case CONDITION_NE:
    case CONDITION_LT:
    case CONDITION_LE:
    case CONDITION_GT:
    case CONDITION_GE:
        render_operands(render, condition->operands, 2, words[condition->kind], out);
        return;
    case CONDITION_BETWEEN:
        render_between(render, condition->operands, out);
        return;
    case CONDITION_IN:
        render_in(render, condition, out);
        return;
    default:
        render_function(render, condition, words[condition->kind], out);
        return;
    }
}

void render_condition(struct render *render, const struct condition *condition,
                      struct dm_buf *out)
{
    render_bare(render, bare(condition), out);
}
