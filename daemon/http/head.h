/*
 * The request's header fields that matter here, and whether they frame the request in
 * exactly one way (RFC 9112 sections 3.2 and 6): a proxy in front must not read another.
 */
#ifndef DYNAMOD_DAEMON_HTTP_HEAD_H
#define DYNAMOD_DAEMON_HTTP_HEAD_H

#include "base/arena.h"
#include "daemon/http/head_lines.h"

/* A field: how often it came, and its value; those that are lists are joined by commas.
 */
struct head_field {
    unsigned count;
    struct dm_str value;
};

/* Where the fields of one list are joined; it grows by doubling. */
struct head_room {
    char *text; /* the arena's */
    size_t size;
};

enum { HEAD_FIELDS = 17 };

/* A request's head and its reply's share memory of their connection: max_header_bytes, so
 * much at most, of which some is for what a reply's head says beside addresses.
 * libmicrohttpd would mmap more. */
enum { HEADS_MAX = 32 * 1024, HEADS_RESERVE = 1536 };

/* Zero it, then add. Values are lent by whoever adds them. */
struct head {
    size_t size; /* what it takes of that memory */
    bool is_http_1_0;
    struct head_lines lines;
    struct head_field host, content_length, transfer_encoding, content_type,
        content_encoding, accept, prefer, if_match, if_none_match, idempotency_key,
        request_id, traceparent, origin, request_method, authorization, fetch_site,
        fetch_dest;
    struct head_room rooms[HEAD_FIELDS]; /* in the order of the fields */
};

/* Other fields are passed over. DM_E_NOMEM. */
DM_MUST_USE enum dm_code head_add(struct head *head, struct dm_str name,
                                  struct dm_str value, struct arena *arena,
                                  struct dm_error *err);

/* PROBLEM_HEADERS_TOO_LARGE: `most` bytes leave no room for a reply's head. */
DM_MUST_USE enum dm_code head_check_size(const struct head *head, size_t most,
                                         struct dm_error *err);

/* PROBLEM_MALFORMED_REQUEST: the connection is of no more use afterwards. */
DM_MUST_USE enum dm_code head_check(const struct head *head, struct dm_error *err);

/* Overwrites it where it came in: that memory is the connection's, and kept. */
void head_forget_authorization(struct head *head);

/* PROBLEM_BODY_TOO_LARGE when a longer body is announced: likewise. */
DM_MUST_USE enum dm_code head_check_length(const struct head *head, size_t max,
                                           struct dm_error *err);

#endif
