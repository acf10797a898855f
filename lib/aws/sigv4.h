/*
 * Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)
 * by OpenSSL's EVP, with kept contexts and a cached signing key.
 */
#ifndef DYNAMOD_AWS_SIGV4_H
#define DYNAMOD_AWS_SIGV4_H

#include <stdint.h>

#include "aws/credentials.h"
#include "base/arena.h"
#include "net/http.h"

struct sigv4;

/* Keeps one signing key: one signer for each app and thread. DM_E_NOMEM, DM_E_INTERNAL
 * (OpenSSL has no SHA-256). */
DM_MUST_USE enum dm_code sigv4_new(struct sigv4 **ret_signer, struct dm_error *err);
void sigv4_free(struct sigv4 *signer);
DM_AUTO_DEFINE(sigv4, sigv4_free)

/* What is signed. */
struct sigv4_request {
    struct dm_str method;
    struct dm_str path;  /* as it is sent: absolute, percent-encoded */
    struct dm_str query; /* already canonical (sorted, encoded); empty for DynamoDB */
    struct dm_str region, service;     /* without a slash */
    const struct http_header *headers; /* all signed; names in any case; with Host,
                                          without X-Amz-Date and X-Amz-Security-Token */
    size_t header_count;
    struct dm_str body;
    int64_t wall_ms;
};

/* The headers to add to the request, in the arena, but for the security token's value,
 * which is the credentials' own. security_token.value.len 0: none. */
struct sigv4_headers {
    struct http_header date;           /* X-Amz-Date */
    struct http_header security_token; /* X-Amz-Security-Token */
    struct http_header authorization;
};

/* DM_E_INVALID: a header that HTTP does not allow (RFC 9110, section 5). DM_E_NOMEM: also
 * when the arena is full. DM_E_INTERNAL: OpenSSL, or a time outside 1970 … 9999. */
DM_MUST_USE enum dm_code sigv4_sign(struct sigv4 *signer,
                                    const struct credentials *credentials,
                                    const struct sigv4_request *request,
                                    struct arena *arena,
                                    struct sigv4_headers *ret_headers,
                                    struct dm_error *err);

#endif
