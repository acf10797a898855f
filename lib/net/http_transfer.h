/* One libcurl easy handle, kept and used again, with the reply that it gathers. */
#ifndef DYNAMOD_NET_HTTP_TRANSFER_H
#define DYNAMOD_NET_HTTP_TRANSFER_H

#include "base/buf.h"
#include "net/http_call.h"

struct http_multi;
struct http_transfer;

enum { HTTP_IDLE_MS = 20 * 1000 /* a connection is kept no longer */ };

/* From the loop, not from inside libcurl: the transfer must end, for that reason. */
typedef void (*http_abort_fn)(struct http_transfer *transfer, CURLcode reason);

struct http_transfer {
    CURL *easy; /* CURLINFO_PRIVATE is this transfer */
    struct dm_loop *loop;
    const struct http_options *options;
    http_abort_fn abort;
    struct http_call *call;     /* NULL: idle */
    struct http_transfer *next; /* among the idle */
    struct dm_buf reply;
    struct loop_timer read_timer;
    struct loop_task failing;
    bool began;     /* the request is on a connection */
    bool repeated;  /* libcurl was about to send it again */
    bool too_large; /* the reply is */
    bool starved;   /* memory ran out on our side of libcurl */
    bool forbidden; /* an address of the peer is */
};

/* options live as long as the transfer; so does the share, of TLS sessions. The multi is
 * the one that carries it, and lives as long as its connections. */
DM_MUST_USE enum dm_code http_transfer_new(struct dm_loop *loop,
                                           const struct http_options *options,
                                           CURLSH *share, struct http_multi *multi,
                                           http_abort_fn abort,
                                           struct http_transfer **ret_transfer,
                                           struct dm_error *err);
void http_transfer_free(struct http_transfer *transfer);

/* Makes the handle ready to carry the call. */
DM_MUST_USE enum dm_code http_transfer_prepare(struct http_transfer *transfer,
                                               struct http_call *call,
                                               struct dm_error *err);

/* Asks for an abort, out of memory, once libcurl has returned. */
void http_transfer_fail(struct http_transfer *transfer);

/* No abort comes any more; the reply stays. */
void http_transfer_stop(struct http_transfer *transfer);

/* How the stopped transfer went: fills reply, or err when it is not HTTP_ANSWERED. */
enum http_failure http_transfer_result(struct http_transfer *transfer, CURLcode code,
                                       struct http_reply *reply, struct dm_error *err);

/* Forgets call and reply. */
void http_transfer_reset(struct http_transfer *transfer);

#endif
