/* Counting requests: models and kinds, each found by a hash of what it is. */
#include "daemon/admin/traffic.h"

#include "base/mem.h"

/* How long the requests of one route took. */
struct traffic_time {
    struct traffic_time *next; /* of its model */
    const char *route;
    struct histogram histogram;
};

/* An app and model. */
struct traffic_model {
    struct hash_node node;
    struct traffic_model *next; /* of all */
    struct traffic_time *times;
    struct tally tally; /* made when it is asked for */
    const char *app, *model;
    char names[]; /* both */
};

struct traffic_count {
    struct hash_node node;
    struct traffic_count *next; /* of all */
    struct traffic_kind kind;
    struct traffic_model *of; /* lent, as the time is */
    struct traffic_time *time;
    uint64_t count;
};

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

/* A map goes by the low bits, and the high ones are those that all is mixed into. */
static uint64_t folded(uint64_t hash)
{
    return hash >> 32;
}

/* --- models --- */

static struct traffic_model *find_model(const struct traffic *traffic, uint64_t hash,
                                        const struct traffic_kind *kind)
{
    struct hash_node *node = hash_map_first(&traffic->model_map, hash);
    for (; node; node = hash_map_next(node)) {
        struct traffic_model *model = DM_CONTAINER(node, struct traffic_model, node);
        if (strcmp(model->model, kind->model) == 0 && strcmp(model->app, kind->app) == 0)
            return model;
    }
    return NULL;
}

static struct traffic_model *model_of(struct traffic *traffic,
                                      const struct traffic_kind *kind)
{
    const uint64_t hash = folded(mix_text(mix_text(1, kind->app), kind->model));
    struct traffic_model *model = find_model(traffic, hash, kind);
    if (model)
        return model;
    size_t app_size = strlen(kind->app) + 1, model_size = strlen(kind->model) + 1;
    model = mem_new(sizeof *model + app_size + model_size);
    if (!model || !hash_map_add(&traffic->model_map, &model->node, hash)) {
        mem_free(model);
        return NULL;
    }
    model->app = memcpy(model->names, kind->app, app_size);
    model->model = memcpy(model->names + app_size, kind->model, model_size);
    model->next = traffic->models;
    traffic->models = model;
    return model;
}

static struct traffic_time *time_of(struct traffic_model *model, const char *route)
{
    struct traffic_time *time = model->times;
    while (time && time->route != route)
        time = time->next;
    if (time || !(time = mem_new(sizeof *time)))
        return time;
    time->route = route;
    time->next = model->times;
    model->times = time;
    return time;
}

/* --- kinds --- */

static uint64_t hash_of(const struct traffic_kind *kind)
{
    uint64_t hash = mix_text(mix_text(1, kind->app), kind->model);
    hash = mix(mix(hash, (uintptr_t)kind->route), (uintptr_t)kind->method);
    return folded(mix(hash, kind->status_class));
}

static bool is_same(const struct traffic_kind *a, const struct traffic_kind *b)
{
    return a->route == b->route && a->method == b->method &&
           a->status_class == b->status_class && strcmp(a->model, b->model) == 0 &&
           strcmp(a->app, b->app) == 0;
}

static struct traffic_count *find_kind(const struct traffic *traffic, uint64_t hash,
                                       const struct traffic_kind *kind)
{
    struct hash_node *node = hash_map_first(&traffic->count_map, hash);
    for (; node; node = hash_map_next(node)) {
        struct traffic_count *count = DM_CONTAINER(node, struct traffic_count, node);
        if (is_same(&count->kind, kind))
            return count;
    }
    return NULL;
}

static struct traffic_count *add_kind(struct traffic *traffic, uint64_t hash,
                                      const struct traffic_kind *kind)
{
    struct traffic_model *model = model_of(traffic, kind);
    struct traffic_time *time = model ? time_of(model, kind->route) : NULL;
    struct traffic_count *count = time ? mem_new(sizeof *count) : NULL;
    if (!count || !hash_map_add(&traffic->count_map, &count->node, hash)) {
        mem_free(count);
        return NULL;
    }
    count->kind = *kind;
    count->kind.app = model->app;
    count->kind.model = model->model;
    count->of = model;
    count->time = time;
    count->next = traffic->counts;
    traffic->counts = count;
    return count;
}

void traffic_count(struct traffic *traffic, const struct traffic_kind *kind, int64_t us)
{
    const uint64_t hash = hash_of(kind);
    struct traffic_count *count = find_kind(traffic, hash, kind);
    if (!count && !(count = add_kind(traffic, hash, kind))) {
        traffic->uncounted++;
        return;
    }
    count->count++;
    histogram_add(&count->time->histogram, us);
}

/* --- samples --- */

static void add_count(const struct traffic_count *count, struct samples *samples)
{
    static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct traffic_kind *kind = &count->kind;
    const char *class = classes[kind->status_class];
    struct sample_labels labels = {
        {kind->app, kind->model, kind->route, kind->method, class}};
    samples_add(samples, METRIC_REQUESTS, labels, (double)count->count);
}

static void add_times(const struct traffic_model *model, struct samples *samples)
{
    for (const struct traffic_time *time = model->times; time; time = time->next) {
        struct sample_labels labels = {{model->app, time->route}};
        samples_add_histogram(samples, METRIC_REQUEST_DURATION, labels, &time->histogram);
    }
}

void traffic_add_samples(const struct traffic *traffic, struct samples *samples)
{
    for (const struct traffic_count *count = traffic->counts; count; count = count->next)
        add_count(count, samples);
    for (const struct traffic_model *model = traffic->models; model; model = model->next)
        add_times(model, samples);
    samples_add(samples, METRIC_UNCOUNTED, (struct sample_labels){{NULL}},
                (double)traffic->uncounted);
}

/* --- tallies --- */

static void tally_count(const struct traffic_count *count)
{
    struct tally *tally = &count->of->tally;
    tally->requests += count->count;
    if (count->kind.status_class == 4)
        tally->refused += count->count;
    if (count->kind.status_class == 5)
        tally->failed += count->count;
}

static void tally_times(struct traffic_model *model)
{
    model->tally = (struct tally){.requests = 0};
    for (const struct traffic_time *time = model->times; time; time = time->next)
        histogram_merge(&model->tally.durations, &time->histogram);
}

void traffic_tally(const struct traffic *traffic, tally_visitor_fn visit, void *ctx)
{
    struct traffic_model *model;
    for (model = traffic->models; model; model = model->next)
        tally_times(model);
    for (const struct traffic_count *count = traffic->counts; count; count = count->next)
        tally_count(count);
    for (model = traffic->models; model; model = model->next)
        visit(model->app, model->model, &model->tally, ctx);
}

/* --- the end --- */

static void free_model(struct traffic_model *model)
{
    while (model->times) {
        struct traffic_time *next = model->times->next;
        mem_free(model->times);
        model->times = next;
    }
    mem_free(model);
}

void traffic_done(struct traffic *traffic)
{
    while (traffic->counts) {
        struct traffic_count *next = traffic->counts->next;
        mem_free(traffic->counts);
        traffic->counts = next;
    }
    while (traffic->models) {
        struct traffic_model *next = traffic->models->next;
        free_model(traffic->models);
        traffic->models = next;
    }
    hash_map_done(&traffic->count_map);
    hash_map_done(&traffic->model_map);
    *traffic = (struct traffic){.counts = NULL};
}
