/* Counting requests: a chained hash table of kinds. */
#include "daemon/admin/traffic.h"

#include "base/mem.h"

/* An app and model. */
struct traffic_model {
    struct traffic_model *next;
    const char *app, *model;
    struct tally tally; /* made when it is asked for */
};

/* How long the requests of one model and route took. */
struct traffic_time {
    struct traffic_time *next;
    struct traffic_model *model; /* lent */
    const char *route;
    struct histogram histogram;
};

struct traffic_count {
    struct traffic_count *next; /* in its bucket */
    struct traffic_kind kind;
    struct traffic_time *time; /* lent */
    uint64_t count;
};

struct traffic_name {
    struct traffic_name *next;
    char text[];
};

static bool is_same(const struct traffic_kind *a, const struct traffic_kind *b)
{
    return a->route == b->route && a->method == b->method &&
           a->status_class == b->status_class && strcmp(a->model, b->model) == 0 &&
           strcmp(a->app, b->app) == 0;
}

/* 2^64 by the golden ratio. */
static uint64_t mix(uint64_t hash, uint64_t part)
{
    return (hash ^ part) * 0x9E3779B97F4A7C15U;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = mix(hash, (unsigned char)*text);
    return mix(hash, 0);
}

static struct traffic_count **bucket_of(struct traffic *traffic,
                                        const struct traffic_kind *kind)
{
    uint64_t hash = mix_text(mix_text(1, kind->app), kind->model);
    hash = mix(mix(hash, (uintptr_t)kind->route), (uintptr_t)kind->method);
    return &traffic->buckets[mix(hash, kind->status_class) >> 56];
}

/* Ours of a name; NULL: no memory. */
static const char *keep_name(struct traffic *traffic, const char *text)
{
    for (const struct traffic_name *at = traffic->names; at; at = at->next)
        if (strcmp(at->text, text) == 0)
            return at->text;
    size_t size = strlen(text) + 1;
    struct traffic_name *name = mem_new(sizeof *name + size);
    if (!name)
        return NULL;
    memcpy(name->text, text, size);
    name->next = traffic->names;
    traffic->names = name;
    return name->text;
}

static struct traffic_model *model_of(struct traffic *traffic,
                                      const struct traffic_kind *kind)
{
    struct traffic_model *model = traffic->models;
    while (model && (model->app != kind->app || model->model != kind->model))
        model = model->next;
    if (model || !(model = mem_new(sizeof *model)))
        return model;
    model->app = kind->app;
    model->model = kind->model;
    model->next = traffic->models;
    traffic->models = model;
    return model;
}

static struct traffic_time *time_of(struct traffic *traffic,
                                    const struct traffic_kind *kind)
{
    struct traffic_model *model = model_of(traffic, kind);
    struct traffic_time *time = traffic->times;
    while (time && (time->model != model || time->route != kind->route))
        time = time->next;
    if (time || !model || !(time = mem_new(sizeof *time)))
        return time;
    time->model = model;
    time->route = kind->route;
    time->next = traffic->times;
    traffic->times = time;
    return time;
}

static struct traffic_count *add_kind(struct traffic *traffic,
                                      struct traffic_count **bucket,
                                      const struct traffic_kind *given)
{
    struct traffic_kind kind = *given;
    kind.app = keep_name(traffic, given->app);
    kind.model = keep_name(traffic, given->model);
    struct traffic_time *time = kind.app ? time_of(traffic, &kind) : NULL;
    struct traffic_count *count = kind.model && time ? mem_new(sizeof *count) : NULL;
    if (!count)
        return NULL;
    count->kind = kind;
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
        struct sample_labels labels = {{time->model->app, time->route}};
        samples_add_histogram(samples, METRIC_REQUEST_DURATION, labels, &time->histogram);
    }
    samples_add(samples, METRIC_UNCOUNTED, (struct sample_labels){{NULL}},
                (double)traffic->uncounted);
}

/* --- tallies --- */

static void tally_count(const struct traffic_count *count)
{
    struct tally *tally = &count->time->model->tally;
    tally->requests += count->count;
    if (count->kind.status_class == 4)
        tally->refused += count->count;
    if (count->kind.status_class == 5)
        tally->failed += count->count;
}

static void tally_all(const struct traffic *traffic)
{
    for (struct traffic_model *model = traffic->models; model; model = model->next)
        model->tally = (struct tally){.requests = 0};
    for (const struct traffic_time *time = traffic->times; time; time = time->next)
        histogram_merge(&time->model->tally.durations, &time->histogram);
    for (size_t i = 0; i < TRAFFIC_BUCKETS; i++)
        for (const struct traffic_count *count = traffic->buckets[i]; count;
             count = count->next)
            tally_count(count);
}

void traffic_tally(const struct traffic *traffic, tally_visitor_fn visit, void *ctx)
{
    tally_all(traffic);
    for (const struct traffic_model *model = traffic->models; model; model = model->next)
        visit(model->app, model->model, &model->tally, ctx);
}

/* --- the end --- */

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
    while (traffic->models) {
        struct traffic_model *next = traffic->models->next;
        mem_free(traffic->models);
        traffic->models = next;
    }
    while (traffic->names) {
        struct traffic_name *next = traffic->names->next;
        mem_free(traffic->names);
        traffic->names = next;
    }
    *traffic = (struct traffic){.times = NULL};
}
