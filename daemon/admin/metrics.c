/* Metrics: the table, and Prometheus' text. */
#include "daemon/admin/metrics.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

enum metric_type { COUNTER, GAUGE, HISTOGRAM };

/* What samples of equal labels, from several threads, make together. */
/* FOLD_MOST: of what they share, as the last of them saw it. */
enum fold { FOLD_SUM, FOLD_LEAST, FOLD_MOST };

struct metric_row {
    const char *name;
    enum metric_type type;
    enum fold fold;
    bool of_keys; /* HISTOGRAM: not of durations */
    const char *labels[METRIC_LABELS];
    const char *help;
};

static const struct metric_row rows[METRIC_COUNT] = {
    [METRIC_BUILD_INFO] = {.name = "dynamod_build_info",
                           .type = GAUGE,
                           .labels = {"version", "libmicrohttpd"},
                           .help = "Always 1; the labels say what runs."},
    [METRIC_THREADS] = {.name = "dynamod_threads",
                        .type = GAUGE,
                        .help = "Threads that serve requests."},
    [METRIC_SILENT_THREADS] =
        {.name = "dynamod_silent_threads",
         .type = GAUGE,
         .help = "Those of them that did not answer when this was asked; "
                 "their figures are from when they last did."},
    [METRIC_CONNECTIONS] = {.name = "dynamod_connections",
                            .type = GAUGE,
                            .help = "Open connections of clients."},
    [METRIC_CONNECTIONS_ACCEPTED] = {.name = "dynamod_connections_accepted_total",
                                     .type = COUNTER,
                                     .help = "Connections accepted."},
    [METRIC_IN_FLIGHT] = {.name = "dynamod_requests_in_flight",
                          .type = GAUGE,
                          .help = "Requests under way."},
    [METRIC_LIMIT_REACHED] =
        {.name = "dynamod_limit_reached_total",
         .type = COUNTER,
         .labels = {"limit"},
         .help = "What was refused, closed or cut off because a limit was reached, by "
                 "the setting that says it."},
    [METRIC_MEMORY_HELD] = {.name = "dynamod_memory_held_bytes",
                            .type = GAUGE,
                            .help = "Memory of bodies, items, pages and answers, as "
                                    "max_memory_bytes bounds it."},
    [METRIC_REQUESTS] =
        {.name = "dynamod_requests_total",
         .type = COUNTER,
         .labels = {"app", "model", "route", "method", "status"},
         .help = "Requests that have ended, by the class of their status; "
                 "\"none\" when the client left within its request. A label is "
                 "empty where it does not apply or nothing of ours is named."},
    [METRIC_REQUEST_DURATION] =
        {.name = "dynamod_request_duration_seconds",
         .type = HISTOGRAM,
         .labels = {"app", "route"},
         .help = "From a request's first line to the end of its reply."},
    [METRIC_REFUSED_CALLERS] =
        {.name = "dynamod_refused_callers_total",
         .type = COUNTER,
         .labels = {"listener", "app", "reason"},
         .help = "Requests refused because of who asks, by the kind of their listener "
                 "(tcp, tls, unix): \"missing\" shows nothing, \"malformed\" no bearer "
                 "token, \"wrong\" one that is nobody's; \"too-many\" was not looked at, "
                 "after many that were wrong. app is empty for the admin, and where "
                 "there is no such app."},
    [METRIC_UNCOUNTED] =
        {.name = "dynamod_requests_uncounted_total",
         .type = COUNTER,
         .help = "Requests missing above because there was no memory to count "
                 "them."},
    [METRIC_CREDENTIALS_READY] =
        {.name = "dynamod_credentials_ready",
         .type = GAUGE,
         .fold = FOLD_LEAST,
         .labels = {"app", "model"},
         .help = "1 while there are valid credentials. Here and below, "
                 "model names one with settings of its own, and is "
                 "empty for the app's."},
    [METRIC_CREDENTIALS_EXPIRY] = {.name = "dynamod_credentials_expiry_timestamp_seconds",
                                   .type = GAUGE,
                                   .fold = FOLD_LEAST,
                                   .labels = {"app", "model", "provider"},
                                   .help =
                                       "When the credentials in use expire, if they do."},
    [METRIC_CREDENTIAL_LOADS] = {.name = "dynamod_credential_loads_total",
                                 .type = COUNTER,
                                 .labels = {"app", "model", "provider"},
                                 .help = "Times that the provider gave credentials."},
    [METRIC_CREDENTIAL_FAILURES] = {.name = "dynamod_credential_failures_total",
                                    .type = COUNTER,
                                    .labels = {"app", "model", "provider"},
                                    .help = "Times that the provider failed to."},
    [METRIC_UPSTREAM_ATTEMPTS] = {.name = "dynamod_upstream_attempts_total",
                                  .type = COUNTER,
                                  .labels = {"app", "model"},
                                  .help =
                                      "Requests sent to DynamoDB, each retry counted."},
    [METRIC_UPSTREAM_RETRIES] = {.name = "dynamod_upstream_retries_total",
                                 .type = COUNTER,
                                 .labels = {"app", "model", "reason"},
                                 .help = "Requests sent again, by why."},
    [METRIC_UPSTREAM_THROTTLES] =
        {.name = "dynamod_upstream_throttles_total",
         .type = COUNTER,
         .labels = {"app", "model", "type"},
         .help = "Replies that throttle, by DynamoDB's error type."},
    [METRIC_UPSTREAM_REFUSED] =
        {.name = "dynamod_upstream_refused_total",
         .type = COUNTER,
         .labels = {"app", "model", "by"},
         .help = "Requests that were not sent: the circuit breaker was "
                 "open, or the queue was full."},
    [METRIC_UPSTREAM_BREAKERS] = {.name = "dynamod_upstream_breakers",
                                  .type = GAUGE,
                                  .labels = {"app", "model", "state"},
                                  .help =
                                      "Circuit breakers, one a thread, by their state."},
    [METRIC_UPSTREAM_QUEUED] = {.name = "dynamod_upstream_queued",
                                .type = GAUGE,
                                .labels = {"app", "model"},
                                .help =
                                    "Requests that wait for a connection to DynamoDB."},
    [METRIC_UPSTREAM_IN_FLIGHT] = {.name = "dynamod_upstream_in_flight",
                                   .type = GAUGE,
                                   .labels = {"app", "model"},
                                   .help = "Requests that wait for DynamoDB's reply."},
    [METRIC_UPSTREAM_DURATION] =
        {.name = "dynamod_upstream_duration_seconds",
         .type = HISTOGRAM,
         .labels = {"app", "model"},
         .help = "From a request's start on a connection to DynamoDB to "
                 "the end of the reply."},
    [METRIC_CAPACITY] = {.name = "dynamod_consumed_capacity_units_total",
                         .type = COUNTER,
                         .labels = {"app", "table"},
                         .help = "Capacity units that DynamoDB said it charged, of reads "
                                 "and writes, tables and indexes together."},
    [METRIC_RELOADS] = {.name = "dynamod_config_reloads_total",
                        .type = COUNTER,
                        .labels = {"outcome"},
                        .help = "Times that the configuration was read anew; after "
                                "\"failed\" what was in force before still is."},
    [METRIC_RELOAD_SUCCESSFUL] =
        {.name = "dynamod_config_last_reload_successful",
         .type = GAUGE,
         .help = "1 unless the last reload failed; /status has the reason."},
    [METRIC_RELOAD_TIME] =
        {.name = "dynamod_config_last_reload_success_timestamp_seconds",
         .type = GAUGE,
         .help = "Since when the configuration in force has been, in seconds of the "
                 "epoch."},
    [METRIC_CERTIFICATE_EXPIRY] =
        {.name = "dynamod_tls_certificate_expiry_timestamp_seconds",
         .type = GAUGE,
         .labels = {"listener"},
         .help = "When the certificate that a listener with TLS shows expires, or the "
                 "first of those that come with it."},
    [METRIC_TLS_HANDSHAKES] =
        {.name = "dynamod_tls_handshakes_total",
         .type = COUNTER,
         .labels = {"result"},
         .help = "TLS handshakes of clients: done, up to the client's last word; or "
                 "failed before it, for versions, ciphers, protocols or certificates "
                 "that do not fit, or since the client left or was silent."},
    [METRIC_LOG_LINES] = {.name = "dynamod_log_lines_total",
                          .type = COUNTER,
                          .labels = {"outcome"},
                          .help = "Lines of the log: written; folded into a number, of "
                                  "a storm of one failure; dropped, because nobody took "
                                  "them in time."},
    [METRIC_ACCESS_LOG_LINES] = {.name = "dynamod_access_log_lines_total",
                                 .type = COUNTER,
                                 .labels = {"outcome"},
                                 .help = "Lines of the access log: written, or dropped "
                                         "because the disk was too slow."},
    [METRIC_CACHE_ANSWERS] =
        {.name = "dynamod_cache_answers_total",
         .type = COUNTER,
         .fold = FOLD_MOST,
         .labels = {"app", "model", "outcome"},
         .help = "Gets and pages of models with a cache. hit, stale and negative (there "
                 "is no item) were answered out of it; miss asked the table, and so did "
                 "passed, because it was consistent."},
    [METRIC_CACHE_COLLAPSED] =
        {.name = "dynamod_cache_collapsed_total",
         .type = COUNTER,
         .fold = FOLD_MOST,
         .labels = {"app", "model"},
         .help = "Those misses that waited for the request of another."},
    [METRIC_CACHE_EVICTIONS] = {.name = "dynamod_cache_evictions_total",
                                .type = COUNTER,
                                .fold = FOLD_MOST,
                                .labels = {"app", "model"},
                                .help = "Answers thrown out to make room."},
    [METRIC_CACHE_ENTRIES] = {.name = "dynamod_cache_entries",
                              .type = GAUGE,
                              .fold = FOLD_MOST,
                              .labels = {"app", "model"},
                              .help = "Answers in the cache."},
    [METRIC_CACHE_BYTES] = {.name = "dynamod_cache_bytes",
                            .type = GAUGE,
                            .fold = FOLD_MOST,
                            .labels = {"app", "model"},
                            .help = "Memory that they take."},
    [METRIC_COALESCED_GETS] = {.name = "dynamod_coalesced_gets_total",
                               .type = COUNTER,
                               .labels = {"app", "model"},
                               .help = "Reads of one item that DynamoDB was asked for, "
                                       "alone or with others."},
    [METRIC_COALESCED_SHARED] = {.name = "dynamod_coalesced_shared_total",
                                 .type = COUNTER,
                                 .labels = {"app", "model"},
                                 .help = "Those of them that had another's answer, "
                                         "because it asked for the same."},
    [METRIC_COALESCED_APART] = {.name = "dynamod_coalesced_apart_total",
                                .type = COUNTER,
                                .labels = {"app", "model"},
                                .help = "BatchGetItems that were refused, and asked "
                                        "again as GetItems."},
    [METRIC_COALESCED_KEYS] = {.name = "dynamod_coalesced_keys",
                               .type = HISTOGRAM,
                               .of_keys = true,
                               .labels = {"app", "model"},
                               .help = "Keys of each request that these reads became: "
                                       "1 is a GetItem, more a BatchGetItem."},
    [METRIC_CPU_SECONDS] = {.name = "process_cpu_seconds_total",
                            .type = COUNTER,
                            .help =
                                "Processor time of the whole process, user and system."},
    [METRIC_RESIDENT_MEMORY] = {.name = "process_resident_memory_bytes",
                                .type = GAUGE,
                                .help = "Resident memory."},
    [METRIC_VIRTUAL_MEMORY] = {.name = "process_virtual_memory_bytes",
                               .type = GAUGE,
                               .help = "Virtual memory."},
    [METRIC_OPEN_FDS] = {.name = "process_open_fds",
                         .type = GAUGE,
                         .help = "Open file descriptors."},
    [METRIC_MAX_FDS] = {.name = "process_max_fds",
                        .type = GAUGE,
                        .help = "How many file descriptors may be open."},
    [METRIC_START_TIME] = {.name = "process_start_time_seconds",
                           .type = GAUGE,
                           .help = "When the process started, in seconds of the epoch."},
};

static const char *const type_names[] = {
    [COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};

/* --- folding --- */

static int compare_labels(const struct sample_labels *a, const struct sample_labels *b)
{
    for (size_t i = 0; i < METRIC_LABELS && a->values[i] && b->values[i]; i++) {
        int order = strcmp(a->values[i], b->values[i]);
        if (order)
            return order;
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct sample *a = left, *b = right;
    if (a->metric != b->metric)
        return a->metric < b->metric ? -1 : 1;
    return compare_labels(&a->labels, &b->labels);
}

static void fold(struct sample *into, const struct sample *from)
{
    const struct metric_row *row = &rows[into->metric];
    if (row->type == HISTOGRAM)
        histogram_merge(into->histogram, from->histogram);
    else if (row->fold == FOLD_SUM)
        into->value += from->value;
    else if ((row->fold == FOLD_LEAST) == (from->value < into->value))
        into->value = from->value;
}

/* One sample of each metric and labels, in order. */
static void fold_all(struct samples *samples)
{
    size_t kept = 0;
    if (samples->count == 0)
        return;
    qsort(samples->at, samples->count, sizeof samples->at[0], compare);
    for (size_t i = 1; i < samples->count; i++) {
        if (compare(&samples->at[kept], &samples->at[i]) == 0)
            fold(&samples->at[kept], &samples->at[i]);
        else
            samples->at[++kept] = samples->at[i];
    }
    samples->count = kept + 1;
}

/* --- writing --- */

static void write_escaped(const char *text, struct dm_buf *out)
{
    for (; *text; text++) {
        if (*text == '\n') {
            buf_add_str(out, STR("\\n"));
            continue;
        }
        if (*text == '\\' || *text == '"')
            buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
}

/* {app="x",le="0.1"}: the last of them only where there is a bound. */
static void write_labels(const struct sample *sample, const char *bound,
                         struct dm_buf *out)
{
    const struct metric_row *row = &rows[sample->metric];
    char before = '{';
    for (size_t i = 0; i < METRIC_LABELS && row->labels[i]; i++) {
        buf_printf(out, "%c%s=\"", before, row->labels[i]);
        write_escaped(sample->labels.values[i], out);
        buf_add_char(out, '"');
        before = ',';
    }
    if (bound)
        buf_printf(out, "%cle=\"%s\"", before, bound);
    if (bound || before == ',')
        buf_add_char(out, '}');
}

static void write_line(const struct sample *sample, const char *suffix, const char *bound,
                       double value, struct dm_buf *out)
{
    buf_printf(out, "%s%s", rows[sample->metric].name, suffix);
    write_labels(sample, bound, out);
    buf_printf(out, " %.16g\n", value);
}

/* The most that the bucket takes, as it is shown. */
static double bound_of(const struct metric_row *row, size_t bucket)
{
    return row->of_keys ? (double)histogram_bound_keys(bucket)
                        : (double)histogram_bound_us(bucket) / 1e6;
}

static void write_histogram(const struct sample *sample, struct dm_buf *out)
{
    const struct metric_row *row = &rows[sample->metric];
    const struct histogram *histogram = sample->histogram;
    double sum = (double)histogram->sum_us;
    uint64_t count = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        char bound[32] = "+Inf";
        if (i < HISTOGRAM_BUCKETS - 1)
            snprintf(bound, sizeof bound, "%g", bound_of(row, i));
        count += histogram->counts[i];
        write_line(sample, "_bucket", bound, (double)count, out);
    }
    write_line(sample, "_sum", NULL, row->of_keys ? sum : sum / 1e6, out);
    write_line(sample, "_count", NULL, (double)count, out);
}

static void write_sample(const struct sample *sample, struct dm_buf *out)
{
    if (rows[sample->metric].type == HISTOGRAM)
        write_histogram(sample, out);
    else
        write_line(sample, "", NULL, sample->value, out);
}

static void write_head(const struct metric_row *row, struct dm_buf *out)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
               type_names[row->type]);
}

void metrics_write(struct samples *samples, struct dm_buf *out)
{
    size_t at = 0;
    fold_all(samples);
    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        write_head(&rows[metric], out);
        for (; at < samples->count && samples->at[at].metric == metric; at++)
            write_sample(&samples->at[at], out);
    }
}

/* --- documentation --- */

static void document_labels(const struct metric_row *row, struct dm_buf *out)
{
    for (size_t i = 0; i < METRIC_LABELS && row->labels[i]; i++)
        buf_printf(out, "%s`%s`", i ? ", " : "", row->labels[i]);
}

void metrics_document(struct dm_buf *out)
{
    buf_printf(out, "| metric | type | labels | what it is |\n|---|---|---|---|\n");
    for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
        const struct metric_row *row = &rows[metric];
        buf_printf(out, "| `%s` | %s | ", row->name, type_names[row->type]);
        document_labels(row, out);
        buf_printf(out, " | %s |\n", row->help);
    }
}
