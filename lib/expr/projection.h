/* ProjectionExpression: which attributes to read. */
#ifndef DYNAMOD_EXPR_PROJECTION_H
#define DYNAMOD_EXPR_PROJECTION_H

#include "expr/names.h"

/* DynamoDB: an expression string is at most 4 KB. */
enum { EXPRESSION_MAX = 4096 };

/* Lives in the arena it was parsed into. count 0: everything. */
struct projection {
    struct path *paths;
    size_t count;
};

/* Reads "a,b.c,d[0]". DM_E_INVALID_PROJECTION: empty, not paths, a path twice or inside
 * another or at odds with it (a[0],a.b; DynamoDB refuses those), over EXPRESSION_MAX
 * bytes as text or as rendered. */
DM_MUST_USE enum dm_code projection_parse(struct dm_str text, struct arena *arena,
                                          struct projection *ret_projection,
                                          struct dm_error *err);

/* Appends "#0,#1.#2". */
void projection_write(const struct projection *projection, struct names *names,
                      struct dm_buf *out);

#endif
