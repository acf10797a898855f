/* One request on its way through a client, and its reply. Used again for the next. */
#ifndef DYNAMOD_NET_HTTP_CALL_H
#define DYNAMOD_NET_HTTP_CALL_H

#include "net/http.h"
#include "net/http_response.h"
#include "net/http_url.h"

struct http_connection;

/* The call must end, for that reason; CURLE_OK: its reply is there. From the loop. */
typedef void (*http_ended_fn)(struct http_call *call, CURLcode reason);

struct http_call {
    struct http_client *client;
    struct http_call *next, **link; /* among those that wait, or those under way */
    http_ended_fn ended;
    http_done_fn done;
    void *ctx;

    struct http_url *url; /* NULL: it is none, of this problem */
    CURLcode url_problem;
    struct dm_buf
        head; /* of the request; a small body behind it, where it is encrypted */
    struct dm_str body; /* what is not there: the caller's */

    struct http_connection *connection; /* NULL while it waits */
    bool is_waiting;
    bool is_secret; /* nothing of its reply stays */
    bool began;     /* the request may have left */
    size_t sent;
    struct response response;
    struct loop_timer read_timer;
    struct loop_task ending;
    CURLcode end_reason;
    int64_t started_us, ended_us;
};

/* NULL out of memory. */
struct http_call *http_call_new(void);
void http_call_free(struct http_call *call);

/* Writes the request into it; url is counted. NULL: the call is to fail, not the caller.
 * DM_E_INVALID for a header that HTTP does not allow. */
DM_MUST_USE enum dm_code http_call_prepare(struct http_call *call,
                                           const struct http_request *request,
                                           struct http_url *url, struct dm_error *err);

/* Forgets request and reply, their secrets too; memory is kept. */
void http_call_reset(struct http_call *call);

/* Posts the end. */
void http_call_end_later(struct http_call *call, struct dm_loop *loop, CURLcode reason);

/* Neither the timer nor a posted end comes any more. */
void http_call_stop(struct http_call *call);

/* How it went: fills reply, or err when it is not HTTP_ANSWERED. */
enum http_failure http_call_result(struct http_call *call, CURLcode reason,
                                   const struct http_options *options,
                                   struct http_reply *reply, struct dm_error *err);

#endif
