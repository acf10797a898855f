/* What a request demands of the representation's entity tag (RFC 9110 section 13). */
#ifndef DYNAMOD_DAEMON_HTTP_PRECONDITION_H
#define DYNAMOD_DAEMON_HTTP_PRECONDITION_H

#include "daemon/http/head.h"

enum precondition {
    PRECONDITION_MET,
    PRECONDITION_UNCHANGED, /* If-None-Match names the tag */
    PRECONDITION_FAILED     /* If-Match does not */
};

/* Of something that is there and has this tag, quotes included. */
enum precondition precondition_check(const struct head *head, struct dm_str etag);

#endif
