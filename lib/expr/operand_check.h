/* What the checks of conditions and updates say alike about operands. */
#ifndef DYNAMOD_EXPR_OPERAND_CHECK_H
#define DYNAMOD_EXPR_OPERAND_CHECK_H

#include "expr/operand.h"

/* ServiceQuotas, "Expression parameters". */
enum { OPERATORS_MAX = 300 };

/* Sets of types, for masks. */
#define TYPE_BIT(type) (1u << (type))
enum {
    TYPES_ANY = ~0u >> 1,
    TYPES_ORDERED = TYPE_BIT(DM_S) | TYPE_BIT(DM_N) | TYPE_BIT(DM_B),
    TYPES_PREFIX = TYPE_BIT(DM_S) | TYPE_BIT(DM_B),
    TYPES_NUMBER = TYPE_BIT(DM_N),
    TYPES_LIST = TYPE_BIT(DM_L),
    TYPES_SET = TYPE_BIT(DM_SS) | TYPE_BIT(DM_NS) | TYPE_BIT(DM_BS)
};

/* Where the operand stands: for the messages. */
struct operation {
    const char *expression; /* "ConditionExpression" */
    const char *name;       /* "<", "begins_with" */
};

/* DM_E_VALIDATION unless its type, where it shows, is one of them. */
DM_MUST_USE enum dm_code operand_check_type(const struct operand *operand, unsigned types,
                                            const struct operation *operation,
                                            struct dm_error *err);

/* DM_E_VALIDATION when both are the same path. */
DM_MUST_USE enum dm_code operand_check_distinct(const struct operand *first,
                                                const struct operand *other,
                                                const struct operation *operation,
                                                struct dm_error *err);

/* DM_E_VALIDATION when it is deeper than DynamoDB nests. */
DM_MUST_USE enum dm_code operand_check_path(const struct path *path,
                                            const char *expression, struct dm_error *err);

DM_MUST_USE enum dm_code operand_check_operators(size_t count, const char *expression,
                                                 struct dm_error *err);

#endif
