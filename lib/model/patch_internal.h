/* The two dialects, for patch.c. */
#ifndef DYNAMOD_MODEL_PATCH_INTERNAL_H
#define DYNAMOD_MODEL_PATCH_INTERNAL_H

#include "model/patch.h"

/* JSON that a client or an attribute holds, as a tree in the arena that borrows from it.
 */
DM_MUST_USE enum dm_code patch_read_json(struct dm_str json, struct arena *arena,
                                         struct dm_value *ret_value,
                                         struct dm_error *err);

/* A json attribute, open to be patched: its tree. One whose text is no JSON is the string
 * that it is. */
DM_MUST_USE enum dm_code patch_open(const struct dm_value *stored, struct arena *arena,
                                    struct dm_value *ret_open, struct dm_error *err);

/* And closed again: what is stored, as it was where the tree says what it said. `stored`
 * and `open`: as patch_open had and gave them; NULL: there was none. */
DM_MUST_USE enum dm_code patch_close(const struct attribute *attribute,
                                     const struct dm_value *stored,
                                     const struct dm_value *open,
                                     const struct dm_value *tree, struct arena *arena,
                                     struct dm_value *ret_stored, struct dm_error *err);

/* What is declared of that name, if it is a json attribute; else NULL. */
const struct attribute *patch_json_attribute(const struct attributes *attributes,
                                             struct dm_str name);

/* Applies a merge patch. */
DM_MUST_USE enum dm_code merge_patch_apply(const struct dm_value *merge,
                                           const struct attributes *attributes,
                                           const struct dm_value *item,
                                           struct arena *arena, struct dm_value *ret_item,
                                           struct dm_error *err);

/* Reads and applies a JSON Patch. */
DM_MUST_USE enum dm_code json_patch_read(const struct dm_value *document,
                                         struct arena *arena, struct patch *ret_patch,
                                         struct dm_error *err);
DM_MUST_USE enum dm_code json_patch_apply(const struct patch *patch,
                                          const struct attributes *attributes,
                                          const struct dm_value *item,
                                          struct arena *arena, struct dm_value *ret_item,
                                          struct dm_error *err);

#endif
