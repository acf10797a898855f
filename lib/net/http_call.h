/* One request on its way through a client: a copy of what http_send was given. */
#ifndef DYNAMOD_NET_HTTP_CALL_H
#define DYNAMOD_NET_HTTP_CALL_H

#include <curl/curl.h>

#include "base/arena.h"
#include "net/http.h"

struct http_transfer;

struct http_call {
    struct arena arena; /* all of the call, itself included */
    struct http_client *client;
    struct http_call *next, **link; /* among those that wait, or those under way */
    struct http_transfer *transfer; /* NULL while it waits */
    http_done_fn done;
    void *ctx;
    const char *method;
    const char *url;
    struct curl_slist *headers;
    struct dm_str body; /* the caller's */
    size_t max_reply;
};

/* DM_E_INVALID for a header that HTTP does not allow. */
DM_MUST_USE enum dm_code http_call_new(const struct http_request *request,
                                       struct http_call **ret_call, struct dm_error *err);
void http_call_free(struct http_call *call);

#endif
