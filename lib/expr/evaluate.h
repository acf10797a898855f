/* What DynamoDB would do with an expression, done here: for stores that evaluate by
 * themselves. */
#ifndef DYNAMOD_EXPR_EVALUATE_H
#define DYNAMOD_EXPR_EVALUATE_H

#include "expr/condition.h"
#include "expr/key_condition.h"
#include "expr/projection.h"
#include "expr/update.h"

/*
 * Whether the expression is one that DynamoDB takes: counts of operands, types of literal
 * operands (begins_with of a number), 300 operators, IN of 100, overlapping paths of an
 * update, ADD of a string … DM_E_VALIDATION in DynamoDB's words, which begin with the
 * parameter's name: condition_check's with "Invalid ConditionExpression: ".
 */
DM_MUST_USE enum dm_code condition_check(const struct condition *condition,
                                         struct dm_error *err);
DM_MUST_USE enum dm_code filter_check(const struct condition *condition,
                                      struct dm_error *err);
/* Names and types of the table's keys are the store's to check. */
DM_MUST_USE enum dm_code key_condition_check(const struct key_condition *keys,
                                             struct dm_error *err);
DM_MUST_USE enum dm_code update_check(const struct update *update, struct dm_error *err);

/* Whether the item (an M; NULL: there is none) meets a checked condition. */
bool condition_holds(const struct condition *condition, const struct dm_value *item);

/*
 * The item (an M; NULL: there is none) after a checked update, attributes in their old
 * order and new ones behind. What is new is the arena's; all else is shared with the
 * item and the update, which must live as long. Numbers that were reckoned are canonical.
 * DM_E_VALIDATION: a path that leads nowhere, an operand that is missing or of the wrong
 * type, a number out of range, lists and maps nested too deep.
 */
DM_MUST_USE enum dm_code update_apply(const struct update *update,
                                      const struct dm_value *item, struct arena *arena,
                                      struct dm_value *ret_item, struct dm_error *err);

/* What a projection leaves of the item, in the item's order; shared as above. */
DM_MUST_USE enum dm_code projection_apply(const struct projection *projection,
                                          const struct dm_value *item,
                                          struct arena *arena, struct dm_value *ret_item,
                                          struct dm_error *err);

/* DynamoDB's order: numbers as numbers, S and B as unsigned bytes. Both of one type, S, N
 * or B. */
int value_compare(const struct dm_value *a, const struct dm_value *b);

/* DynamoDB's equality: of any types; numbers by value, sets without order. */
bool value_equal(const struct dm_value *a, const struct dm_value *b);

#endif
