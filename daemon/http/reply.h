/* The reply to an exchange: made by reply_*, sent by reply_send. */
#ifndef DYNAMOD_DAEMON_HTTP_REPLY_H
#define DYNAMOD_DAEMON_HTTP_REPLY_H

#include <jansson.h>

#include "base/buf.h"
#include "model/etag.h"

struct exchange;
struct kept_reply;

/* The largest body but a page's: an item of 400 KB, each byte of it escaped or typed, and
 * lists. */
enum { REPLY_MAX = 8 * 1024 * 1024 };

/* Embedded in its exchange. */
struct reply {
    unsigned status;          /* 0: none yet */
    const char *problem;      /* static; NULL: it is none */
    size_t sent_bytes;        /* of the body, once it is handed over */
    const char *content_type; /* static; NULL: no such header */
    struct kept_reply *kept;  /* NULL, or it is sent in place of the body */
    struct dm_buf body;       /* not sent with 304, which tells its length */
    struct etag etag;         /* text empty: no such header */
    const char *link;         /* the arena's; NULL: no such header */
    const char *location;     /* likewise */
    const char *challenge;    /* static: WWW-Authenticate; NULL: no such header */
    bool returned;            /* as Prefer's `return` asks */
    unsigned allow;           /* methods, for Allow; 0: no such header */
    unsigned retry_after_s;   /* 0: no such header */
    const char *policy; /* the arena's: Content-Security-Policy of a page; NULL: none */
    bool close;         /* the connection ends with this reply */
};

void reply_init(struct reply *reply);
void reply_done(struct reply *reply);

/* Of the body. */
size_t reply_len(const struct reply *reply);

/* The problem, logged when it is the server's (5xx). */
void reply_problem(struct exchange *exchange, const struct dm_error *err);

/* A transaction was cancelled; the reasons are an array of one an entry, which it frees;
 * NULL is DM_E_NOMEM. */
void reply_cancelled(struct exchange *exchange, const struct dm_error *err,
                     json_t *reasons);

/* The item, in the representation asked for, or its raw value. */
void reply_item(struct exchange *exchange, const struct dm_item *item);

/* The item's entity tag, in the representation asked for. */
DM_MUST_USE enum dm_code reply_tag(struct exchange *exchange, const struct dm_item *item,
                                   struct dm_error *err);

/* The item as the body, likewise; the status is for others. */
DM_MUST_USE enum dm_code reply_write_item(struct exchange *exchange,
                                          const struct dm_item *item,
                                          struct dm_error *err);

/* The document, which it frees; NULL is DM_E_NOMEM. */
DM_MUST_USE enum dm_code reply_document(struct exchange *exchange, json_t *document,
                                        struct dm_error *err);

/* The body, plain JSON, is there: 200; or it does not fit. */
DM_MUST_USE enum dm_code reply_finish(struct exchange *exchange, struct dm_error *err);

/* The operation and its request, which is JSON. */
DM_MUST_USE enum dm_code reply_explained(struct exchange *exchange, const char *operation,
                                         struct dm_str request, struct dm_error *err);

/* The body is there, and has this entity tag: 200; or 304, or a problem, where the
 * request's preconditions say so. */
void reply_tagged(struct exchange *exchange, const struct etag *etag,
                  const char *content_type);

/* 204 with Allow. */
enum dm_code reply_options(struct exchange *exchange);

/* Hands the reply to its connection. False: it could not, the connection is to end. */
bool reply_send(struct exchange *exchange);

#endif
