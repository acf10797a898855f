/* Finding a text among many: a set's members, a map's names. */
#ifndef DYNAMOD_EXPR_LOOKUP_H
#define DYNAMOD_EXPR_LOOKUP_H

#include "value/value.h"

/*
 * Embedded; borrows the texts. Many of them are sorted, so that nobody can write two sets
 * that take minutes to compare; without memory for that it is slow, and right.
 */
struct lookup {
    const char *first; /* a dm_str, and every `stride` bytes another */
    size_t stride, count;
    bool numbers; /* equal when they are worth the same */
    const struct dm_str **sorted;
};

void lookup_init_set(struct lookup *lookup, const struct dm_value *set);
void lookup_init_map(struct lookup *lookup, const struct dm_value *map);
void lookup_done(struct lookup *lookup);
DM_AUTO_DONE_DEFINE(lookup, lookup_done)

bool lookup_has(const struct lookup *lookup, struct dm_str text);

/* The member of that name, or NULL. Of a map's lookup. */
const struct value_member *lookup_member(const struct lookup *lookup, struct dm_str name);

#endif
