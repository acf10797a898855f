/* An `auth` group while it is read: for the files that do it. */
#ifndef DYNAMOD_MODEL_AUTH_READING_H
#define DYNAMOD_MODEL_AUTH_READING_H

#include "model/auth_config.h"

/* The lists of a group, in the order of its settings. */
enum auth_kind { AUTH_TOKENS, AUTH_CERTIFICATES, AUTH_PEERS, AUTH_KINDS };

struct auth_lists {
    struct settings_node *at[AUTH_KINDS]; /* NULL: not there */
};

enum { AUTH_NO_ID = UINT32_MAX };

/* What a group of any of them may say. */
struct auth_member {
    struct dm_str name;
    struct setting_strings sha256, allow, models;
    struct dm_str file, credential, subject, san, user, group;
    unsigned uid, gid; /* AUTH_NO_ID: not there */
    struct limits limits;
};

struct auth_reading {
    struct settings *file;
    const struct auth_place *place;
    struct auth_config *config;
    struct dm_buf tokens; /* auth_tokens */
};

/* Digests that a group of `tokens` gives in its setting `sha256`. DM_E_CONFIG: one is
 * none, or there already. */
DM_MUST_USE enum dm_code auth_read_digests(struct auth_reading *reading,
                                           const struct settings_node *group,
                                           const struct setting_strings *texts,
                                           const struct principal *principal,
                                           struct dm_error *err);

/* Those in the file of its setting `file` or `credential`: one a line, # for comments. */
DM_MUST_USE enum dm_code auth_read_file(struct auth_reading *reading,
                                        const struct settings_node *group,
                                        struct dm_str path,
                                        const struct principal *principal,
                                        struct dm_error *err);
DM_MUST_USE enum dm_code auth_read_credential(struct auth_reading *reading,
                                              const struct settings_node *group,
                                              struct dm_str name,
                                              const struct principal *principal,
                                              struct dm_error *err);

/* All that were read, as the configuration's. */
DM_MUST_USE enum dm_code auth_keep_tokens(struct auth_reading *reading,
                                          struct dm_error *err);

#endif
