/* The access log's part of dynamod.conf. */
#ifndef DYNAMOD_DAEMON_LOG_ACCESS_CONFIG_H
#define DYNAMOD_DAEMON_LOG_ACCESS_CONFIG_H

#include "model/settings.h"

struct access_config {
    struct dm_str file;   /* a path, or "-"; len 0: there is no access log */
    struct dm_str format; /* checked */
};

extern const struct setting_table access_config_settings;

/* For `read`: the target is the struct config. */
DM_MUST_USE enum dm_code access_config_read(struct settings *file,
                                            struct settings_node *node, void *target,
                                            struct dm_error *err);

#endif
