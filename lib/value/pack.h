/*
 * Deep copies in one block of memory, as small as they can be: measure all that is to go
 * in, allocate `nodes` and `texts` together, copy in the same order.
 */
#ifndef DYNAMOD_VALUE_PACK_H
#define DYNAMOD_VALUE_PACK_H

#include "value/value.h"

/* Bytes of what is aligned, and of what is not. */
struct pack_size {
    size_t nodes, texts;
};

/* Where the next of each goes. Embedded. */
struct pack {
    char *nodes, *texts;
};

/* Both add to *size. */
void pack_measure_str(struct dm_str str, struct pack_size *size);
void pack_measure(const struct dm_value *values, size_t count, struct pack_size *size);

/* The copies point into the block. NULL is copied as NULL. */
struct dm_str pack_str(struct dm_str str, struct pack *pack);
struct dm_value *pack_values(const struct dm_value *values, size_t count,
                             struct pack *pack);

#endif
