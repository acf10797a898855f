/* The apps of a configuration: a file each, in the directory that dynamod.conf names. */
#ifndef DYNAMOD_DAEMON_CONFIG_APPS_H
#define DYNAMOD_DAEMON_CONFIG_APPS_H

#include "daemon/config.h"

/* Every *.conf of config->apps_dir, and which of them is the default. What `before`
 * (NULL: none) serves stays what it is there. DM_E_CONFIG. */
DM_MUST_USE enum dm_code config_load_apps(struct config *config,
                                          const struct environment *environment,
                                          const struct config *before,
                                          struct dm_error *err);

#endif
