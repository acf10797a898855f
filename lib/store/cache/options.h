/* What is asked of a model's cache. */
#ifndef DYNAMOD_STORE_CACHE_OPTIONS_H
#define DYNAMOD_STORE_CACHE_OPTIONS_H

#include <stddef.h>

struct cache_options {
    unsigned ttl_ms;                    /* an answer is fresh; 0: there is no cache */
    unsigned negative_ttl_ms;           /* likewise where there is no item */
    unsigned stale_while_revalidate_ms; /* past that it is given while another is got */
    unsigned stale_if_error_ms;         /* past that it is given where none can be got */
    size_t size;                        /* bytes, in all */
};

#endif
