/* A libcurl multi handle whose sockets and timer are on a loop. */
#ifndef DYNAMOD_NET_HTTP_MULTI_H
#define DYNAMOD_NET_HTTP_MULTI_H

#include <curl/curl.h>

#include "net/loop.h"

enum { HTTP_SOCKET_BUCKETS = 64 };

/* Embedded; does not move. */
struct http_multi {
    CURLM *curl;                                      /* NULL: no connection is kept */
    struct http_socket *sockets[HTTP_SOCKET_BUCKETS]; /* by descriptor */
    struct dm_loop *loop;
    struct loop_timer timer;
    struct loop_task task;
    loop_fn progressed; /* something may have ended; may free the multi */
    void *ctx;
};

/* Handles that are added have a struct http_transfer as CURLINFO_PRIVATE, and
 * http_multi_close_socket as CURLOPT_CLOSESOCKETFUNCTION with the multi as its data. */
DM_MUST_USE enum dm_code http_multi_init(struct http_multi *multi, struct dm_loop *loop,
                                         unsigned max_connections, loop_fn progressed,
                                         void *ctx, struct dm_error *err);
/* Remove the handles first. Closes all connections; zeroed or done, it is nothing. */
void http_multi_done(struct http_multi *multi);

DM_MUST_USE enum dm_code http_multi_add(struct http_multi *multi, CURL *easy,
                                        struct dm_error *err);

/* Closes the handle's connection unless its transfer has ended. */
void http_multi_remove(struct http_multi *multi, CURL *easy);

/* Closes one of libcurl's descriptors: a curl_closesocket_callback. */
int http_multi_close_socket(void *multi, curl_socket_t fd);

/* The next handle whose transfer has ended, and how; remove it. False: no more. */
bool http_multi_next(struct http_multi *multi, CURL **ret_easy, CURLcode *ret_code);

#endif
