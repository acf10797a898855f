/* Counting requests: a chained hash table of kinds. */
#include "daemon/traffic.h"

#include "base/mem.h"

/* How long the requests of one app and route took. */
struct traffic_time {
    struct traffic_time *next;
    const char *app, *route;
    struct histogram histogram;
};

struct traffic_count {
    struct traffic_count *next; /* in its bucket */
    struct traffic_kind kind;
    struct traffic_time *time; /* lent */
    uint64_t count;
};

static bool is_same(const struct traffic_kind *a, const struct traffic_kind *b)
{
    return a->model == b->model && a->route == b->route && a->app == b->app &&
           a->method == b->method && a->status_class == b->status_class;
}

/* The pointers themselves tell kinds apart. */
static struct traffic_count **bucket_of(struct traffic *traffic,
                                        const struct traffic_kind *kind)
{
    const uintptr_t parts[] = {(uintptr_t)kind->app, (uintptr_t)kind->model,
                               (uintptr_t)kind->route, (uintptr_t)kind->method,
                               kind->status_class};
    uint64_t hash = 0;
    for (size_t i = 0; i < DM_COUNT(parts); i++)
        hash = (hash ^ parts[i]) * 0x9E3779B97F4A7C15U; /* 2^64 by the golden ratio */
    return &traffic->buckets[hash >> 56];
}

static struct traffic_time *time_of(struct traffic *traffic,
                                    const struct traffic_kind *kind)
{
    struct traffic_time *time = traffic->times;
    while (time && (time->app != kind->app || time->route != kind->route))
        time = time->next;
    if (time || !(time = mem_new(sizeof *time)))
        return time;
    time->app = kind->app;
    time->route = kind->route;
    time->next = traffic->times;
    traffic->times = time;
    return time;
}

static struct traffic_count *add_kind(struct traffic *traffic,
                                      struct traffic_count **bucket,
                                      const struct traffic_kind *kind)
{
    struct traffic_time *time = time_of(traffic, kind);
    struct traffic_count *count = time ? mem_new(sizeof *count) : NULL;
    if (!count)
        return NULL;
    count->kind = *kind;
    count->time = time;
    count->next = *bucket;
    *bucket = count;
    return count;
}

void traffic_count(struct traffic *traffic, const struct traffic_kind *kind, int64_t us)
{
    struct traffic_count **bucket = bucket_of(traffic, kind);
    struct traffic_count *count = *bucket;
    while (count && !is_same(&count->kind, kind))
        count = count->next;
    if (!count && !(count = add_kind(traffic, bucket, kind))) {
        traffic->uncounted++;
        return;
    }
    count->count++;
    histogram_add(&count->time->histogram, us);
}

static void add_count(const struct traffic_count *count, struct samples *samples)
{
    static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct traffic_kind *kind = &count->kind;
    const char *class = classes[kind->status_class];
    struct sample_labels labels = {
        {kind->app, kind->model, kind->route, kind->method, class}};
    samples_add(samples, METRIC_REQUESTS, labels, (double)count->count);
}

void traffic_add_samples(const struct traffic *traffic, struct samples *samples)
{
    for (size_t i = 0; i < TRAFFIC_BUCKETS; i++)
        for (const struct traffic_count *count = traffic->buckets[i]; count;
             count = count->next)
            add_count(count, samples);
    for (const struct traffic_time *time = traffic->times; time; time = time->next) {
        struct sample_labels labels = {{time->app, time->route}};
        samples_add_histogram(samples, METRIC_REQUEST_DURATION, labels, &time->histogram);
    }
    samples_add(samples, METRIC_UNCOUNTED, (struct sample_labels){{NULL}},
                (double)traffic->uncounted);
}

static void free_counts(struct traffic_count *count)
{
    while (count) {
        struct traffic_count *next = count->next;
        mem_free(count);
        count = next;
    }
}

void traffic_done(struct traffic *traffic)
{
    for (size_t i = 0; i < TRAFFIC_BUCKETS; i++)
        free_counts(traffic->buckets[i]);
    while (traffic->times) {
        struct traffic_time *next = traffic->times->next;
        mem_free(traffic->times);
        traffic->times = next;
    }
    *traffic = (struct traffic){.times = NULL};
}
