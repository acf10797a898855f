/*
 * What an item counts for: the 400 KB limit, a page's 1 MB, capacity.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
#ifndef DYNAMOD_VALUE_SIZE_H
#define DYNAMOD_VALUE_SIZE_H

#include "value/value.h"

/* In bytes; the item is an M. */
size_t value_item_size(const struct dm_value *item);

#endif
