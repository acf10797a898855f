/* Who may use the admin. */
#ifndef DYNAMOD_DAEMON_CONFIG_AUTH_H
#define DYNAMOD_DAEMON_CONFIG_AUTH_H

#include "daemon/config.h"

/* The group `auth` of the admin's, and what it names: what a daemon needs, and who only
 * asks where there is one does not. DM_E_CONFIG. */
DM_MUST_USE enum dm_code config_load_auth(const char *path,
                                          const struct environment *environment,
                                          struct config *config, struct dm_error *err);

/* Logs what of the configuration's tokens is not as it should be. */
void config_warn_of_auth(const struct config *config);

#endif
