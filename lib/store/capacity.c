/* Capacity units. */
#include "store/capacity.h"

enum { READ_UNIT = 4096, WRITE_UNIT = 1024 };

static size_t units(size_t size, size_t unit)
{
    return size ? (size - 1) / unit + 1 : 1;
}

double capacity_read(size_t size, bool consistent)
{
    return (double)units(size, READ_UNIT) * (consistent ? 1 : 0.5);
}

double capacity_write(size_t old_size, size_t size)
{
    return (double)units(size > old_size ? size : old_size, WRITE_UNIT);
}
