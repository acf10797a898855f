/* The certificates and keys of a configuration's listeners. */
#ifndef DYNAMOD_DAEMON_CONFIG_TLS_H
#define DYNAMOD_DAEMON_CONFIG_TLS_H

#include "daemon/config.h"

/* Reads those that are not there yet; they live as long as the configuration.
 * DM_E_CONFIG.
 */
DM_MUST_USE enum dm_code config_load_tls(struct config *config, struct dm_error *err);

/* A listener that stays where it is, by what is said of it now (NULL: nothing, so that
 * nothing changes). Its own address and kind are those that are served. */
DM_MUST_USE enum dm_code config_keep_listen(struct config *config,
                                            const struct listen_config *served,
                                            const struct listen_config *said,
                                            struct listen_config *ret_listen,
                                            struct dm_error *err);

#endif
