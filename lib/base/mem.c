/* Allocation for real: the C library's. */
#include "base/mem.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks of this size malloc and realloc keep at hand for each thread; glibc's calloc
 * never looks there. */
enum { AT_HAND = 1024 };

void *mem_new(size_t size)
{
    if (size == 0 || size > AT_HAND)
        return calloc(1, size ? size : 1);
    void *volatile none = NULL; /* compilers that know it turn this to calloc, too */
    void *memory = realloc(none, size);
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

/* --- secrets --- */

/* Before what mem_secret gives. */
struct secret_head {
    alignas(max_align_t) size_t size; /* all of it */
};

void *mem_secret(size_t size)
{
    struct secret_head *head;
    if (size > SIZE_MAX - sizeof *head)
        return NULL;
    size += sizeof *head;
    void *pages =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    madvise(pages, size, MADV_DONTDUMP);
    mlock(pages, size);
    head = pages;
    head->size = size;
    return head + 1;
}

void mem_secret_free(void *memory)
{
    if (!memory)
        return;
    struct secret_head *head = (struct secret_head *)memory - 1;
    size_t size = head->size;
    mem_wipe(head, size);
    munmap(head, size);
}

void mem_wipe(void *memory, size_t size)
{
    explicit_bzero(memory, size);
}
