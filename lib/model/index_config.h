/* The `indexes` group of a model. */
#ifndef DYNAMOD_MODEL_INDEX_CONFIG_H
#define DYNAMOD_MODEL_INDEX_CONFIG_H

#include "model/attribute_config.h"
#include "store/store.h"

struct model_config;

/* An index's settings. */
extern const struct setting_table index_settings;

/* Declares the indexes' keys that have a template: before index_config_read. */
DM_MUST_USE enum dm_code index_config_declare_keys(struct settings *file,
                                                   const struct settings_node *group,
                                                   struct attribute_drafts *attributes,
                                                   struct dm_error *err);

/*
 * Reads { name = { hash_key; range_key; projection; }; … } into the model, whose keys and
 * attributes are read already. An index without a hash_key of its own is local: it shares
 * the table's.
 */
DM_MUST_USE enum dm_code index_config_read(struct settings *file,
                                           struct settings_node *group,
                                           struct model_config *model,
                                           struct dm_error *err);

#endif
