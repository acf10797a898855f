/* Where DynamoDB is: the URL, the Host header and the region that is signed. */
#ifndef DYNAMOD_AWS_ENDPOINT_H
#define DYNAMOD_AWS_ENDPOINT_H

#include "aws/credentials.h"

/* Owns its strings. */
struct endpoint {
    char *url;    /* "https://dynamodb.eu-west-1.amazonaws.com/" */
    char *host;   /* for the Host header: without a default port */
    char *region; /* as signed */
};

void endpoint_done(struct endpoint *endpoint);
DM_AUTO_DONE_DEFINE(endpoint, endpoint_done)

/*
 * region: the configuration's, else AWS_REGION, else AWS_DEFAULT_REGION.
 * host: the configuration's ("https://name[:port]" or "http://…"), else made from the
 * region. DM_E_CONFIG says what is missing or malformed.
 */
DM_MUST_USE enum dm_code endpoint_resolve(const struct environment *environment,
                                          struct dm_str region, struct dm_str host,
                                          struct endpoint *ret_endpoint,
                                          struct dm_error *err);

#endif
