/* The one place that allocates. Tests link another that counts and fails on demand. */
#ifndef DYNAMOD_BASE_MEM_H
#define DYNAMOD_BASE_MEM_H

#include <stddef.h>

/* Zeroed memory, or NULL. Owned by the caller; mem_free it. */
void *mem_new(size_t size);

/* As realloc: NULL leaves `memory` as it was. New bytes are not zeroed. */
void *mem_resize(void *memory, size_t size);

/* mem_free(NULL) is nothing. */
void mem_free(void *memory);

/* Zeroed memory of pages of its own, for secrets that last: no core dump has them, nor,
 * as far as the limit of locked memory allows, swap. NULL as mem_new. */
void *mem_secret(size_t size);

/* Overwritten first. mem_secret_free(NULL) is nothing. */
void mem_secret_free(void *memory);

/* Overwrites a secret in a way that the compiler keeps. */
void mem_wipe(void *memory, size_t size);

#endif
