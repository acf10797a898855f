/* Capacity units by DynamoDB's published rules:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
#ifndef DYNAMOD_STORE_CAPACITY_H
#define DYNAMOD_STORE_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>

/* Of `size` bytes read at once: 4 KB units, at least one, half when not consistent. */
double capacity_read(size_t size, bool consistent);

/* Of one write that makes `size` of `old_size`: 1 KB units of the larger, at least one.
 */
double capacity_write(size_t old_size, size_t size);

#endif
