/*
 * ExpressionAttributeNames: every name in an expression is a placeholder (#0, #1, …), so
 * that reserved words and odd characters need no list of ours.
 */
#ifndef DYNAMOD_EXPR_NAMES_H
#define DYNAMOD_EXPR_NAMES_H

#include "base/buf.h"
#include "expr/path.h"

/* So many are looked for before one more is added: expressions of more are refused for
 * their length, after work that grows with theirs and not with its square. */
enum { SOUGHT_MAX = 2048 };

/* Equal names share a placeholder. Embedded; lives in its arena. */
struct names {
    struct arena *arena;
    struct dm_str *at;
    size_t count, cap;
};

void names_init(struct names *names, struct arena *arena);

/* Appends the path with placeholders: "#0.#1[2]". A failure marks the buffer. */
void names_write_path(struct names *names, const struct path *path, struct dm_buf *out);

/* Appends {"#0":"status",…}. */
void names_write_json(const struct names *names, struct dm_buf *out);

#endif
