/* What dynamod.conf allows of connections and requests. */
#ifndef DYNAMOD_DAEMON_LIMIT_LIMIT_CONFIG_H
#define DYNAMOD_DAEMON_LIMIT_LIMIT_CONFIG_H

#include <stddef.h>

struct limit_config {
    unsigned connections_per_address;    /* 0: no limit */
    unsigned exchanges;                  /* that wait, of all shards together */
    unsigned target_bytes, header_bytes; /* header_bytes: of a head and its answer's */
    unsigned body_bytes;
    size_t memory_bytes; /* of all shards together */
    unsigned header_timeout_ms, body_timeout_ms, send_timeout_ms;
};

struct limit_config limit_config_default(void);

#endif
