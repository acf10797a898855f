/* Whether a condition is one that DynamoDB takes. */
#include "expr/evaluate.h"
#include "expr/operand_check.h"
#include "expr/validation.h"
#include "value/quote.h"

/* What an operator demands of its operands. One row a kind that has any. */
struct rule {
    const char *name;
    size_t least, most; /* operands */
    unsigned types;     /* of those that show theirs */
    bool distinct;      /* no other is the first again */
    bool path;          /* the first is a path */
};

enum { IN_MAX = 100 };

static const struct rule rules[] = {
    [CONDITION_EQ] = {"=", 2, 2, TYPES_ANY, .distinct = true},
    [CONDITION_NE] = {"<>", 2, 2, TYPES_ANY, .distinct = true},
    [CONDITION_LT] = {"<", 2, 2, TYPES_ORDERED, .distinct = true},
    [CONDITION_LE] = {"<=", 2, 2, TYPES_ORDERED, .distinct = true},
    [CONDITION_GT] = {">", 2, 2, TYPES_ORDERED, .distinct = true},
    [CONDITION_GE] = {">=", 2, 2, TYPES_ORDERED, .distinct = true},
    [CONDITION_BETWEEN] = {"BETWEEN", 3, 3, TYPES_ORDERED, .distinct = true},
    [CONDITION_IN] = {"IN", 2, 1 + IN_MAX, TYPES_ANY, .distinct = true},
    [CONDITION_EXISTS] = {"attribute_exists", 1, 1, TYPES_ANY, .path = true},
    [CONDITION_NOT_EXISTS] = {"attribute_not_exists", 1, 1, TYPES_ANY, .path = true},
    [CONDITION_TYPE] = {"attribute_type", 1, 1, TYPES_ANY, .path = false},
    [CONDITION_BEGINS_WITH] = {"begins_with", 2, 2, TYPES_PREFIX, .distinct = true},
    [CONDITION_CONTAINS] = {"contains", 2, 2, TYPES_ANY, .distinct = true},
};

static size_t count_operators(const struct condition *condition)
{
    size_t count = 1;
    if (condition->kind == CONDITION_AND || condition->kind == CONDITION_OR)
        count = condition->child_count - 1;
    for (size_t i = 0; i < condition->child_count && count <= OPERATORS_MAX; i++)
        count += count_operators(&condition->children[i]);
    for (size_t i = 0; i < condition->operand_count; i++)
        count += condition->operands[i].kind == OPERAND_SIZE;
    return count;
}

static enum dm_code check_count(const struct rule *rule, size_t count,
                                const char *expression, struct dm_error *err)
{
    if (count > 1 + IN_MAX && rule->most == 1 + IN_MAX)
        return validation_error(err,
                                "Invalid %s: The IN operator is provided with too many "
                                "operands; number of operands: %zu",
                                expression, count - 1);
    if (count < rule->least || count > rule->most)
        return validation_error(err,
                                "Invalid %s: Incorrect number of operands for operator "
                                "or function; operator or function: %s, number of "
                                "operands: %zu",
                                expression, rule->name, count);
    return DM_OK;
}

static enum dm_code check_kind(const struct operand *operand, const char *expression,
                               struct dm_error *err)
{
    static const char *const functions[] = {
        [OPERAND_IF_NOT_EXISTS] = "if_not_exists",
        [OPERAND_LIST_APPEND] = "list_append",
        [OPERAND_PLUS] = "+",
        [OPERAND_MINUS] = "-",
    };
    switch (operand->kind) {
    case OPERAND_VALUE:
        return DM_OK;
    case OPERAND_PATH:
    case OPERAND_SIZE:
        return operand_check_path(&operand->path, expression, err);
    default:
        return validation_error(err,
                                "Invalid %s: The function is not allowed in a condition "
                                "expression; function: %s",
                                expression, functions[operand->kind]);
    }
}

static enum dm_code check_operand(const struct condition *condition, size_t index,
                                  const char *expression, struct dm_error *err)
{
    const struct rule *rule = &rules[condition->kind];
    const struct operand *operand = &condition->operands[index];
    DM_TRY(check_kind(operand, expression, err));
    if (rule->path && operand->kind != OPERAND_PATH)
        return validation_error(err,
                                "Invalid %s: Operator or function requires a document "
                                "path; operator or function: %s",
                                expression, rule->name);
    struct operation operation = {expression, rule->name};
    return operand_check_type(operand, rule->types, &operation, err);
}

static enum dm_code check_distinct(const struct condition *condition,
                                   const char *expression, struct dm_error *err)
{
    struct operation operation = {expression, rules[condition->kind].name};
    for (size_t i = 1; i < condition->operand_count; i++)
        DM_TRY(operand_check_distinct(&condition->operands[0], &condition->operands[i],
                                      &operation, err));
    return DM_OK;
}

static enum dm_code refuse_bounds(const char *rule, const struct dm_value *low,
                                  const struct dm_value *high, const char *expression,
                                  struct dm_error *err)
{
    return validation_error(
        err,
        "Invalid %s: The BETWEEN operator requires %s; lower bound operand: "
        "AttributeValue: {%s:%s}, upper bound operand: AttributeValue: {%s:%s}",
        expression, rule, type_name(low->type), quote(low->as.text).text,
        type_name(high->type), quote(high->as.text).text);
}

/* Of two values that have an order. */
static enum dm_code check_bounds(const struct dm_value *low, const struct dm_value *high,
                                 const char *expression, struct dm_error *err)
{
    if (low->type != high->type)
        return refuse_bounds("same data type for lower and upper bounds", low, high,
                             expression, err);
    if (value_compare(low, high) > 0)
        return refuse_bounds("upper bound to be greater than or equal to lower bound",
                             low, high, expression, err);
    return DM_OK;
}

static enum dm_code check_leaf(const struct condition *condition, const char *expression,
                               struct dm_error *err)
{
    const struct rule *rule = &rules[condition->kind];
    const struct operand *operands = condition->operands;
    DM_TRY(check_count(rule, condition->operand_count, expression, err));
    for (size_t i = 0; i < condition->operand_count; i++)
        DM_TRY(check_operand(condition, i, expression, err));
    if (rule->distinct)
        DM_TRY(check_distinct(condition, expression, err));
    if (condition->kind == CONDITION_BETWEEN && operands[1].kind == OPERAND_VALUE &&
        operands[2].kind == OPERAND_VALUE)
        return check_bounds(&operands[1].value, &operands[2].value, expression, err);
    return DM_OK;
}

static enum dm_code check_tree(const struct condition *condition, const char *expression,
                               struct dm_error *err)
{
    if (condition->kind > CONDITION_NOT)
        return check_leaf(condition, expression, err);
    for (size_t i = 0; i < condition->child_count; i++)
        DM_TRY(check_tree(&condition->children[i], expression, err));
    return DM_OK;
}

static enum dm_code check(const struct condition *condition, const char *expression,
                          struct dm_error *err)
{
    DM_TRY(operand_check_operators(count_operators(condition), expression, err));
    return check_tree(condition, expression, err);
}

enum dm_code condition_check(const struct condition *condition, struct dm_error *err)
{
    return check(condition, "ConditionExpression", err);
}

enum dm_code filter_check(const struct condition *condition, struct dm_error *err)
{
    return check(condition, "FilterExpression", err);
}

/* The condition on the range key as a condition like any other. */
static enum dm_code check_range(const struct key_condition *keys, struct dm_error *err)
{
    static const enum condition_kind kinds[] = {
        [RANGE_EQ] = CONDITION_EQ,
        [RANGE_LT] = CONDITION_LT,
        [RANGE_LE] = CONDITION_LE,
        [RANGE_GT] = CONDITION_GT,
        [RANGE_GE] = CONDITION_GE,
        [RANGE_BETWEEN] = CONDITION_BETWEEN,
        [RANGE_BEGINS_WITH] = CONDITION_BEGINS_WITH,
    };
    struct path_step step = {.name = keys->range_name};
    struct operand operands[] = {
        {.kind = OPERAND_PATH, .path = {&step, 1}},
        {.kind = OPERAND_VALUE, .value = keys->low},
        {.kind = OPERAND_VALUE, .value = keys->high},
    };
    struct condition range = {.kind = kinds[keys->range],
                              .operands = operands,
                              .operand_count = keys->range == RANGE_BETWEEN ? 3 : 2};
    return check(&range, "KeyConditionExpression", err);
}

enum dm_code key_condition_check(const struct key_condition *keys, struct dm_error *err)
{
    return keys->range == RANGE_ALL ? DM_OK : check_range(keys, err);
}
