/* Editing a tree of values in place. It must be the editor's own: an edit_copy, and what
 * is put into it one too. */
#ifndef DYNAMOD_VALUE_EDIT_H
#define DYNAMOD_VALUE_EDIT_H

#include "value/value.h"

/* A deep copy as value_copy's, whose lists and maps can be edited. */
DM_MUST_USE enum dm_code edit_copy(const struct dm_value *value, struct arena *arena,
                                   struct dm_value *ret_copy, struct dm_error *err);

/* The map's member of that name, or NULL; to be edited. NULL too when `map` is no M. */
struct dm_value *edit_member(struct dm_value *map, struct dm_str name);

/* Puts the value in the place of the member of that name, or behind all others. */
DM_MUST_USE enum dm_code edit_set_member(struct dm_value *map, struct dm_str name,
                                         const struct dm_value *value,
                                         struct arena *arena, struct dm_error *err);

/* Nothing when there is none of that name. */
void edit_remove_member(struct dm_value *map, struct dm_str name);

/* Before the element at index, which is at most the list's count. */
DM_MUST_USE enum dm_code edit_insert_element(struct dm_value *list, size_t index,
                                             const struct dm_value *value,
                                             struct arena *arena, struct dm_error *err);

/* The index is less than the list's count. */
void edit_remove_element(struct dm_value *list, size_t index);

#endif
