/* The credential providers there are, each in a file of its own. */
#ifndef DYNAMOD_AWS_PROVIDERS_H
#define DYNAMOD_AWS_PROVIDERS_H

#include "aws/credentials.h"

struct profiles;
struct cred_share;

/* What providers are made of. All that it points at outlives them; they may keep the
 * pointer to it. */
struct cred_sources {
    const struct environment *environment;
    struct dm_loop *loop;
    struct profiles *profiles;   /* who loads from it refreshes it first */
    struct cred_keys configured; /* in the app's configuration */
    struct dm_str profile;       /* the named one (profile_named); len 0: "default" */
    struct dm_str region;        /* the endpoint's, for STS; len 0: none */
    const char *ca_file;         /* PEM; NULL: the system's */
    struct cred_share *share;    /* with the app's chains on other threads; NULL: none */
};

typedef enum dm_code (*cred_provider_new_fn)(const struct cred_sources *sources,
                                             struct cred_provider *ret_provider,
                                             struct dm_error *err);

/* cred_static.c: the configured keys. Absent when all three are empty; DM_E_CREDENTIALS
 * at once when they cannot be used. */
DM_MUST_USE enum dm_code cred_static_new(const struct cred_sources *sources,
                                         struct cred_provider *ret_provider,
                                         struct dm_error *err);

/* cred_environment.c: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
DM_MUST_USE enum dm_code cred_environment_new(const struct cred_sources *sources,
                                              struct cred_provider *ret_provider,
                                              struct dm_error *err);

/* cred_role.c: a profile's role_arn, assumed with what source_profile (itself a role,
 * perhaps) or credential_source has. A named profile that is nowhere is a failure. */
DM_MUST_USE enum dm_code cred_role_new(const struct cred_sources *sources,
                                       struct cred_provider *ret_provider,
                                       struct dm_error *err);

/* cred_web_identity.c: AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME;
 * the same of the profile. The token's file is read anew at each load. */
DM_MUST_USE enum dm_code cred_web_identity_new(const struct cred_sources *sources,
                                               struct cred_provider *ret_provider,
                                               struct dm_error *err);
DM_MUST_USE enum dm_code cred_profile_web_identity_new(const struct cred_sources *sources,
                                                       struct cred_provider *ret_provider,
                                                       struct dm_error *err);

/* cred_shared_file.c: the profile's keys in the shared credentials file; those in the
 * config file. */
DM_MUST_USE enum dm_code cred_shared_file_new(const struct cred_sources *sources,
                                              struct cred_provider *ret_provider,
                                              struct dm_error *err);
DM_MUST_USE enum dm_code cred_config_file_new(const struct cred_sources *sources,
                                              struct cred_provider *ret_provider,
                                              struct dm_error *err);

/* cred_process.c: what the profile's credential_process prints. */
DM_MUST_USE enum dm_code cred_process_new(const struct cred_sources *sources,
                                          struct cred_provider *ret_provider,
                                          struct dm_error *err);

/* cred_container.c: the endpoint of ECS and of EKS Pod Identity. */
DM_MUST_USE enum dm_code cred_container_new(const struct cred_sources *sources,
                                            struct cred_provider *ret_provider,
                                            struct dm_error *err);

/* cred_imds.c: the instance metadata service of EC2. */
DM_MUST_USE enum dm_code cred_imds_new(const struct cred_sources *sources,
                                       struct cred_provider *ret_provider,
                                       struct dm_error *err);

#endif
