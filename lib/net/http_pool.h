/* A client's connections: those at work, and the idle ones, of which the last used is the
 * first to be used again. */
#ifndef DYNAMOD_NET_HTTP_POOL_H
#define DYNAMOD_NET_HTTP_POOL_H

#include "net/http_connection.h"

enum {
    HTTP_IDLE_MS = 20 * 1000, /* a connection is kept no longer; peers close it after 30 s
                                 and more */
    HTTP_INPUT_SIZE = 64 * 1024
};

/* Embedded; does not move. */
struct http_pool {
    struct dm_loop *loop;
    const struct http_options *options;
    CURLSH *share; /* TLS sessions: they outlive connections */
    struct http_multi multi;
    char *input; /* what is being read */
    unsigned count;
    struct http_connection *newest, *oldest; /* idle */
    struct loop_timer idle_timer;
};

/* A connection was made, or not: http_pool_progress is due. ctx is the function's. */
DM_MUST_USE enum dm_code http_pool_init(struct http_pool *pool, struct dm_loop *loop,
                                        const struct http_options *options,
                                        loop_fn progressed, void *ctx,
                                        struct dm_error *err);
/* Once no call has a connection. Zeroed, it is nothing. */
void http_pool_done(struct http_pool *pool);

/* Calls may end, the client be freed: false when there is no more to do. */
bool http_pool_progress(struct http_pool *pool);

/* Sends the call on an idle connection, or begins to make one for it. */
DM_MUST_USE enum dm_code http_pool_send(struct http_pool *pool, struct http_call *call,
                                        struct dm_error *err);

/* The call leaves its connection, which is kept if it is fit for another. */
void http_pool_leave(struct http_pool *pool, struct http_call *call);

/* Something happened on an idle connection: as a rule the peer has closed it. */
void http_pool_check(struct http_pool *pool, struct http_connection *connection);

#endif
