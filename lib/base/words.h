/* A command line as words, split as a POSIX shell splits it and nothing more: no
 * variables, no patterns, no comments. */
#ifndef DYNAMOD_BASE_WORDS_H
#define DYNAMOD_BASE_WORDS_H

#include "base/arena.h"

/* The words, terminated, and a NULL after the last; the arena's. DM_E_INVALID when a
 * quotation has no end, or a backslash nothing behind it, or there is a NUL. */
DM_MUST_USE enum dm_code words_split(struct dm_str text, struct arena *arena,
                                     char ***ret_words, struct dm_error *err);

#endif
