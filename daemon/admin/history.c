/* The last hour. */
#include "daemon/admin/history.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

struct series {
    struct series *next;
    char *app, *model;        /* the sum's are NULL */
    struct tally now, before; /* gathered; when the last step ended */
    struct history_point points[HISTORY_POINTS];
};

struct history {
    int64_t now_ms, before_ms;
    size_t steps; /* since the beginning; the place of the next point */
    struct series all;
    struct series *models;
    size_t model_count;
};

/* --- life --- */

enum dm_code history_new(int64_t now_ms, struct history **ret_history,
                         struct dm_error *err)
{
    struct history *history = mem_new(sizeof *history);
    if (!history)
        return error_nomem(err);
    history->now_ms = history->before_ms = now_ms;
    *ret_history = history;
    return DM_OK;
}

static void series_free(struct series *series)
{
    if (!series)
        return;
    mem_free(series->app);
    mem_free(series->model);
    mem_free(series);
}
DM_AUTO_DEFINE(series, series_free)

void history_free(struct history *history)
{
    if (!history)
        return;
    while (history->models) {
        struct series *next = history->models->next;
        series_free(history->models);
        history->models = next;
    }
    mem_free(history);
}

/* --- gathering --- */

void history_gather(struct history *history, int64_t now_ms)
{
    const struct tally none = {.requests = 0};
    history->now_ms = now_ms;
    history->all.now = none;
    for (struct series *series = history->models; series; series = series->next)
        series->now = none;
}

const struct series *history_find(const struct history *history, const char *app,
                                  const char *model)
{
    struct series *series = history->models;
    while (series && (strcmp(series->model, model) != 0 || strcmp(series->app, app) != 0))
        series = series->next;
    return series;
}

static struct series *add_series(struct history *history, const char *app,
                                 const char *model)
{
    DM_AUTO(series) *series = NULL;
    if (history->model_count == SERIES_MAX || !(series = mem_new(sizeof *series)))
        return NULL;
    series->app = str_dup(dm_str(app));
    series->model = str_dup(dm_str(model));
    if (!series->app || !series->model)
        return NULL;
    history->model_count++;
    series->next = history->models;
    history->models = series;
    return DM_TAKE(series);
}

static struct series *series_of(struct history *history, const char *app,
                                const char *model)
{
    for (struct series *series = history->models; series; series = series->next)
        if (strcmp(series->model, model) == 0 && strcmp(series->app, app) == 0)
            return series;
    return add_series(history, app, model);
}

void history_add(struct history *history, const char *app, const char *model,
                 const struct tally *tally)
{
    tally_add(&history->all.now, tally);
    struct series *series = *model ? series_of(history, app, model) : NULL;
    if (series)
        tally_add(&series->now, tally);
}

/* --- steps --- */

static uint32_t narrow(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static void step(struct series *series, size_t place, int64_t span_ms)
{
    struct tally came = tally_since(&series->now, &series->before);
    struct history_point *point = &series->points[place];
    point->span_ms = narrow((uint64_t)span_ms);
    point->requests = narrow(came.requests);
    point->refused = narrow(came.refused);
    point->failed = narrow(came.failed);
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        point->durations[i] = narrow(came.durations.counts[i]);
    series->before = series->now;
}

void history_step(struct history *history)
{
    size_t place = history->steps++ % HISTORY_POINTS;
    int64_t span_ms = history->now_ms - history->before_ms;
    step(&history->all, place, span_ms);
    for (struct series *series = history->models; series; series = series->next)
        step(series, place, span_ms);
    history->before_ms = history->now_ms;
}

/* --- looking --- */

const struct series *history_all(const struct history *history)
{
    return &history->all;
}

size_t history_points(const struct history *history)
{
    return history->steps < HISTORY_POINTS ? history->steps : HISTORY_POINTS;
}

struct history_point series_point(const struct history *history,
                                  const struct series *series, size_t index)
{
    if (index >= history_points(history))
        return (struct history_point){.span_ms = 0};
    return series->points[(history->steps - 1 - index) % HISTORY_POINTS];
}

void history_point_add(struct history_point *into, const struct history_point *from)
{
    into->span_ms += from->span_ms;
    into->requests += from->requests;
    into->refused += from->refused;
    into->failed += from->failed;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->durations[i] += from->durations[i];
}

struct histogram history_point_histogram(const struct history_point *point)
{
    struct histogram histogram = {.sum_us = 0};
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        histogram.counts[i] = point->durations[i];
    return histogram;
}

struct tally series_recent(const struct history *history, const struct series *series,
                           size_t steps, int64_t *ret_span_ms)
{
    struct tally recent = tally_since(&series->now, &series->before);
    int64_t span_ms = history->now_ms - history->before_ms;
    for (size_t i = 0; i < steps; i++) {
        struct history_point point = series_point(history, series, i);
        struct histogram durations = history_point_histogram(&point);
        span_ms += point.span_ms;
        recent.requests += point.requests;
        recent.refused += point.refused;
        recent.failed += point.failed;
        histogram_merge(&recent.durations, &durations);
    }
    *ret_span_ms = span_ms;
    return recent;
}
