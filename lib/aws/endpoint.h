/*
 * Where DynamoDB is: the URL, the Host header and the region that is signed, by AWS's
 * published rules
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html,
 * feature-endpoints.html; the service's endpoint rule set).
 */
#ifndef DYNAMOD_AWS_ENDPOINT_H
#define DYNAMOD_AWS_ENDPOINT_H

#include "aws/credentials.h"

struct profiles;

/* Owns its strings. */
struct endpoint {
    char *url;     /* "https://dynamodb.eu-west-1.amazonaws.com/" */
    char *host;    /* for the Host header: without a default port */
    char *region;  /* as signed */
    char *ca_file; /* PEM of the authorities to trust; NULL: the system's */
};

void endpoint_done(struct endpoint *endpoint);
DM_AUTO_DONE_DEFINE(endpoint, endpoint_done)

enum endpoint_flag { ENDPOINT_UNSET, ENDPOINT_OFF, ENDPOINT_ON };

/*
 * What it is made of: what is configured, then the environment, then the profile.
 *
 *   region         AWS_REGION, AWS_DEFAULT_REGION     region
 *   host           AWS_ENDPOINT_URL_DYNAMODB,         dynamodb = endpoint_url of the
 *                  AWS_ENDPOINT_URL                   `services`, endpoint_url
 *   ca_bundle      AWS_CA_BUNDLE                      ca_bundle
 *   use_fips       AWS_USE_FIPS_ENDPOINT              use_fips_endpoint
 *   use_dualstack  AWS_USE_DUALSTACK_ENDPOINT         use_dualstack_endpoint
 *
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS (ignore_configured_endpoint_urls) leaves the
 * configured host alone and ignores the others. Where nothing says a host, it is made
 * from the region and the flags.
 */
struct endpoint_sources {
    const struct environment *environment;
    struct profiles *profiles; /* refreshed first; where they cannot be read they are as
                                  they were */
    struct dm_str profile;     /* the named one; len 0: "default" */
    struct dm_str region, host, ca_bundle;
    enum endpoint_flag use_fips, use_dualstack;
};

/* DM_E_CONFIG says what is missing, malformed or does not go together: it begins with the
 * name of what is wrong, "region" among them. A host is "https://name[:port]" or
 * "http://…". */
DM_MUST_USE enum dm_code endpoint_resolve(const struct endpoint_sources *sources,
                                          struct endpoint *ret_endpoint,
                                          struct dm_error *err);

/* Whether it is "http://name[:port]": a proxy. */
bool endpoint_is_plain_http(struct dm_str url);

#endif
