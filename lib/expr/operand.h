/* What a condition compares and an update assigns: a path, a value, or a function of
 * them. */
#ifndef DYNAMOD_EXPR_OPERAND_H
#define DYNAMOD_EXPR_OPERAND_H

#include "expr/path.h"
#include "value/value.h"

enum operand_kind {
    OPERAND_VALUE,
    OPERAND_PATH,
    OPERAND_SIZE,          /* size(path): conditions only */
    OPERAND_IF_NOT_EXISTS, /* if_not_exists(path, first): updates only */
    OPERAND_LIST_APPEND,   /* list_append(first, second): updates only */
    OPERAND_PLUS,          /* first + second: updates only */
    OPERAND_MINUS          /* first - second: updates only */
};

/* A tree in an arena. Which members are used depends on the kind. */
struct operand {
    enum operand_kind kind;
    struct path path;
    struct dm_value value;
    const struct operand *first, *second;
};

#endif
