/*
 * One DynamoDB endpoint as one app uses it: credentials, signatures, connections and
 * retries. Operations are JSON in and out; what they mean is for others.
 */
#ifndef DYNAMOD_STORE_DYNAMODB_CLIENT_H
#define DYNAMOD_STORE_DYNAMODB_CLIENT_H

#include <stdint.h>

#include "aws/endpoint.h"
#include "base/arena.h"
#include "net/http.h"
#include "net/loop.h"
#include "store/dynamodb/client_stats.h"

/* DynamoDB's largest request and reply (BatchGetItem, Query: 16 MB and what JSON adds).
 */
enum { CLIENT_REPLY_MAX = 17 * 1024 * 1024 };

/* The app's settings. Texts and headers are lent for as long as the client lives; texts
 * are terminated. */
struct client_options {
    struct dm_str region, host; /* len 0: see aws/endpoint.h */
    struct dm_str profile;      /* of AWS's shared files; len 0: the environment's */
    struct dm_str ca_bundle;    /* PEM file; len 0: see aws/endpoint.h */
    struct dm_str proxy;        /* "http://name:port"; len 0: none */
    struct dm_str unix_socket;  /* path of an upstream on this machine; len 0: none */
    enum endpoint_flag use_fips, use_dualstack;
    struct dm_str access_key_id, secret_access_key, session_token;
    struct cred_share *share; /* with the app's clients on other threads; NULL: none */
    const struct http_header *extra_headers;
    size_t extra_header_count;
    unsigned connect_timeout_ms, read_timeout_ms;
    unsigned base_backoff_ms, max_retry_attempts;
    unsigned max_pool_connections;
    unsigned max_queue;      /* requests that wait for one of them; 0: 256 for each */
    bool compressed_replies; /* ask for gzip; where it comes unasked it is read too */
};

/* How many requests may wait, whether it is set or not. */
unsigned client_max_queue(const struct client_options *options);

struct client;
struct cred_chain;

/* Where these options lead: what a client will use. */
DM_MUST_USE enum dm_code client_endpoint(const struct client_options *options,
                                         const struct environment *environment,
                                         struct profiles *profiles,
                                         struct endpoint *ret_endpoint,
                                         struct dm_error *err);

DM_MUST_USE enum dm_code client_new(struct dm_loop *loop,
                                    const struct environment *environment,
                                    const struct client_options *options,
                                    struct client **ret_client, struct dm_error *err);

/* Cancel its calls first. */
void client_free(struct client *client);
DM_AUTO_DEFINE(client, client_free)

/* Everything it points at lives until the call is done or cancelled. */
struct client_request {
    const char *operation;     /* "GetItem" */
    struct dm_str body;        /* JSON */
    struct dm_str traceparent; /* not signed; len 0: none */
    size_t max_reply;
    int64_t deadline_ms; /* on loop_now_ms's clock: retries included */
    struct arena *arena; /* the call lives in it */
    bool error_reply;    /* the body of an error is wanted too */
    bool once; /* not sent again where DynamoDB may have executed it already: a lost
                  connection, no answer, a damaged reply, its own failure. By default it
                  is, as AWS's SDKs do: a conditional write may then fail on itself. */
};

struct client_call;

/* Exactly once, from the loop. reply: the 200's body, or that of DynamoDB's error when it
 * was wanted; else empty. Both are lent until return. */
typedef void (*client_done_fn)(enum dm_code code, struct dm_str reply,
                               const struct dm_error *err, void *ctx);

/* DM_E_UNAVAILABLE while the endpoint is plainly down, DM_E_OVERLOADED when too many
 * wait. */
DM_MUST_USE enum dm_code client_send(struct client *client,
                                     const struct client_request *request,
                                     client_done_fn done, void *ctx,
                                     struct client_call **ret_call, struct dm_error *err);
void client_cancel(struct client_call *call);

/* From any thread, while the client lives. */
void client_read_figures(const struct client *client, struct client_figures *ret_figures);

/* DynamoDB said what it charged. On its loop alone, and so is reading it: each table
 * once, lent as long as the client lives. */
DM_MUST_USE enum dm_code client_count_capacity(struct client *client, struct dm_str table,
                                               double units, struct dm_error *err);
const struct table_capacity *client_capacity(const struct client *client);

/* For readiness: the chain that the client loads. On its loop alone. */
struct cred_chain *client_credentials(const struct client *client);

#endif
