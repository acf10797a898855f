/* What a model adds to new items, and what it demands of all that are written. */
#ifndef DYNAMOD_MODEL_DEFAULTS_H
#define DYNAMOD_MODEL_DEFAULTS_H

#include "expr/update.h"
#include "model/model_config.h"

/* The group `defaults = { name = VALUE; … }`, each in the form that the model's
 * attributes declare, into model->defaults. DM_E_CONFIG: a key, the version, a value that
 * does not fit. */
DM_MUST_USE enum dm_code defaults_read(struct settings *file, struct settings_node *group,
                                       struct model_config *model, struct dm_error *err);

/* Adds those that the item (an M) has not; its array has room for all. Copies. */
DM_MUST_USE enum dm_code defaults_add(const struct model_config *model,
                                      struct dm_value *item, struct arena *arena,
                                      struct dm_error *err);

/* DM_E_INVALID_ITEM names the first required attribute that the item (an M) has not. */
DM_MUST_USE enum dm_code required_check(const struct model_config *model,
                                        const struct dm_value *item,
                                        struct dm_error *err);

/* Whether an item that the update makes would have all that is required. */
bool required_are_made(const struct model_config *model, const struct update *update);

/* As required_check the first that the update removes, whatever else it does. */
DM_MUST_USE enum dm_code required_check_update(const struct model_config *model,
                                               const struct update *update,
                                               struct dm_error *err);

#endif
