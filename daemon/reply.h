/* The reply to an exchange: made by reply_*, sent by reply_send. */
#ifndef DYNAMOD_DAEMON_REPLY_H
#define DYNAMOD_DAEMON_REPLY_H

#include <jansson.h>

#include "base/buf.h"

struct exchange;

/* The largest body: an item of 400 KB, each byte of it escaped or typed, and lists. */
enum { REPLY_MAX = 8 * 1024 * 1024 };

/* Embedded in its exchange. */
struct reply {
    unsigned status;          /* 0: none yet */
    const char *content_type; /* static; NULL: no body */
    struct dm_buf body;
    unsigned allow;         /* methods, for Allow; 0: no such header */
    unsigned retry_after_s; /* 0: no such header */
    bool close;             /* the connection ends with this reply */
};

void reply_init(struct reply *reply);
void reply_done(struct reply *reply);

/* The problem, logged when it is the server's (5xx). */
void reply_problem(struct exchange *exchange, const struct dm_error *err);

/* The item, in the representation asked for. */
void reply_item(struct exchange *exchange, const struct dm_item *item);

/* The document, which it frees; NULL is DM_E_NOMEM. */
DM_MUST_USE enum dm_code reply_document(struct exchange *exchange, json_t *document,
                                        struct dm_error *err);

/* 204 with Allow. */
enum dm_code reply_options(struct exchange *exchange);

/* Hands the reply to its connection. False: it could not, the connection is to end. */
bool reply_send(struct exchange *exchange);

#endif
