/*
 * A reply of HTTP/1.1 as its bytes come in (RFC 9112 section 6). Pure: it knows of no
 * connection. However the bytes are split, the result is the same.
 */
#ifndef DYNAMOD_NET_HTTP_RESPONSE_H
#define DYNAMOD_NET_HTTP_RESPONSE_H

#include "base/buf.h"

enum {
    RESPONSE_HEAD_MAX = 64 * 1024, /* of all heads and trailers of a reply together */
    RESPONSE_INTERIM_MAX = 16,     /* heads of 1xx before the one that counts */
    RESPONSE_CHUNK_LINE_MAX = 4096 /* a chunk's size and extensions */
};

enum response_progress {
    RESPONSE_MORE,
    RESPONSE_WHOLE,
    RESPONSE_NOT_HTTP,
    RESPONSE_HEAD_TOO_LARGE,
    RESPONSE_TOO_LARGE,
    RESPONSE_NO_MEMORY
};

enum response_part {
    RESPONSE_HEAD,
    RESPONSE_BODY_OF_LENGTH,
    RESPONSE_BODY_UNTIL_CLOSE,
    RESPONSE_CHUNK_SIZE, /* from here on: a body in chunks */
    RESPONSE_CHUNK_BLANK,
    RESPONSE_CHUNK_EXTENSION,
    RESPONSE_CHUNK_SIZE_END,
    RESPONSE_CHUNK_DATA,
    RESPONSE_CHUNK_DATA_CR,
    RESPONSE_CHUNK_DATA_LF,
    RESPONSE_TRAILER_START,
    RESPONSE_TRAILER,
    RESPONSE_TRAILER_END,
    RESPONSE_LAST_LF,
    RESPONSE_END
};

/* Embedded; read what is above `part`. */
struct response {
    unsigned status;
    bool keeps_alive;   /* by what it says: the connection serves another request */
    struct dm_buf head; /* status line and fields, each with its CRLF */
    struct dm_buf body;

    enum response_part part;
    enum response_progress progress;
    bool is_to_head; /* the reply to a HEAD has no body */
    bool is_http_1_0;
    bool has_length, is_chunked;
    bool says_close, says_keep_alive;
    size_t max_body;
    size_t left;       /* of the body, or of a chunk; Content-Length until then */
    size_t line;       /* where the head's last line begins */
    size_t seen;       /* bytes of heads and trailers */
    size_t chunk_line; /* bytes of it so far */
    unsigned digits;   /* of a chunk's size, so far */
    unsigned interims;
};

/* Once, before the first use. response_done frees its memory. */
void response_init(struct response *response);
void response_done(struct response *response);

/* Makes it ready for the next one; memory is kept. */
void response_begin(struct response *response, bool is_to_head, size_t max_body);

/* Takes what belongs to the reply: fewer than all bytes only when it ended. */
enum response_progress response_feed(struct response *response, const char *bytes,
                                     size_t len, size_t *ret_used);

/* The connection ended: whether that was the reply's end. Then it is RESPONSE_WHOLE. */
bool response_closed(struct response *response);

/* Whether nothing of it has come yet. */
bool response_is_missing(const struct response *response);

/* Its first field of that name, or {NULL, 0}. */
struct dm_str response_field(const struct response *response, struct dm_str name);

/* --- the parts, for each other --- */

/* One line without its CRLF; the first is the status line. */
enum response_progress response_read_line(struct response *response, struct dm_str line);

/* The head is whole: what comes next. */
enum response_progress response_read_framing(struct response *response);

/* As response_feed, of a body in chunks. */
size_t response_read_chunks(struct response *response, const char *bytes, size_t len);

/* Adds to the body. */
void response_add_body(struct response *response, const char *bytes, size_t len);

#endif
