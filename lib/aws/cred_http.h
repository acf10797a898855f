/*
 * Questions over HTTP to a service that hands out credentials: one at a time, tried again
 * after what may pass. Embedded in a provider.
 */
#ifndef DYNAMOD_AWS_CRED_HTTP_H
#define DYNAMOD_AWS_CRED_HTTP_H

#include "net/http.h"

enum {
    CRED_HTTP_PAUSE_MS = 200
}; /* before the second try; twice that before the third */

/* As http_done_fn, but that err says "SOURCE: …" and is DM_E_CREDENTIALS or DM_E_NOMEM.
 */
typedef void (*cred_http_fn)(enum http_failure failure, const struct http_reply *reply,
                             const struct dm_error *err, void *ctx);

/* Zero it, and set the first four. */
struct cred_http {
    struct dm_loop *loop;
    const char *source;      /* static: the provider's name, for errors */
    unsigned tries;          /* of each question */
    unsigned timeout_ms;     /* of each try: to connect, and then to answer */
    const char *ca_file;     /* lent; NULL: the system's */
    http_address_fn allowed; /* NULL: any address is */

    struct http_client *client; /* between the first question and cred_http_end */
    struct http_request request;
    cred_http_fn done;
    void *ctx;
    unsigned tried;
    struct loop_timer again;
};

/* Calls done once, inside the call or later: http may be freed by it. What the request
 * points at lives until then. */
void cred_http_ask(struct cred_http *http, const struct http_request *request,
                   cred_http_fn done, void *ctx);

/* After the last question, or to give up: closes the connection. A reply at hand stays
 * until its callback returns. */
void cred_http_end(struct cred_http *http);

/* DM_E_CREDENTIALS, "SOURCE: answered STATUS", unless it is 200. */
DM_MUST_USE enum dm_code cred_http_check(const char *source,
                                         const struct http_reply *reply,
                                         struct dm_error *err);

#endif
