/* Content negotiation: the Accept header (RFC 9110 section 12.5.1). */
#ifndef DYNAMOD_DAEMON_HTTP_ACCEPT_H
#define DYNAMOD_DAEMON_HTTP_ACCEPT_H

#include "base/macros.h"

/* What can be sent. */
enum representation {
    REPRESENT_PLAIN, /* application/json */
    REPRESENT_TYPED, /* application/x-amz-json-1.0: DynamoDB JSON */
    REPRESENT_HTML,  /* text/html */
    REPRESENT_COUNT
};

/* For sets of them. */
enum {
    OFFER_PLAIN = 1 << REPRESENT_PLAIN,
    OFFER_TYPED = 1 << REPRESENT_TYPED,
    OFFER_HTML = 1 << REPRESENT_HTML
};

/* Static. */
const char *representation_type(enum representation representation);

/*
 * The offered representation of the highest quality; among equals the one that was named
 * more exactly, then our own order. An empty header accepts anything. A range that cannot
 * be read is passed over. PROBLEM_NOT_ACCEPTABLE when nothing offered fits.
 */
DM_MUST_USE enum dm_code accept_choose(struct dm_str accept, unsigned offered,
                                       enum representation *ret_representation,
                                       struct dm_error *err);

#endif
