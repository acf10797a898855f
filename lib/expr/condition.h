/*
 * ConditionExpression and FilterExpression as a tree.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
#ifndef DYNAMOD_EXPR_CONDITION_H
#define DYNAMOD_EXPR_CONDITION_H

#include "expr/operand.h"

enum condition_kind {
    CONDITION_AND, /* children: at least one */
    CONDITION_OR,  /* children: at least one */
    CONDITION_NOT, /* children: one */
    CONDITION_EQ,  /* operands: two, here and to GE */
    CONDITION_NE,
    CONDITION_LT,
    CONDITION_LE,
    CONDITION_GT,
    CONDITION_GE,
    CONDITION_BETWEEN, /* operands: three */
    CONDITION_IN,      /* operands: one and 1 to 100 more */
    CONDITION_EXISTS,  /* attribute_exists: operands: one path, here and below */
    CONDITION_NOT_EXISTS,
    CONDITION_TYPE,        /* attribute_type: operands: a path; `type` */
    CONDITION_BEGINS_WITH, /* operands: two */
    CONDITION_CONTAINS     /* operands: two */
};

/* A tree in an arena. */
struct condition {
    enum condition_kind kind;
    enum dm_type type; /* CONDITION_TYPE */
    const struct condition *children;
    size_t child_count;
    const struct operand *operands;
    size_t operand_count;
};

#endif
