/* How a profile's role is come by: whose credentials first, then which roles, each
 * assumed with what came before. */
#ifndef DYNAMOD_AWS_ROLE_PLAN_H
#define DYNAMOD_AWS_ROLE_PLAN_H

#include "aws/profile.h"
#include "aws/sts.h"
#include "base/arena.h"

/* One role on the way. */
struct role_step {
    struct role_step *next; /* the role that is assumed with this one */
    struct dm_str profile;  /* which says so */
    struct sts_role role;
};

struct role_plan {
    struct role_step *steps;         /* NULL: the profile is no role's */
    struct dm_str source_profile;    /* whose credentials come first, or len 0 */
    struct dm_str credential_source; /* else what provides them */
};

/* All of it is the arena's. DM_E_CREDENTIALS, "role: …": what a profile says makes no
 * way: no source or two, a source that is nowhere, a circle, more than 8 roles, a device
 * that a person has to read (mfa_serial). */
DM_MUST_USE enum dm_code role_plan_make(const struct profiles *profiles,
                                        struct dm_str profile, struct arena *arena,
                                        struct role_plan *ret_plan, struct dm_error *err);

#endif
