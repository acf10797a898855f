/* A line of the access log: the Common Log Format, JSON, or a format string's. Pure. */
#ifndef DYNAMOD_DAEMON_LOG_ACCESS_FORMAT_H
#define DYNAMOD_DAEMON_LOG_ACCESS_FORMAT_H

#include <stdint.h>

#include "base/arena.h"

/* A request that has ended. Texts are as they came: what is written of them is escaped.
 * Those that there are not are empty. */
struct access_record {
    int64_t wall_ms; /* its end */
    struct dm_str remote_addr, method, target, protocol, request_id;
    struct dm_str app, model, operation, problem, principal;
    unsigned status; /* 0: the client left before there was one */
    uint64_t body_bytes;
    int64_t total_us;
    uint64_t upstream_us;
};

/* Longer lines are cut; in JSON, the texts in them are. */
enum { ACCESS_LINE_MAX = 16 * 1024 };

struct access_format;

/* "common", "json", or text with $variables: ${app} too, and $$ for a dollar. Lives in
 * the arena. DM_E_CONFIG: it is none; the message says what is expected. */
DM_MUST_USE enum dm_code access_format_parse(struct dm_str text, struct arena *arena,
                                             const struct access_format **ret_format,
                                             struct dm_error *err);

/* The line, its newline included; returns its length. */
size_t access_format_write(const struct access_format *format,
                           const struct access_record *record,
                           char text[ACCESS_LINE_MAX]);

#endif
