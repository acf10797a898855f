/* Allocation for real: the C library's. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void *mem_new(size_t size)
{
    return calloc(1, size ? size : 1);
}

void *mem_resize(void *memory, size_t size)
{
    return realloc(memory, size ? size : 1);
}

void mem_free(void *memory)
{
    free(memory);
}

void mem_wipe(void *memory, size_t size)
{
    explicit_bzero(memory, size);
}
