/*
 * An HTTP/1.1 client to one endpoint: a pool of connections of its own, which libcurl
 * makes, driven by a loop, with a queue for what waits for a connection.
 */
#ifndef DYNAMOD_NET_HTTP_H
#define DYNAMOD_NET_HTTP_H

#include "base/macros.h"
#include "net/loop.h"

struct http_client;
struct http_call;
struct sockaddr;

/* Whether a connection may be made to that address, asked of each that a name has. */
typedef bool (*http_address_fn)(const struct sockaddr *address);

/* Ceilings are of this client alone. */
struct http_options {
    unsigned connect_timeout_ms; /* name, TCP and TLS together, from the time a connection
                                    is ours */
    unsigned read_timeout_ms; /* from the request's start on a connection to the reply's
                                 end */
    unsigned max_connections; /* at least 1 */
    unsigned max_queue;  /* requests that wait for a connection; one more is refused */
    const char *ca_file; /* PEM of the authorities to trust; NULL: the system's. Copied */
    const char *proxy;   /* "http://name:port"; a tunnel for https. NULL: none. Copied */
    const char *unix_socket; /* path to connect to, whatever the URL says. NULL: none.
                                Copied */
    http_address_fn allow_address; /* NULL: all are */
    bool is_secret; /* replies hold keys: none is left in memory that is freed */
};

struct http_header {
    struct dm_str name;
    struct dm_str value;
};

/* All of it is copied before http_send returns, but the body: the caller keeps it alive
 * until done is called or the call is cancelled. */
struct http_request {
    const char *method;                /* "POST" */
    const char *url;                   /* http or https */
    const struct http_header *headers; /* sent in this order, as they are but
 for blanks at a value's ends; up to 64 KB */
    size_t header_count;
    struct dm_str body; /* ptr NULL: none, not even a Content-Length */
    size_t max_reply;   /* bytes of body; a longer one is DM_E_UPSTREAM */
};

/* Lent until the callback returns. */
struct http_reply {
    unsigned status;
    struct dm_str body;
    struct http_call *call; /* for http_reply_header */
};

/* How far a request came, for whoever must decide whether it may be sent again. */
enum http_failure {
    HTTP_ANSWERED,  /* reply is there */
    HTTP_NOT_SENT,  /* no connection: DNS, refused, TLS, connect timeout; no memory */
    HTTP_LOST,      /* broke off after sending began: it is never sent again from here */
    HTTP_TIMED_OUT, /* read timeout */
    HTTP_BAD_REPLY  /* not HTTP, or larger than max_reply */
};

/*
 * Exactly once, from the loop, never before http_send returned. reply is NULL unless
 * failure is HTTP_ANSWERED; then err is empty. Else err's code is DM_E_TIMEOUT after
 * either timeout, DM_E_UPSTREAM, DM_E_INVALID (no URL) or DM_E_NOMEM. It may send, cancel
 * other calls, and free the client.
 */
typedef void (*http_done_fn)(enum http_failure failure, const struct http_reply *reply,
                             const struct dm_error *err, void *ctx);

DM_MUST_USE enum dm_code http_client_new(struct dm_loop *loop,
                                         const struct http_options *options,
                                         struct http_client **ret_client,
                                         struct dm_error *err);

/* Calls still under way are dropped without a callback. */
void http_client_free(struct http_client *client);
DM_AUTO_DEFINE(http_client, http_client_free)

/*
 * DM_E_OVERLOADED when the queue is full; DM_E_INVALID for a header that HTTP does not
 * allow. *ret_call (ret_call may be NULL) is valid until done begins. Beyond the headers
 * given, the request has Host, User-Agent and Content-Length, each unless given.
 */
DM_MUST_USE enum dm_code http_send(struct http_client *client,
                                   const struct http_request *request, http_done_fn done,
                                   void *ctx, struct http_call **ret_call,
                                   struct dm_error *err);

/* Ends those that wait for a connection just now: HTTP_NOT_SENT and that error. */
void http_drop_waiting(struct http_client *client, const struct dm_error *why);

/* How many requests wait for a connection, and how many have one. From any thread. */
struct http_load {
    uint64_t waiting, active;
};
struct http_load http_client_load(const struct http_client *client);

/* The callback, which has not begun, will not come. The connection is closed unless the
 * request still waits. NULL is nothing. */
void http_cancel(struct http_call *call);

/* The reply's header, the first of that name, or {NULL, 0}. Lent as the reply is.
 */
struct dm_str http_reply_header(const struct http_reply *reply, const char *name);

/* Its Date (RFC 9110 section 5.6.7), since 1970; false when there is none. */
bool http_reply_date_ms(const struct http_reply *reply, int64_t *ret_ms);

/* Where the system's authorities are, a PEM file; NULL: not in a file. Static. */
const char *http_system_ca_file(void);

/* What it took, from when a connection was ours. */
int64_t http_reply_time_us(const struct http_reply *reply);

#endif
