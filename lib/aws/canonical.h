/*
 * The canonical form of a request that Signature Version 4 signs
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
#ifndef DYNAMOD_AWS_CANONICAL_H
#define DYNAMOD_AWS_CANONICAL_H

#include "base/arena.h"
#include "net/http.h"

struct canonical_input {
    struct dm_str method;
    struct dm_str path;          /* as it is sent: absolute, percent-encoded */
    struct dm_str query;         /* sorted and encoded */
    struct http_header *headers; /* all of them; sorted and lower-cased in place */
    size_t header_count;
    struct dm_str body_hash; /* SHA-256, in hex */
};

struct canonical {
    struct dm_str text;
    struct dm_str signed_headers; /* "host;x-amz-date" */
};

/* Both in the arena. DM_E_INVALID: a header that HTTP does not allow. */
DM_MUST_USE enum dm_code canonical_make(const struct canonical_input *input,
                                        struct arena *arena, struct canonical *ret_form,
                                        struct dm_error *err);

#endif
