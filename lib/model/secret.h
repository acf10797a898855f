/*
 * Attributes that a model hides, the names in its `hide`: for its clients they are as
 * attributes that no item has. Nobody is shown one (hidden_strip in hidden.h), what is
 * asked of one is answered without looking at it, and none is written. Which they are
 * travels with the model's attributes, which may be NULL here: then there are none.
 */
#ifndef DYNAMOD_MODEL_SECRET_H
#define DYNAMOD_MODEL_SECRET_H

#include "expr/condition.h"
#include "model/patch.h"

struct settings;
struct settings_node;
struct model_config;

/* Whether anything is hidden. */
bool secret_any(const struct attributes *attributes);

/* The error of a write that names one: `code`. */
DM_MUST_USE enum dm_code secret_check_name(const struct attributes *attributes,
                                           struct dm_str name, enum dm_code code,
                                           struct dm_error *err);

/* Likewise of a patch: DM_E_INVALID_PATCH. */
DM_MUST_USE enum dm_code secret_check_patch(const struct patch *patch,
                                            const struct attributes *attributes,
                                            struct arena *arena, struct dm_error *err);

/* DM_E_FORBIDDEN: a put without a condition would remove what the model hides. */
DM_MUST_USE enum dm_code secret_check_spared(const struct model_config *model,
                                             struct dm_error *err);

/* In the place of a condition of one path, which may be hidden: one that says of every
 * item what the condition says of an item without the attribute. */
DM_MUST_USE enum dm_code secret_blind(const struct attributes *attributes,
                                      struct arena *arena, struct condition *condition,
                                      struct dm_error *err);

/* Whether the key is of an attribute that is hidden: such a table or index is none. */
bool secret_is_key(const struct attributes *attributes, const struct key_schema *schema);

/* What the model's group says of it, once its attributes and indexes are read.
 * DM_E_CONFIG. */
DM_MUST_USE enum dm_code secret_config_check(struct settings *file,
                                             const struct settings_node *group,
                                             const struct model_config *model,
                                             struct dm_error *err);

#endif
