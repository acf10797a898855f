/* Projections that are to read attributes which nobody asked for, and items without them
 * again. */
#ifndef DYNAMOD_EXPR_WIDEN_H
#define DYNAMOD_EXPR_WIDEN_H

#include "expr/projection.h"

/* Of one attribute alone, whose name is borrowed. */
DM_MUST_USE enum dm_code projection_of_name(struct dm_str name, struct arena *arena,
                                            struct projection *ret_projection,
                                            struct dm_error *err);

/* Makes the projection ask for each of these scalar attributes too, unless it asks for
 * everything. The paths are a copy with room for them, the names are borrowed. ret_added
 * has room for `count`: those that it did not ask for. */
DM_MUST_USE enum dm_code projection_widen(struct projection *projection,
                                          const struct dm_str *names, size_t count,
                                          struct arena *arena, struct dm_str *ret_added,
                                          size_t *ret_added_count, struct dm_error *err);

/* The item (an M) without what was added; shares all else. */
DM_MUST_USE enum dm_code projection_narrow(const struct dm_value *item,
                                           const struct dm_str *added, size_t added_count,
                                           struct arena *arena, struct dm_value *ret_item,
                                           struct dm_error *err);

#endif
