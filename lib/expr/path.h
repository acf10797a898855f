/* Document paths: a, b.c, d[0], "odd name".x (DynamoDB: Expressions.Attributes). */
#ifndef DYNAMOD_EXPR_PATH_H
#define DYNAMOD_EXPR_PATH_H

#include "value/value.h"

/* One step down: into a map by name, or into a list by index. */
struct path_step {
    struct dm_str name; /* ptr NULL: an index */
    size_t index;
};

/* The first step is always a name. */
struct path {
    struct path_step *steps;
    size_t count;
};

/*
 * Reads one path at the start of *text and moves *text past it. A name is every byte up
 * to one of
 * `.[],` and white space; in double quotes it may hold anything, \" and \\ escaped.
 * DM_E_INVALID: an empty name, a bad index, more than 32 steps.
 */
DM_MUST_USE enum dm_code path_parse(struct dm_str *text, struct arena *arena,
                                    struct path *ret_path, struct dm_error *err);

/* True when they are equal or one leads into the other. */
bool path_overlaps(const struct path *a, const struct path *b);

/* True when one goes into a list where the other goes into a map: "a[0]", "a.b". */
bool path_conflicts(const struct path *a, const struct path *b);

/* Where it leads in the item (an M; NULL: there is none), or NULL. */
const struct dm_value *path_find(const struct path *path, const struct dm_value *item);

/* True when something may stand at its end: its last step goes into a map by name or into
 * a list by index. */
bool path_leads_into(const struct path *path, const struct dm_value *item);

/* As DynamoDB shows it in its messages, "[a, b, [0]]"; cut when it is long. */
struct path_text {
    char text[192];
};
struct path_text path_show(const struct path *path);

bool path_step_equal(const struct path_step *a, const struct path_step *b);

#endif
