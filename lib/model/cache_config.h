/* Reading a model's `cache` group. */
#ifndef DYNAMOD_MODEL_CACHE_CONFIG_H
#define DYNAMOD_MODEL_CACHE_CONFIG_H

#include "model/settings.h"
#include "store/cache/options.h"

extern const struct setting_table cache_settings;

/* SETTING_READ of a struct cache_options. */
DM_MUST_USE enum dm_code cache_config_read(struct settings *file,
                                           struct settings_node *node, void *options,
                                           struct dm_error *err);

#endif
