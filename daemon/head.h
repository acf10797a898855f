/*
 * The request's header fields that matter here, and whether they frame the request in
 * exactly one way (RFC 9112 sections 3.2 and 6): a proxy in front must not read another.
 */
#ifndef DYNAMOD_DAEMON_HEAD_H
#define DYNAMOD_DAEMON_HEAD_H

#include "base/arena.h"

/* A body is read past up to this, to be refused in peace. */
enum { BODY_MAX = 256 * 1024 };

/* A field: how often it came, and its value; several of Accept are joined by commas. */
struct head_field {
    unsigned count;
    struct dm_str value;
};

/* Zero it, then add. Values are lent by whoever adds them. */
struct head {
    bool is_http_1_0;
    struct head_field host, content_length, transfer_encoding, accept, request_id;
};

/* Other fields are passed over. DM_E_NOMEM. */
DM_MUST_USE enum dm_code head_add(struct head *head, struct dm_str name,
                                  struct dm_str value, struct arena *arena,
                                  struct dm_error *err);

/* PROBLEM_MALFORMED_REQUEST, or PROBLEM_BODY_TOO_LARGE: the connection is of no more use
 * after either. */
DM_MUST_USE enum dm_code head_check(const struct head *head, struct dm_error *err);

#endif
