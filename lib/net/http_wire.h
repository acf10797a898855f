/* Bytes to and from a connection that stands: its socket, or the TLS over it. */
#ifndef DYNAMOD_NET_HTTP_WIRE_H
#define DYNAMOD_NET_HTTP_WIRE_H

#include <curl/curl.h>

#include "base/macros.h"

enum { WIRE_RECORD_MAX = 16 * 1024 /* bytes of a TLS record */ };

struct http_wire {
    CURL *tls; /* that holds the connection; NULL: nothing is encrypted */
    int fd;    /* non-blocking */
};

enum wire_result {
    WIRE_MOVED,
    WIRE_AGAIN, /* not now */
    WIRE_CLOSED,
    WIRE_BROKEN
};

/* One call of what is left of head and body, of which *sent have gone. */
enum wire_result wire_send(const struct http_wire *wire, struct dm_str head,
                           struct dm_str body, size_t *sent);
enum wire_result wire_receive(const struct http_wire *wire, char *bytes, size_t size,
                              size_t *ret_len);

/* Whether the peer has neither closed it nor sent anything. */
bool wire_is_quiet(const struct http_wire *wire);

#endif
