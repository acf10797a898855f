/* Allocation for real: the C library's. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Blocks of this size malloc and realloc keep at hand for each thread; glibc's calloc
 * never looks there. */
enum { AT_HAND = 1024 };

void *mem_new(size_t size)
{
    if (size == 0 || size > AT_HAND)
        return calloc(1, size ? size : 1);
    void *memory = realloc(NULL, size); /* what malloc gives compilers turn to calloc */
    if (memory)
        memset(memory, 0, size);
    return memory;
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
