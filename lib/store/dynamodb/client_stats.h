/* What a client counts: written on its loop, read from any thread. */
#ifndef DYNAMOD_STORE_DYNAMODB_CLIENT_STATS_H
#define DYNAMOD_STORE_DYNAMODB_CLIENT_STATS_H

#include "base/counter.h"
#include "base/histogram.h"
#include "store/dynamodb/breaker.h"

/* Why a request was sent again. */
enum client_retry {
    CLIENT_RETRY_CONNECTION,  /* there was no connection */
    CLIENT_RETRY_LOST,        /* it broke off */
    CLIENT_RETRY_TIMEOUT,     /* no answer in time */
    CLIENT_RETRY_DAMAGED,     /* the reply's checksum is another */
    CLIENT_RETRY_SERVER,      /* DynamoDB failed */
    CLIENT_RETRY_CONFLICT,    /* another request was in the way */
    CLIENT_RETRY_THROTTLED,   /* too many requests */
    CLIENT_RETRY_CREDENTIALS, /* with fresh ones */
    CLIENT_RETRY_CLOCK,       /* with the right time */
    CLIENT_RETRY_COUNT
};

/* By which of DynamoDB's errors it throttled. */
enum client_throttle {
    CLIENT_THROTTLE_PROVISIONED,
    CLIENT_THROTTLE_THROTTLING,
    CLIENT_THROTTLE_REQUEST_LIMIT,
    CLIENT_THROTTLE_OTHER,
    CLIENT_THROTTLE_COUNT
};

/* "connection"; "ProvisionedThroughputExceededException", "other". Static. */
const char *client_retry_name(enum client_retry retry);
const char *client_throttle_name(enum client_throttle throttle);
enum client_throttle client_throttle_of(const char *type);

/* Embedded; zero it. */
struct client_stats {
    struct counter attempts;   /* requests handed to the connections, retries included */
    struct counter refused;    /* calls that the breaker ended */
    struct counter overloaded; /* calls that the full queue ended */
    struct counter breaker;    /* enum breaker_state */
    struct counter retries[CLIENT_RETRY_COUNT];
    struct counter throttles[CLIENT_THROTTLE_COUNT];
    struct counter latency[HISTOGRAM_BUCKETS], latency_sum_us; /* of answers */
};

void client_stats_latency(struct client_stats *stats, int64_t us);

/* What DynamoDB charged for a table, in capacity units: whole and half ones. */
struct table_capacity {
    struct table_capacity *next;
    double units;
    char table[];
};

/* The same as plain numbers, with what is there just now. */
struct client_figures {
    uint64_t attempts, refused, overloaded;
    uint64_t retries[CLIENT_RETRY_COUNT];
    uint64_t throttles[CLIENT_THROTTLE_COUNT];
    struct histogram latency;
    enum breaker_state breaker;
    uint64_t waiting, in_flight; /* requests without a connection, and with one */
};

void client_stats_read(const struct client_stats *stats, struct client_figures *ret);

#endif
