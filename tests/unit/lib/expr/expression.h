/* Expressions for the tests, read from DynamoDB's own text with the values in it:
 * "n = {'N':'5'} AND attribute_exists(m.x)". What is not one fails the test. */
#ifndef DYNAMOD_TESTS_EXPRESSION_H
#define DYNAMOD_TESTS_EXPRESSION_H

#include "expr/condition.h"
#include "expr/update.h"

/* All live in the arena. */
const struct condition *read_condition(struct dm_str text, struct arena *arena);
const struct update *read_update(struct dm_str text, struct arena *arena);
const struct dm_value *read_item(struct dm_str text, struct arena *arena);

#endif
