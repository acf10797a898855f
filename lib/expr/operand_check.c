/* Checks of operands, in DynamoDB's words. */
#include "expr/operand_check.h"

#include "expr/validation.h"

/* False when only the item can tell. */
static bool type_shows(const struct operand *operand, enum dm_type *ret_type)
{
    if (operand->kind == OPERAND_VALUE)
        *ret_type = operand->value.type;
    if (operand->kind == OPERAND_SIZE)
        *ret_type = DM_N;
    return operand->kind == OPERAND_VALUE || operand->kind == OPERAND_SIZE;
}

enum dm_code operand_check_type(const struct operand *operand, unsigned types,
                                const struct operation *operation, struct dm_error *err)
{
    enum dm_type type;
    if (!type_shows(operand, &type) || types & TYPE_BIT(type))
        return DM_OK;
    return validation_error(err,
                            "Invalid %s: Incorrect operand type for operator or "
                            "function; operator or function: %s, operand type: %s",
                            operation->expression, operation->name, type_name(type));
}

static bool path_equal(const struct path *a, const struct path *b)
{
    return a->count == b->count && path_overlaps(a, b);
}

enum dm_code operand_check_distinct(const struct operand *first,
                                    const struct operand *other,
                                    const struct operation *operation,
                                    struct dm_error *err)
{
    if (first->kind != OPERAND_PATH || other->kind != OPERAND_PATH ||
        !path_equal(&first->path, &other->path))
        return DM_OK;
    return validation_error(err,
                            "Invalid %s: The first operand must be distinct from the "
                            "remaining operands for this operator or function; "
                            "operator: %s, first operand: %s",
                            operation->expression, operation->name,
                            path_show(&first->path).text);
}

enum dm_code operand_check_path(const struct path *path, const char *expression,
                                struct dm_error *err)
{
    if (path->count <= VALUE_MAX_DEPTH)
        return DM_OK;
    return validation_error(err,
                            "Invalid %s: The document path has too many nesting levels; "
                            "nesting levels: %zu",
                            expression, path->count);
}

enum dm_code operand_check_operators(size_t count, const char *expression,
                                     struct dm_error *err)
{
    if (count <= OPERATORS_MAX)
        return DM_OK;
    return validation_error(err,
                            "Invalid %s: The expression contains too many operators; "
                            "operator count: %d",
                            expression, OPERATORS_MAX + 1);
}
