/* Gathering what /status tells. */
#include "daemon/admin/status.h"

#include "base/error.h"
#include "daemon/admin/process.h"
#include "daemon/http/exchange.h"

/* --- figures --- */

static double sum(const struct samples *samples, enum metric metric)
{
    double value = 0;
    for (size_t i = 0; i < samples->count; i++)
        if (samples->at[i].metric == metric)
            value += samples->at[i].value;
    return value;
}

static void look_at_shard(struct status *status, const struct shard_view *shard)
{
    const struct snapshot *last = shard->last;
    status->silent += shard->silent;
    if (!last)
        return;
    status->draining = status->draining || last->draining;
    status->connections += sum(&last->samples, METRIC_CONNECTIONS);
    status->in_flight += sum(&last->samples, METRIC_IN_FLIGHT);
    for (const struct upstream_view *at = last->upstreams; at; at = at->next)
        status->can_sign = status->can_sign && at->can_sign;
}

static enum dm_code look_at_process(struct status *status, struct dm_error *err)
{
    DM_AUTO_DONE(samples) samples;
    samples_init(&samples);
    process_add_samples(&samples);
    if (samples.failed)
        return error_nomem(err);
    status->cpu_seconds = sum(&samples, METRIC_CPU_SECONDS);
    status->resident_bytes = sum(&samples, METRIC_RESIDENT_MEMORY);
    status->open_fds = sum(&samples, METRIC_OPEN_FDS);
    status->started_ms = (int64_t)(sum(&samples, METRIC_START_TIME) * 1000);
    return DM_OK;
}

enum dm_code status_gather(struct exchange *exchange, struct status *ret_status,
                           struct dm_error *err)
{
    struct service *service = exchange->service;
    struct status status = {
        .admin = service->admin,
        .config = exchange->site->config,
        .history = admin_history(service->admin),
        .served = service->served,
        .listening = service->listening,
        .now_ms = clock_wall_ms(clock_system()),
        .threads = admin_shard_count(service->admin),
        .can_sign = true,
        .refresh_s = exchange->parameters.refresh_s,
    };
    if (service->reload)
        reload_read_status(service->reload, &status.reload);
    request_id_make(&service->ids, status.nonce);
    for (size_t i = 0; i < status.threads; i++) {
        struct shard_view shard = admin_shard(status.admin, i);
        look_at_shard(&status, &shard);
    }
    DM_TRY(look_at_process(&status, err));
    *ret_status = status;
    return DM_OK;
}

/* --- judging --- */

enum status_state status_state(const struct status *status)
{
    if (status->silent)
        return STATUS_STUCK;
    if (status->draining)
        return STATUS_DRAINING;
    return status->can_sign ? STATUS_SERVING : STATUS_NOT_READY;
}

const char *status_state_name(enum status_state state)
{
    static const char *const names[] = {
        [STATUS_SERVING] = "serving",
        [STATUS_NOT_READY] = "not ready",
        [STATUS_DRAINING] = "draining",
        [STATUS_STUCK] = "stuck",
    };
    return names[state];
}

/* --- ways to DynamoDB --- */

static const struct upstream_view *find(const struct snapshot *snapshot, const char *app,
                                        const char *model)
{
    const struct upstream_view *at = snapshot ? snapshot->upstreams : NULL;
    while (at && (strcmp(at->app, app) != 0 || strcmp(at->model, model) != 0))
        at = at->next;
    return at;
}

static void merge(struct upstream_view *into, const struct upstream_view *from)
{
    if (into->can_sign && !from->can_sign) {
        into->can_sign = false;
        into->provider = from->provider;
        into->reason = from->reason;
        into->expires_ms = 0;
    }
    if (into->can_sign && from->expires_ms < into->expires_ms)
        into->expires_ms = from->expires_ms;
    if (strcmp(from->breaker, "closed") != 0)
        into->breaker = from->breaker;
}

bool status_upstream(const struct status *status, const char *app, const char *model,
                     struct upstream_view *ret_view)
{
    bool found = false;
    for (size_t i = 0; i < status->threads; i++) {
        const struct upstream_view *view =
            find(admin_shard(status->admin, i).last, app, model ? model : "");
        if (view && found)
            merge(ret_view, view);
        else if (view)
            *ret_view = *view;
        found = found || view;
    }
    return found;
}

/* --- load --- */

struct status_load status_load(const struct status *status, const struct series *series)
{
    struct status_load load = {.median_us = -1, .slow_us = -1};
    int64_t span_ms = 0, hour_ms = 0;
    if (!series)
        return load;
    struct tally recent =
        series_recent(status->history, series, STATUS_RECENT_STEPS, &span_ms);
    struct tally hour =
        series_recent(status->history, series, STATUS_HOUR_STEPS, &hour_ms);
    load.requests = hour.requests;
    load.refused = hour.refused;
    load.failed = hour.failed;
    load.per_second = span_ms ? (double)recent.requests * 1000 / (double)span_ms : 0;
    if (histogram_count(&recent.durations) == 0)
        return load;
    load.median_us = histogram_quantile_us(&recent.durations, 0.5);
    load.slow_us = histogram_quantile_us(&recent.durations, 0.99);
    return load;
}

/* --- failures --- */

enum dm_code status_cursor_init(const struct status *status, struct arena *arena,
                                struct status_cursor *cursor, struct dm_error *err)
{
    *cursor = (struct status_cursor){.given = 0};
    cursor->next = arena_new(arena, (status->threads + 1) * sizeof *cursor->next);
    return cursor->next ? DM_OK : error_nomem(err);
}

const struct failure *status_next_failure(const struct status *status,
                                          struct status_cursor *cursor)
{
    const struct failure *newest = NULL;
    size_t whose = 0;
    for (size_t i = 0; i < status->threads && cursor->given < FAILURES_KEPT; i++) {
        const struct snapshot *last = admin_shard(status->admin, i).last;
        const struct failure *next =
            last ? failures_at(&last->failures, cursor->next[i]) : NULL;
        if (!next || (newest && next->at_ms <= newest->at_ms))
            continue;
        newest = next;
        whose = i;
    }
    if (!newest)
        return NULL;
    cursor->next[whose]++;
    cursor->given++;
    return newest;
}
