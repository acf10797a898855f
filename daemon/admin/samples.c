/* Samples: what is counted, on its way to /metrics. */
#include "base/mem.h"
#include "daemon/admin/metrics.h"

void samples_init(struct samples *samples)
{
    *samples = (struct samples){.at = NULL};
    arena_init(&samples->arena, SAMPLES_ARENA_MAX);
}

void samples_done(struct samples *samples)
{
    mem_free(samples->at);
    arena_done(&samples->arena);
    samples_init(samples);
}

static bool make_room(struct samples *samples)
{
    if (samples->count < samples->capacity)
        return true;
    size_t capacity = samples->capacity ? samples->capacity * 2 : 64;
    struct sample *at = mem_resize(samples->at, capacity * sizeof *at);
    if (!at)
        return false;
    samples->at = at;
    samples->capacity = capacity;
    return true;
}

static void add(struct samples *samples, const struct sample *sample)
{
    if (samples->failed || !make_room(samples))
        samples->failed = true;
    else
        samples->at[samples->count++] = *sample;
}

void samples_add(struct samples *samples, enum metric metric, struct sample_labels labels,
                 double value)
{
    struct sample sample = {.metric = metric, .labels = labels, .value = value};
    add(samples, &sample);
}

void samples_add_histogram(struct samples *samples, enum metric metric,
                           struct sample_labels labels, const struct histogram *histogram)
{
    struct sample sample = {.metric = metric, .labels = labels};
    sample.histogram = arena_alloc(&samples->arena, sizeof *histogram);
    if (!sample.histogram) {
        samples->failed = true;
        return;
    }
    *sample.histogram = *histogram;
    add(samples, &sample);
}

void samples_add_all(struct samples *samples, const struct samples *from)
{
    samples->failed = samples->failed || from->failed;
    for (size_t i = 0; i < from->count; i++) {
        const struct sample *sample = &from->at[i];
        if (sample->histogram)
            samples_add_histogram(samples, sample->metric, sample->labels,
                                  sample->histogram);
        else
            add(samples, sample);
    }
}
