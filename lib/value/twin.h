/* Texts that come twice: names of a map, members of a set. */
#ifndef DYNAMOD_VALUE_TWIN_H
#define DYNAMOD_VALUE_TWIN_H

#include "base/macros.h"

/* A text that is there twice, or NULL. May sort them. Sorting and not hashing: nobody can
 * choose names that make it slow. */
const struct dm_str *twin_find(struct dm_str *texts, size_t count);

#endif
