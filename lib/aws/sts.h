/*
 * The Security Token Service: AssumeRole and AssumeRoleWithWebIdentity
 * (https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html).
 */
#ifndef DYNAMOD_AWS_STS_H
#define DYNAMOD_AWS_STS_H

#include "aws/providers.h"

/* One caller's connection to it. */
struct sts;

/* The region's own endpoint, else (region.len 0) the global one; AWS_ENDPOINT_URL_STS,
 * AWS_ENDPOINT_URL and the profile's endpoint_url beat it. source: a provider's name, for
 * errors; static. */
DM_MUST_USE enum dm_code sts_new(const struct cred_sources *sources, const char *source,
                                 struct sts **ret_sts, struct dm_error *err);
/* A call under way is dropped without a callback. */
void sts_free(struct sts *sts);
DM_AUTO_DEFINE(sts, sts_free)

/* What is asked for. */
struct sts_role {
    struct dm_str role_arn;
    struct dm_str session_name;       /* len 0: one is made */
    struct dm_str external_id;        /* len 0: none */
    struct dm_str duration_s;         /* digits; len 0: STS's own default */
    struct dm_str web_identity_token; /* len 0: AssumeRole, signed */
};

/* Once, inside the call or later on the loop. keys: lent until return, NULL unless code
 * is DM_OK. DM_E_CREDENTIALS, "SOURCE: …": STS refused, with its error code alone; or it
 * was not reached, or not understood. */
typedef void (*sts_done_fn)(enum dm_code code, const struct cred_keys *keys,
                            const struct dm_error *err, void *ctx);

/* All is copied. signer: NULL with a web identity token. One call at a time; the next may
 * begin in done. */
void sts_assume_role(struct sts *sts, const struct sts_role *role,
                     const struct credentials *signer, sts_done_fn done, void *ctx);

#endif
