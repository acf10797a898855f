/* A connection of a pool: made by libcurl, it carries one call after another. */
#ifndef DYNAMOD_NET_HTTP_CONNECTION_H
#define DYNAMOD_NET_HTTP_CONNECTION_H

#include "net/http_call.h"
#include "net/http_dial.h"
#include "net/http_wire.h"

struct http_pool;

struct http_connection {
    struct http_pool *pool;
    struct http_connection *newer, *older; /* among the idle */
    int64_t idle_since_ms;
    struct http_url *url; /* of its first call: the origin is what counts */
    struct http_dial dial;
    CURL *easy;            /* NULL once a connection without TLS stands */
    struct http_wire wire; /* once it stands */
    struct loop_watch *watch;
    struct http_call *call; /* NULL: idle */
    bool is_used;           /* it has carried a call before */
    bool is_fit;            /* to carry another: its call has ended well */
};

/* Begins to connect, for that call. */
DM_MUST_USE enum dm_code http_connection_new(struct http_pool *pool,
                                             struct http_call *call,
                                             struct dm_error *err);
/* Closes it. */
void http_connection_free(struct http_connection *connection);

/* libcurl has connected, or not. The call may end. */
void http_connection_made(struct http_connection *connection, CURLcode code);

/* Sends the call's request. False: it was used before and has broken off since, and no
 * byte has left. */
bool http_connection_send(struct http_connection *connection, struct http_call *call);

/* Why it could not be made. */
const char *http_connection_problem(const struct http_connection *connection);

#endif
