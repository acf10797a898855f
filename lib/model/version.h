/* Version attributes: they count an item's writes, as PynamoDB's do. Nothing happens
 * where the model has none; attributes may be NULL. */
#ifndef DYNAMOD_MODEL_VERSION_H
#define DYNAMOD_MODEL_VERSION_H

#include "expr/update.h"
#include "value/attribute.h"

/* The model's version attribute, or NULL. */
const struct attribute *version_attribute(const struct attributes *attributes);

/* Adds it to a new item (an M), whose array has room: one more than `was`; 1 where there
 * was none (len 0). DM_E_INVALID_ITEM: `was` is no count. */
DM_MUST_USE enum dm_code version_add(const struct attributes *attributes,
                                     struct dm_str was, struct arena *arena,
                                     struct dm_value *item, struct dm_error *err);

/* Makes the update count it up, in the same atomic step. */
DM_MUST_USE enum dm_code version_count(const struct attributes *attributes,
                                       struct arena *arena, struct update *update,
                                       struct dm_error *err);

#endif
