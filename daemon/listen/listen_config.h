/* A listener, as written in the configuration: an address, or a group of it and more. */
#ifndef DYNAMOD_DAEMON_LISTEN_LISTEN_CONFIG_H
#define DYNAMOD_DAEMON_LISTEN_LISTEN_CONFIG_H

#include "daemon/listen/address.h"
#include "daemon/listen/tls_config.h"

struct listen_config {
    struct address address; /* of inherited sockets: zeroed */
    bool insecure;          /* that it asks nobody who they are is meant */
    bool has_tls;
    struct tls_config tls;
    struct dm_str place; /* "FILE:LINE: listen", for errors; empty: the preset's */
};

/* The settings of a group of `listen`; of `inherited`; of `admin`. */
extern const struct setting_table listen_config_settings,
    listen_config_inherited_settings, listen_config_admin_settings;

/* Reads a list of addresses and groups, or one; in the file's arena. */
DM_MUST_USE enum dm_code listen_config_read_list(struct settings *file,
                                                 struct settings_node *node,
                                                 struct listen_config **ret_at,
                                                 size_t *ret_count, struct dm_error *err);

/* Reads `inherited`: a group without an address. */
DM_MUST_USE enum dm_code listen_config_read_inherited(struct settings *file,
                                                      struct settings_node *node,
                                                      struct listen_config *ret_listen,
                                                      struct dm_error *err);

/* Reads `admin`: an address, a group, or "" for none. */
DM_MUST_USE enum dm_code listen_config_read_admin(struct settings *file,
                                                  struct settings_node *node,
                                                  bool *ret_is_there,
                                                  struct listen_config *ret_listen,
                                                  struct dm_error *err);

#endif
