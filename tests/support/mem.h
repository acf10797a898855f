/* What the tests' allocator knows, and how to make it fail. */
#ifndef DYNAMOD_TESTS_MEM_H
#define DYNAMOD_TESTS_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Allocations not yet freed. */
size_t mem_live(void);

/* The nth allocation from now on fails (1: the next), and every later one. 0: none fails.
 */
void mem_fail_at(size_t nth);

/* Whether one has failed since mem_fail_at. */
bool mem_failed(void);

/* From now on no memory that holds the text may be freed, or given up by growing: how
 * often it was. It may be what mem_secret gave. NULL: none is looked at. */
void mem_forbid(const char *text);
size_t mem_spilled(void);

/* For the table of make test: a line for the file that SURVIVED names, if any. */
void mem_survived(const char *kind, size_t count);

#endif
