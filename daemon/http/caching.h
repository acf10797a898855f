/* What a reply says of the cache that it came through. */
#ifndef DYNAMOD_DAEMON_HTTP_CACHING_H
#define DYNAMOD_DAEMON_HTTP_CACHING_H

#include "store/store.h"

/* Values of header fields; "": no such header. */
struct caching {
    char age[24];
    char cache_control[40];
    char cache_status[112];
};

/* Age and Cache-Control: RFC 9111. Cache-Status: RFC 9211. */
void caching_write(const struct store_cache_outcome *outcome,
                   struct caching *ret_caching);

#endif
