/* An allocator that counts what lives and fails on demand, in place of lib/base/mem.c. */
#include "support/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static atomic_size_t live, until_failure;
static atomic_bool failed;

size_t mem_live(void)
{
    return live;
}

void mem_fail_at(size_t nth)
{
    until_failure = nth;
    failed = false;
}

bool mem_failed(void)
{
    return failed;
}

static bool fails(void)
{
    if (failed)
        return true;
    if (until_failure && --until_failure == 0)
        failed = true;
    return failed;
}

void *mem_new(size_t size)
{
    void *memory = fails() ? NULL : calloc(1, size ? size : 1);
    live += memory != NULL;
    return memory;
}

void *mem_resize(void *memory, size_t size)
{
    void *resized = fails() ? NULL : realloc(memory, size ? size : 1);
    live += resized && !memory;
    return resized;
}

void mem_free(void *memory)
{
    live -= memory != NULL;
    free(memory);
}

void mem_wipe(void *memory, size_t size)
{
    explicit_bzero(memory, size);
}
