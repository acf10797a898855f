/* The libcurl handle that makes a connection, and does nothing else. */
#ifndef DYNAMOD_NET_HTTP_DIAL_H
#define DYNAMOD_NET_HTTP_DIAL_H

#include "net/http.h"
#include "net/http_multi.h"

#define HTTP_TEXT_(number) #number
#define HTTP_VERSION_(major, minor, patch)                                               \
    HTTP_TEXT_(major) "." HTTP_TEXT_(minor) "." HTTP_TEXT_(patch)
#define HTTP_USER_AGENT                                                                  \
    "dynamod/" HTTP_VERSION_(DM_VERSION_MAJOR, DM_VERSION_MINOR, DM_VERSION_PATCH)

/* What a handle is made for; what it points to lives as long as the handle. */
struct http_dial {
    const struct http_options *options;
    const char *url;
    bool is_tls;
    CURLSH *share; /* of TLS sessions */
    struct http_multi *multi;
    void *owner;       /* CURLINFO_PRIVATE */
    bool is_forbidden; /* an address of the peer was not allowed */
};

/* NULL out of memory; else curl_easy_cleanup it, before dial goes. */
CURL *http_dial_new(struct http_dial *dial);

#endif
