/*
 * UpdateExpression as a list of actions; their order is of no consequence: all read the
 * item as it was.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 */
#ifndef DYNAMOD_EXPR_UPDATE_H
#define DYNAMOD_EXPR_UPDATE_H

#include "expr/operand.h"

enum update_kind { UPDATE_SET, UPDATE_REMOVE, UPDATE_ADD, UPDATE_DELETE };

struct update_action {
    enum update_kind kind;
    struct path path;
    struct operand
        operand; /* SET: any; ADD: a number or a set; DELETE: a set; REMOVE: none */
};

struct update {
    const struct update_action *actions;
    size_t count;
};

#endif
