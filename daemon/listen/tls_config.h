/* TLS of a listener, as written in the configuration: the group `tls`. */
#ifndef DYNAMOD_DAEMON_LISTEN_TLS_CONFIG_H
#define DYNAMOD_DAEMON_LISTEN_TLS_CONFIG_H

#include "model/settings.h"

struct tls_credentials;

enum client_certificate_mode {
    CLIENT_CERTIFICATE_NONE, /* not asked for */
    CLIENT_CERTIFICATE_OPTIONAL,
    CLIENT_CERTIFICATE_REQUIRED
};

/* A PEM file that the configuration names, and where it does. */
struct tls_file {
    struct dm_str path;  /* terminated; empty: none */
    struct dm_str place; /* "FILE:LINE: key", for errors */
};

struct tls_config {
    struct tls_file certificate, key, client_ca;
    enum client_certificate_mode client_certificate;
    struct tls_credentials *credentials; /* what the files hold; lent by the config's
                                            arena. NULL: not read (config_load_alone) */
};

extern const struct setting_table tls_config_settings;

/* Reads the group. It names a certificate and a key, and client_ca where certificates are
 * asked for. */
DM_MUST_USE enum dm_code tls_config_read(struct settings *file,
                                         struct settings_node *node,
                                         struct tls_config *ret_tls,
                                         struct dm_error *err);

#endif
