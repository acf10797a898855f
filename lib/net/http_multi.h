/* A libcurl multi handle whose sockets and timer are on a loop. It only connects. */
#ifndef DYNAMOD_NET_HTTP_MULTI_H
#define DYNAMOD_NET_HTTP_MULTI_H

#include <curl/curl.h>

#include "net/loop.h"

enum { HTTP_SOCKET_BUCKETS = 64 };

/* A handle that is added has its owner as CURLINFO_PRIVATE, and http_multi_close_socket
 * as CURLOPT_CLOSESOCKETFUNCTION with the multi as its data. */
struct http_multi {
    CURLM *curl;                                      /* NULL: none was needed yet */
    struct http_socket *sockets[HTTP_SOCKET_BUCKETS]; /* by descriptor */
    struct dm_loop *loop;
    struct loop_timer timer;
    struct loop_task task;
    curl_socket_t taken; /* not to be closed, or CURL_SOCKET_BAD */
    loop_fn progressed;  /* something may have ended; may free the multi */
    void (*starved)(
        void *owner,
        struct dm_loop *loop); /* no memory to go on with; from inside libcurl */
    void *ctx;
};

/* Embedded; does not move. */
DM_MUST_USE enum dm_code http_multi_init(
    struct http_multi *multi, struct dm_loop *loop, loop_fn progressed,
    void (*starved)(void *owner, struct dm_loop *loop), void *ctx, struct dm_error *err);
/* Remove the handles first. Zeroed or done, it is nothing. */
void http_multi_done(struct http_multi *multi);

DM_MUST_USE enum dm_code http_multi_add(struct http_multi *multi, CURL *easy,
                                        struct dm_error *err);

/* Closes the handle's connection. */
void http_multi_remove(struct http_multi *multi, CURL *easy);

/* As http_multi_remove, but the connection's descriptor is the caller's from now on. */
curl_socket_t http_multi_take(struct http_multi *multi, CURL *easy);

/* Closes one of libcurl's descriptors: a curl_closesocket_callback. */
int http_multi_close_socket(void *multi, curl_socket_t fd);

/* The owner of the next handle that has ended, and how; false: no more. */
bool http_multi_next(struct http_multi *multi, void *ret_owner, CURLcode *ret_code);

#endif
