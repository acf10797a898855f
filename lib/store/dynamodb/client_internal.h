/* The inside of a client, for its own files. */
#ifndef DYNAMOD_STORE_DYNAMODB_CLIENT_INTERNAL_H
#define DYNAMOD_STORE_DYNAMODB_CLIENT_INTERNAL_H

#include "aws/cred_chain.h"
#include "aws/profile.h"
#include "aws/sigv4.h"
#include "net/retry.h"
#include "store/dynamodb/client.h"

struct client {
    struct dm_loop *loop;
    struct client_options options;
    struct profiles *profiles;
    struct endpoint endpoint;
    struct cred_chain *credentials;
    struct sigv4 *signer;
    struct http_client *http;
    struct retry_policy retry;
    struct breaker breaker;
    struct dm_error down; /* while the breaker is not closed: why */
    struct loop_task drop;
    struct client_stats stats;
    struct table_capacity *capacity;
    size_t capacity_count; /* of tables */
    int64_t skew_ms;       /* what our clock is behind DynamoDB's */
};

struct client_call {
    struct client *client;
    struct client_request request;
    client_done_fn done;
    void *ctx;
    unsigned attempt;    /* 1 for the first */
    unsigned retry_cost; /* tokens that the last retry took */
    uint64_t generation; /* of the credentials that signed the last attempt */
    int64_t signed_ms;   /* and the time, as DynamoDB's clock has it */
    bool credentials_retried, clock_retried;
    struct http_call *http;
    struct cred_waiter waiter;
    struct loop_timer deadline, backoff;
};

/* Ends the call: its callback. */
void client_finish(struct client_call *call, enum dm_code code, struct dm_str reply,
                   const struct dm_error *err);
void client_fail(struct client_call *call, const struct dm_error *err);

/* The next attempt, now; or the call fails. A loop_fn. */
void client_start_again(void *call);

/* http_done_fn: what becomes of a reply. client_reply.c */
void client_on_reply(enum http_failure failure, const struct http_reply *reply,
                     const struct dm_error *err, void *ctx);

#endif
