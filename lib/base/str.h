/* Working with dm_str: borrowed bytes that know their length. */
#ifndef DYNAMOD_BASE_STR_H
#define DYNAMOD_BASE_STR_H

#include "base/macros.h"

/* A literal, its length known to the compiler. */
#define STR(literal) ((struct dm_str){"" literal, sizeof(literal) - 1})

/* For "%.*s". */
#define STR_ARG(str) (int)(str).len, (str).ptr

static inline bool str_equal(struct dm_str a, struct dm_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_empty(struct dm_str str)
{
    return str.len == 0;
}

/* ASCII letters alike in either case. */
bool str_equal_nocase(struct dm_str a, struct dm_str b);

bool str_starts(struct dm_str str, struct dm_str prefix);
bool str_ends(struct dm_str str, struct dm_str suffix);

/* Without ASCII space, tab, CR and LF at both ends. */
struct dm_str str_trim(struct dm_str str);

/* Moves *rest past the next `separator` and returns what was before it; all of it when
 * there is none, and then rest->ptr is NULL. */
struct dm_str str_split(struct dm_str *rest, char separator);

/* A terminated copy on the heap, or NULL. mem_free it. */
char *str_dup(struct dm_str str);

/* Decimal digits alone, no sign, <= max. */
bool str_to_size(struct dm_str str, size_t max, size_t *ret_value);

#endif
