/*
 * The request target (RFC 9112 section 3.2), split and decoded.
 *
 * The raw path is split on `/` first; each segment is percent-decoded afterwards, so that
 * `%2F` and `%00` are part of a key. The query is split on `&`, each name and value
 * decoded, `+` being a space as HTML forms have it.
 */
#ifndef DYNAMOD_DAEMON_HTTP_TARGET_H
#define DYNAMOD_DAEMON_HTTP_TARGET_H

#include "daemon/http/parameters.h"

enum { TARGET_MAX = 16 * 1024, TARGET_MAX_SEGMENTS = 8 };

/* Texts are decoded, terminated, valid UTF-8; they live in the arena. */
struct target {
    struct dm_str segments[TARGET_MAX_SEGMENTS];
    size_t segment_count; /* "/" has none */
    struct parameter_list parameters;
};

/* PROBLEM_INVALID_PATH, PROBLEM_INVALID_QUERY, PROBLEM_TARGET_TOO_LONG. */
DM_MUST_USE enum dm_code target_parse(struct dm_str raw, struct arena *arena,
                                      struct target *ret_target, struct dm_error *err);

/* An absolute-form's authority; ptr NULL where the target is none. */
struct dm_str target_authority(struct dm_str raw);

/* The raw path without the query, every byte that is not visible ASCII percent-encoded.
 * ptr NULL out of memory. */
struct dm_str target_path(struct dm_str raw, struct arena *arena);

/* How long the query is without `after`. */
size_t target_query_length(struct dm_str raw);

/* The same path and query with `after` as given: where the next page is.
 * PROBLEM_TARGET_TOO_LONG when that would be. */
DM_MUST_USE enum dm_code target_next(struct dm_str raw, struct dm_str after,
                                     struct arena *arena, struct dm_str *ret_next,
                                     struct dm_error *err);

/* PROBLEM_TARGET_TOO_LONG of a page, with what to do instead. */
enum dm_code target_too_long(struct dm_error *err, const char *why);

#endif
