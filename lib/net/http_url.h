/* A URL of http or https, taken apart: where to connect to, and what to ask for there. */
#ifndef DYNAMOD_NET_HTTP_URL_H
#define DYNAMOD_NET_HTTP_URL_H

#include <curl/curl.h>

#include "base/arena.h"

/* Counted by reference, in one thread. */
struct http_url {
    struct arena arena; /* all of it, itself included */
    unsigned references;
    const char *text;
    const char *way;      /* what libcurl is to connect to */
    struct dm_str origin; /* a connection serves all URLs of one: "http://name:port" */
    struct dm_str host;   /* as a Host field has it */
    struct dm_str target; /* as a request line has it (RFC 9112 section 3.2) */
    bool is_tls;
};

/* Through a proxy ("http://name:port") or not (NULL). CURLE_URL_MALFORMAT,
 * CURLE_UNSUPPORTED_PROTOCOL or CURLE_OUT_OF_MEMORY. */
DM_MUST_USE CURLcode http_url_new(const char *text, const char *proxy,
                                  struct http_url **ret_url);
struct http_url *http_url_ref(struct http_url *url);
/* NULL is nothing. */
void http_url_unref(struct http_url *url);

#endif
