/*
 * How the lines of a request's head were written. libmicrohttpd reads heads that another
 * server reads otherwise: a bare LF ends a line for it, a folded line has the name of the
 * one before changed, a name may be empty or end with a space, and a NUL cuts off what
 * follows. RFC 9112 sections 2.2, 3 and 5 have all of them refused. What it hands out
 * lies in the bytes as they came, with NULs for what it cut out: so each field has to
 * begin where the one before it, a CR and a LF end.
 *
 * One thing cannot be seen: a NUL right before a bare LF leaves what CR LF leaves. It
 * takes somebody in front who passes on both inside of a field to make use of it.
 */
#ifndef DYNAMOD_DAEMON_HTTP_HEAD_LINES_H
#define DYNAMOD_DAEMON_HTTP_HEAD_LINES_H

#include "base/macros.h"

/* Zeroed, nothing is known of the lines, and all are taken to be well. */
struct head_lines {
    const char *next, *end; /* of the next field, and of the head */
    const char *fault;      /* the first, in words, static; NULL: none */
};

/* The request line, as it was cut: the head's bytes begin with the method. */
struct request_line {
    const char *method, *target_at, *version; /* terminated */
    size_t target_len;
    struct dm_str target; /* a copy, as it came; of one that is too long its beginning */
};
void head_lines_begin(struct head_lines *lines, const struct request_line *line,
                      size_t head_size);

/* The next field. */
void head_lines_add(struct head_lines *lines, struct dm_str name, struct dm_str value);

/* After the last: what is wrong with them, in words, or NULL. Static. */
const char *head_lines_fault(const struct head_lines *lines);

#endif
