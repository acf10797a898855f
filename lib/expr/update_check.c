/* Whether an update is one that DynamoDB takes. */
#include "expr/evaluate.h"
#include "expr/operand_check.h"
#include "expr/validation.h"

static const char expression[] = "UpdateExpression";

/* As DynamoDB calls them where it refuses operands of ADD and DELETE. */
static const char *const long_names[] = {
    [DM_S] = "STRING",      [DM_N] = "NUMBER",      [DM_B] = "BINARY",
    [DM_BOOL] = "BOOLEAN",  [DM_NULL] = "NULL",     [DM_L] = "LIST",
    [DM_M] = "MAP",         [DM_SS] = "STRING_SET", [DM_NS] = "NUMBER_SET",
    [DM_BS] = "BINARY_SET",
};

static size_t count_operators(const struct operand *operand)
{
    if (!operand)
        return 0;
    bool plain = operand->kind == OPERAND_VALUE || operand->kind == OPERAND_PATH;
    return !plain + count_operators(operand->first) + count_operators(operand->second);
}

static enum dm_code check_operators(const struct update *update, struct dm_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < update->count; i++)
        if (update->actions[i].kind == UPDATE_SET)
            count += count_operators(&update->actions[i].operand);
    return operand_check_operators(count, expression, err);
}

static enum dm_code check_pair(const struct path *one, const struct path *two,
                               struct dm_error *err)
{
    bool overlaps = path_overlaps(one, two);
    if (!overlaps && !path_conflicts(one, two))
        return DM_OK;
    return validation_error(err,
                            "Invalid %s: Two document paths %s with each other; must "
                            "remove or rewrite one of these paths; path one: %s, path "
                            "two: %s",
                            expression, overlaps ? "overlap" : "conflict",
                            path_show(one).text, path_show(two).text);
}

static enum dm_code check_paths(const struct update *update, struct dm_error *err)
{
    for (size_t i = 0; i < update->count; i++) {
        const struct path *path = &update->actions[i].path;
        DM_TRY(operand_check_path(path, expression, err));
        for (size_t j = 0; j < i; j++)
            DM_TRY(check_pair(&update->actions[j].path, path, err));
    }
    return DM_OK;
}

static enum dm_code refuse_function(const char *why, const char *function,
                                    struct dm_error *err)
{
    return validation_error(err,
                            "Invalid %s: The function is not allowed %s; function: "
                            "%s",
                            expression, why, function);
}

static enum dm_code check_operand(const struct operand *operand, struct dm_error *err);

/* What a function or a sum is made of: neither sums nor list_append. */
static enum dm_code check_inner(const struct operand *operand, struct dm_error *err)
{
    switch (operand->kind) {
    case OPERAND_LIST_APPEND:
        return refuse_function("to be used this way in an expression", "list_append",
                               err);
    case OPERAND_PLUS:
    case OPERAND_MINUS:
        return validation_error(err, "Invalid %s: Syntax error; token: \"%s\"",
                                expression, operand->kind == OPERAND_PLUS ? "+" : "-");
    default:
        return check_operand(operand, err);
    }
}

static enum dm_code check_two(const struct operand *operand, const char *name,
                              unsigned types, struct dm_error *err)
{
    struct operation operation = {expression, name};
    DM_TRY(check_inner(operand->first, err));
    DM_TRY(check_inner(operand->second, err));
    DM_TRY(operand_check_type(operand->first, types, &operation, err));
    return operand_check_type(operand->second, types, &operation, err);
}

static enum dm_code check_if_not_exists(const struct operand *operand,
                                        struct dm_error *err)
{
    struct operation operation = {expression, "if_not_exists"};
    struct operand path = {.kind = OPERAND_PATH, .path = operand->path};
    DM_TRY(operand_check_path(&operand->path, expression, err));
    DM_TRY(check_inner(operand->first, err));
    return operand_check_distinct(&path, operand->first, &operation, err);
}

static enum dm_code check_operand(const struct operand *operand, struct dm_error *err)
{
    switch (operand->kind) {
    case OPERAND_VALUE:
        return DM_OK;
    case OPERAND_PATH:
        return operand_check_path(&operand->path, expression, err);
    case OPERAND_SIZE:
        return refuse_function("in an update expression", "size", err);
    case OPERAND_IF_NOT_EXISTS:
        return check_if_not_exists(operand, err);
    case OPERAND_LIST_APPEND:
        return check_two(operand, "list_append", TYPES_LIST, err);
    case OPERAND_PLUS:
        return check_two(operand, "+", TYPES_NUMBER, err);
    case OPERAND_MINUS:
        return check_two(operand, "-", TYPES_NUMBER, err);
    }
    return DM_OK;
}

/* ADD and DELETE take a literal. */
static enum dm_code check_literal(const struct update_action *action, const char *name,
                                  unsigned types, struct dm_error *err)
{
    const struct operand *operand = &action->operand;
    if (operand->kind != OPERAND_VALUE)
        return validation_error(err, "Invalid %s: Syntax error; %s takes a value",
                                expression, name);
    if (types & TYPE_BIT(operand->value.type))
        return DM_OK;
    return validation_error(err,
                            "Invalid %s: Incorrect operand type for operator or "
                            "function; operator: %s, operand type: %s, typeSet: "
                            "ALLOWED_FOR_%s_OPERAND",
                            expression, name, long_names[operand->value.type], name);
}

static enum dm_code check_action(const struct update_action *action, struct dm_error *err)
{
    switch (action->kind) {
    case UPDATE_SET:
        return check_operand(&action->operand, err);
    case UPDATE_REMOVE:
        return DM_OK;
    case UPDATE_ADD:
        return check_literal(action, "ADD", TYPES_SET | TYPES_NUMBER, err);
    case UPDATE_DELETE:
        return check_literal(action, "DELETE", TYPES_SET, err);
    }
    return DM_OK;
}

enum dm_code update_check(const struct update *update, struct dm_error *err)
{
    DM_TRY(check_operators(update, err));
    DM_TRY(check_paths(update, err));
    for (size_t i = 0; i < update->count; i++)
        DM_TRY(check_action(&update->actions[i], err));
    return DM_OK;
}
