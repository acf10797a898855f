/* The condition on a range key whose model sees it through a template. */
#ifndef DYNAMOD_MODEL_RANGE_H
#define DYNAMOD_MODEL_RANGE_H

#include "expr/key_condition.h"
#include "value/attribute.h"

/*
 * Keeps a Query inside the range key's template: all of it becomes begins_with, the
 * comparisons BETWEEN, which goes from the template's first text to its last. So BETWEEN
 * may be wider than what was asked: *ret_except is the one text inside it that was not
 * asked for (type DM_NULL: none). The texts are the arena's.
 */
DM_MUST_USE enum dm_code range_confine(struct key_condition *keys,
                                       const struct attribute *range, struct arena *arena,
                                       struct dm_value *ret_except, struct dm_error *err);

#endif
