/* An allocator that counts what lives and fails on demand, in place of lib/base/mem.c. */
#include "support/mem.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static atomic_size_t live, until_failure, spilled;
static atomic_bool failed;
static const char *forbidden;

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

void mem_forbid(const char *text)
{
    forbidden = text;
    spilled = 0;
}

size_t mem_spilled(void)
{
    return spilled;
}

/* What is about to be freed. */
static void look_at(void *memory)
{
    if (forbidden && memory &&
        memmem(memory, malloc_usable_size(memory), forbidden, strlen(forbidden)))
        spilled++;
}

/* In one piece, for other tests write too. */
void mem_survived(const char *kind, size_t count)
{
    const char *path = getenv("SURVIVED");
    int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666) : -1;
    if (fd < 0)
        return;
    dprintf(fd, "%zu %s\n", count, kind);
    close(fd);
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
    look_at(memory);
    void *resized = fails() ? NULL : realloc(memory, size ? size : 1);
    live += resized && !memory;
    return resized;
}

void mem_free(void *memory)
{
    look_at(memory);
    live -= memory != NULL;
    free(memory);
}

void *mem_secret(size_t size)
{
    return mem_new(size);
}

void mem_secret_free(void *memory)
{
    live -= memory != NULL;
    free(memory);
}

void mem_wipe(void *memory, size_t size)
{
    explicit_bzero(memory, size);
}
