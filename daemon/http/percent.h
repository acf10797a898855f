/* Percent-encoding (RFC 3986 section 2.1), as targets and forms have it. */
#ifndef DYNAMOD_DAEMON_HTTP_PERCENT_H
#define DYNAMOD_DAEMON_HTTP_PERCENT_H

#include "base/arena.h"
#include "base/buf.h"

/* What is decoded. */
struct percent_text {
    unsigned problem; /* one of enum problem: what a mistake in it is */
    const char *what; /* "path" */
    bool plus_is_space;
};

/* Terminated, valid UTF-8, in the arena. The text's problem: a byte that must be encoded
 * and is not, a broken encoding, not UTF-8. Bytes past ASCII stand for themselves. */
DM_MUST_USE enum dm_code percent_decode(const struct percent_text *kind,
                                        struct dm_str encoded, struct arena *arena,
                                        struct dm_str *ret_text, struct dm_error *err);

/* Appends a text, all but the unreserved characters (section 2.3) encoded. */
void percent_encode(struct dm_str text, struct dm_buf *out);

/* Appends what is encoded already; the bytes in it that stand in no URI are encoded. */
void percent_mend(struct dm_str encoded, struct dm_buf *out);

#endif
