/* An `auth` group: who may use an app, or the admin. */
#ifndef DYNAMOD_MODEL_AUTH_CONFIG_H
#define DYNAMOD_MODEL_AUTH_CONFIG_H

#include "model/digest.h"
#include "model/limits_config.h"
#include "model/scope.h"

struct environment;
struct fingerprint_maker;
struct model_config;

/* One who may. Lives as long as its configuration. */
struct principal {
    struct dm_str name; /* terminated; no other of the group has it */
    struct scope scope;
    struct limits limits;
};

/* A bearer token, known by its SHA-256 alone. */
struct auth_token {
    struct digest digest;
    const struct principal *principal;
};

/* A client certificate that is verified already: its subject, or one of its alternative
 * names. The other one is empty. */
struct auth_certificate {
    struct dm_str subject, san; /* "CN=web,O=Acme"; "DNS:web.internal" */
    const struct principal *principal;
};

/* A process at the other end of a unix socket. */
struct auth_peer {
    bool is_group;
    uint32_t id;
    const struct principal *principal;
};

/* Zeroed, nobody is asked who they are. All of it lives in its file's arena, but the
 * limits. */
struct auth_config {
    struct principal *principals; /* in the file's order */
    size_t principal_count;
    struct auth_token *tokens;
    size_t token_count;
    struct auth_certificate *certificates;
    size_t certificate_count;
    struct auth_peer *peers;
    size_t peer_count;
    struct dm_str warning; /* terminated; empty: none */
};

/* The settings of an app's, and of the admin's, which has no models. */
extern const struct setting_table auth_settings;
extern const struct setting_table auth_admin_settings;

/* What they are read with. */
struct auth_place {
    const struct environment *environment;
    bool is_admin;
    const struct model_config *models; /* those that there are */
    size_t model_count;
};

/* Reads the group, the files of tokens, and the names of users and groups of the system.
 * DM_E_CONFIG. On failure too: auth_config_done. */
DM_MUST_USE enum dm_code auth_config_read(struct settings *file,
                                          struct settings_node *group,
                                          const struct auth_place *place,
                                          struct auth_config *config,
                                          struct dm_error *err);

/* Idempotent. */
void auth_config_done(struct auth_config *config);

/* Whether one has to say who one is. */
static inline bool auth_config_asks(const struct auth_config *config)
{
    return config->principal_count > 0;
}

/* What of it no settings say: the digests that files hold, the ids of names. */
DM_MUST_USE enum dm_code auth_config_fingerprint(const struct auth_config *config,
                                                 struct fingerprint_maker *maker,
                                                 struct dm_error *err);

/* It takes the place of `before`: principals of equal names go on with their limits. */
void auth_config_inherit(struct auth_config *config, const struct auth_config *before);

#endif
