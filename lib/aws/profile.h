/*
 * AWS's shared files, config and credentials, as one view of profiles
 * (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html): config has
 * [default], [profile NAME] and [services NAME], credentials has [NAME]. Sections that
 * come twice are merged; [profile default] beats [default]; what credentials says beats
 * what config says, property by property; every section has what [DEFAULT] has, as
 * botocore has it. Names of properties count in any case.
 */
#ifndef DYNAMOD_AWS_PROFILE_H
#define DYNAMOD_AWS_PROFILE_H

#include "aws/credentials.h"

enum profiles_file { PROFILES_CONFIG, PROFILES_CREDENTIALS, PROFILES_FILE_COUNT };

struct profiles;

/* AWS_CONFIG_FILE, else ~/.aws/config; AWS_SHARED_CREDENTIALS_FILE, else
 * ~/.aws/credentials. Reads nothing yet: there are no profiles. */
DM_MUST_USE enum dm_code profiles_new(const struct environment *environment,
                                      struct profiles **ret_profiles,
                                      struct dm_error *err);
void profiles_free(struct profiles *profiles);
DM_AUTO_DEFINE(profiles, profiles_free)

/* Reads both files. What was lent is no more.
 * DM_E_CREDENTIALS, "shared config file: line 3: …", without a word of the text: the
 * profiles stay as they were, and the next call reads again. A file that is not there is
 * empty; so is a device or a folder. */
DM_MUST_USE enum dm_code profiles_refresh(struct profiles *profiles,
                                          struct dm_error *err);

/* Whether a file differs from when profiles_refresh last looked, and did so in the same
 * way at the call before: a file is read once it is at rest. */
bool profiles_changed(struct profiles *profiles);

/* Whether either file has the profile. */
bool profiles_have(const struct profiles *profiles, struct dm_str profile);

/* The value, lent until the next refresh; ptr NULL: it is not there. */
struct dm_str profile_property(const struct profiles *profiles, struct dm_str profile,
                               const char *name);

/* The same of one file alone. */
struct dm_str profile_property_in(const struct profiles *profiles,
                                  enum profiles_file file, struct dm_str profile,
                                  const char *name);

/* Of the section [services X] that the profile's `services = X` names: the last of the
 * indented lines `sub = value` under `service =`. */
struct dm_str profile_service_property(const struct profiles *profiles,
                                       struct dm_str profile, const char *service,
                                       const char *sub);

/* The profile that is named: the configured, else AWS_PROFILE, else AWS_DEFAULT_PROFILE;
 * len 0: none is, "default" is meant. */
struct dm_str profile_named(const struct environment *environment,
                            struct dm_str configured);

static inline struct dm_str profile_or_default(struct dm_str named)
{
    return named.len ? named : dm_str("default");
}

#endif
