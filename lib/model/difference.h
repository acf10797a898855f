/* What makes one item of another, and the condition that it is still the one that was
 * read. */
#ifndef DYNAMOD_MODEL_DIFFERENCE_H
#define DYNAMOD_MODEL_DIFFERENCE_H

#include "expr/condition.h"
#include "model/patch.h"

/* Attribute by attribute: SET of what is new or other, REMOVE of what is gone. Both are
 * M. In the arena, sharing the values. DM_E_INVALID_KEY: the schema's keys are not the
 * same in both. */
DM_MUST_USE enum dm_code difference_update(const struct dm_value *before,
                                           const struct dm_value *after,
                                           const struct key_schema *schema,
                                           struct arena *arena, struct update *ret_update,
                                           struct dm_error *err);

/* DynamoDB takes 300 operators, the ANDs between them among them. */
enum { AS_READ_MAX = 150 };

/* That each of these attributes is as in `item`, or is not there as it is not there;
 * *ret_condition is an AND. Names may come twice. No name: an AND of nothing, which is no
 * condition. DM_E_VALIDATION: more than AS_READ_MAX. */
DM_MUST_USE enum dm_code difference_as_read(const struct dm_value *item,
                                            const struct name_list *names,
                                            struct arena *arena,
                                            struct condition *ret_condition,
                                            struct dm_error *err);

#endif
