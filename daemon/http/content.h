/* What a request's body is: its Content-Type (RFC 9110 section 8.3). */
#ifndef DYNAMOD_DAEMON_HTTP_CONTENT_H
#define DYNAMOD_DAEMON_HTTP_CONTENT_H

#include "daemon/http/head.h"

/* Sets of them are sums: what a route takes. */
enum content {
    CONTENT_JSON = 1 << 0,
    CONTENT_FORM = 1 << 1,
    CONTENT_TYPED = 1 << 2, /* DynamoDB JSON */
    CONTENT_MERGE_PATCH = 1 << 3,
    CONTENT_JSON_PATCH = 1 << 4,
    CONTENT_UPDATE = 1 << 5, /* the library's own update document */
    CONTENT_NONE = 1 << 6    /* no body is fine too */
};

struct content_row {
    enum content content;
    const char *type; /* "application/json" */
};
extern const struct content_row content_rows[];
extern const size_t content_row_count;

/* PROBLEM_UNSUPPORTED_CONTENT: none of those taken, compressed, or not UTF-8. */
DM_MUST_USE enum dm_code content_choose(const struct head *head, unsigned taken,
                                        enum content *ret_content, struct dm_error *err);

#endif
