/* The credential providers there are, each in a file of its own. */
#ifndef DYNAMOD_AWS_PROVIDERS_H
#define DYNAMOD_AWS_PROVIDERS_H

#include "aws/credentials.h"

/* What providers look at. They copy what they keep, but for the environment. */
struct cred_sources {
    const struct environment *environment;
    struct cred_keys configured; /* in the app's configuration */
};

/* cred_static.c: the configured keys. Absent when all three are empty; DM_E_CREDENTIALS
 * at once when they cannot be used. */
DM_MUST_USE enum dm_code cred_static_new(const struct cred_sources *sources,
                                         struct cred_provider *ret_provider,
                                         struct dm_error *err);

/* cred_environment.c: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
DM_MUST_USE enum dm_code cred_environment_new(const struct cred_sources *sources,
                                              struct cred_provider *ret_provider,
                                              struct dm_error *err);

/* cred_shared_file.c: AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials; the section
 * that AWS_PROFILE names, else [default]. Read anew at each load. */
DM_MUST_USE enum dm_code cred_shared_file_new(const struct cred_sources *sources,
                                              struct cred_provider *ret_provider,
                                              struct dm_error *err);

#endif
