/*
 * What /metrics shows: one row a metric, and the samples of each. A sample is added by
 * whoever has counted it; those of all threads are folded together and written as
 * Prometheus' text (exposition format 0.0.4).
 */
#ifndef DYNAMOD_DAEMON_ADMIN_METRICS_H
#define DYNAMOD_DAEMON_ADMIN_METRICS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/histogram.h"

enum metric {
    METRIC_BUILD_INFO,
    METRIC_THREADS,
    METRIC_SILENT_THREADS,
    METRIC_CONNECTIONS,
    METRIC_CONNECTIONS_ACCEPTED,
    METRIC_IN_FLIGHT,
    METRIC_LIMIT_REACHED,
    METRIC_MEMORY_HELD,
    METRIC_REQUESTS,
    METRIC_REQUEST_DURATION,
    METRIC_UNCOUNTED,
    METRIC_REFUSED_CALLERS,
    METRIC_CREDENTIALS_READY,
    METRIC_CREDENTIALS_EXPIRY,
    METRIC_CREDENTIAL_LOADS,
    METRIC_CREDENTIAL_FAILURES,
    METRIC_UPSTREAM_ATTEMPTS,
    METRIC_UPSTREAM_RETRIES,
    METRIC_UPSTREAM_THROTTLES,
    METRIC_UPSTREAM_REFUSED,
    METRIC_UPSTREAM_BREAKERS,
    METRIC_UPSTREAM_QUEUED,
    METRIC_UPSTREAM_IN_FLIGHT,
    METRIC_UPSTREAM_DURATION,
    METRIC_CAPACITY,
    METRIC_RELOADS,
    METRIC_RELOAD_SUCCESSFUL,
    METRIC_RELOAD_TIME,
    METRIC_CERTIFICATE_EXPIRY,
    METRIC_TLS_HANDSHAKES,
    METRIC_LOG_LINES,
    METRIC_ACCESS_LOG_LINES,
    METRIC_COALESCED_GETS,
    METRIC_COALESCED_SHARED,
    METRIC_COALESCED_APART,
    METRIC_COALESCED_KEYS,
    METRIC_CACHE_ANSWERS,
    METRIC_CACHE_COLLAPSED,
    METRIC_CACHE_EVICTIONS,
    METRIC_CACHE_ENTRIES,
    METRIC_CACHE_BYTES,
    METRIC_CPU_SECONDS,
    METRIC_RESIDENT_MEMORY,
    METRIC_VIRTUAL_MEMORY,
    METRIC_OPEN_FDS,
    METRIC_MAX_FDS,
    METRIC_START_TIME,
    METRIC_COUNT
};

enum { METRIC_LABELS = 5 };

/* Label values, in the order of the row's names; NULL for those that it has not. Not
 * copied: texts of the configuration, or static. */
struct sample_labels {
    const char *values[METRIC_LABELS];
};

struct sample {
    enum metric metric;
    struct sample_labels labels;
    double value;                /* unless it is a histogram */
    struct histogram *histogram; /* the arena's */
};

enum { SAMPLES_ARENA_MAX = 64 * 1024 * 1024 };

/* Once memory runs out it is `failed`, and takes no more: add all, then ask once. Its
 * arena holds the samples, and may hold more that lives as long. */
struct samples {
    struct arena arena;
    struct sample *at;
    size_t count, capacity;
    bool failed;
};

/* Allocates nothing yet. */
void samples_init(struct samples *samples);
void samples_done(struct samples *samples);
DM_AUTO_DONE_DEFINE(samples, samples_done)

void samples_add(struct samples *samples, enum metric metric, struct sample_labels labels,
                 double value);

/* The histogram is copied. */
void samples_add_histogram(struct samples *samples, enum metric metric,
                           struct sample_labels labels,
                           const struct histogram *histogram);

/* Adds those of another thread; they are copied, but their label values. */
void samples_add_all(struct samples *samples, const struct samples *from);

/* Appends all of it: each metric's help and type, then its samples, those of equal labels
 * as one. Sorts the samples. A failure stays in the buffer. */
void metrics_write(struct samples *samples, struct dm_buf *out);

/* Appends the table of all metrics, in Markdown. */
void metrics_document(struct dm_buf *out);

#endif
