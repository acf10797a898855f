/*
 * The request target (RFC 9112 section 3.2), split and decoded.
 *
 * The raw path is split on `/` first; each segment is percent-decoded afterwards, so that
 * `%2F` and `%00` are part of a key. The query is split on `&`, each name and value
 * decoded, `+` being a space as HTML forms have it.
 */
#ifndef DYNAMOD_DAEMON_TARGET_H
#define DYNAMOD_DAEMON_TARGET_H

#include "base/arena.h"

enum { TARGET_MAX = 16 * 1024, TARGET_MAX_SEGMENTS = 8, TARGET_MAX_PARAMETERS = 32 };

struct target_parameter {
    struct dm_str name, value;
};

/* Texts are decoded, terminated, valid UTF-8; they live in the arena. */
struct target {
    struct dm_str segments[TARGET_MAX_SEGMENTS];
    size_t segment_count; /* "/" has none */
    struct target_parameter parameters[TARGET_MAX_PARAMETERS];
    size_t parameter_count;
};

/* PROBLEM_INVALID_PATH, PROBLEM_INVALID_QUERY, PROBLEM_TARGET_TOO_LONG. */
DM_MUST_USE enum dm_code target_parse(struct dm_str raw, struct arena *arena,
                                      struct target *ret_target, struct dm_error *err);

/* The raw path without the query, every byte that is not visible ASCII percent-encoded.
 * ptr NULL out of memory. */
struct dm_str target_path(struct dm_str raw, struct arena *arena);

/* The parameter's value, or {NULL, 0}. */
struct dm_str target_parameter(const struct target *target, const char *name);

/* PROBLEM_UNKNOWN_PARAMETER, PROBLEM_DUPLICATE_PARAMETER. `known` ends with NULL. */
DM_MUST_USE enum dm_code target_check_parameters(const struct target *target,
                                                 const char *const *known,
                                                 struct dm_error *err);

#endif
