/* /status as JSON. */
#include <jansson.h>

#include "base/error.h"
#include "base/iso8601.h"
#include "base/str.h"
#include "codec/plain_json.h"
#include "daemon/admin/status.h"
#include "daemon/http/json.h"

/* NULL, which jansson takes for a failure, where memory ran out. */
static json_t *time_json(int64_t ms)
{
    char text[40];
    struct dm_buf out;
    const struct instant instant = {.seconds = ms / 1000};
    if (ms <= 0)
        return json_null();
    buf_init(&out, sizeof text);
    iso8601_write(&instant, &out);
    json_t *json = json_stringn(out.ptr, out.len);
    buf_done(&out);
    return json;
}

static json_t *duration_json(int64_t us)
{
    return us < 0 ? json_null() : json_real((double)us / 1000);
}

static json_t *text_json(const char *text)
{
    return *text ? json_string(text) : json_null();
}

static json_t *load_json(const struct status_load *load)
{
    return json_pack("{s:f, s:o, s:o, s:{s:I, s:I, s:I}}", "per_second", load->per_second,
                     "p50_ms", duration_json(load->median_us), "p99_ms",
                     duration_json(load->slow_us), "last_hour", "requests",
                     (json_int_t)load->requests, "status_4xx", (json_int_t)load->refused,
                     "status_5xx", (json_int_t)load->failed);
}

static json_t *sockets_json(const struct sockets *sockets)
{
    json_t *array = json_array();
    for (size_t i = 0; sockets && i < sockets->count; i++)
        json_array_append_new(array, json_string(sockets->at[i].url));
    return array;
}

/* --- apps and models --- */

static json_t *upstream_json(const struct status *status, const char *app,
                             const char *model)
{
    struct upstream_view view;
    if (!status_upstream(status, app, model, &view))
        return json_null();
    return json_pack("{s:b, s:o, s:o, s:o, s:s}", "ready", view.can_sign, "provider",
                     text_json(view.provider), "expires", time_json(view.expires_ms),
                     "reason", text_json(view.reason), "breaker", view.breaker);
}

static json_t *model_json(const struct status *status, const char *app,
                          const struct model_config *model)
{
    const char *name = model->name.ptr;
    struct status_load load =
        status_load(status, history_find(status->history, app, name));
    json_t *json = json_pack("{s:s, s:s, s:o}", "name", name, "table",
                             model->table_name.ptr, "requests", load_json(&load));
    if (model->has_own_dynamodb)
        json_object_set_new(json, "dynamodb", upstream_json(status, app, name));
    return json;
}

static json_t *app_json(const struct status *status, size_t index)
{
    const struct app_config *app = status->config->apps[index];
    json_t *models = json_array();
    for (size_t i = 0; i < app->model_count; i++)
        json_array_append_new(models, model_json(status, app->name.ptr, &app->models[i]));
    return json_pack("{s:s, s:b, s:o, s:o}", "name", app->name.ptr, "default",
                     index == status->config->default_app, "dynamodb",
                     upstream_json(status, app->name.ptr, NULL), "models", models);
}

static json_t *apps_json(const struct status *status)
{
    json_t *apps = json_array();
    for (size_t i = 0; i < status->config->app_count; i++)
        json_array_append_new(apps, app_json(status, i));
    return apps;
}

/* --- what has been --- */

static json_t *failure_json(const struct failure *failure)
{
    return json_pack("{s:o, s:i, s:o, s:o, s:s, s:s}", "time", time_json(failure->at_ms),
                     "status", (int)failure->status, "app", text_json(failure->app),
                     "model", text_json(failure->model), "type", failure->type,
                     "request_id", failure->request_id);
}

static enum dm_code failures_json(const struct status *status, struct arena *arena,
                                  json_t **ret_json, struct dm_error *err)
{
    struct status_cursor cursor;
    const struct failure *failure;
    DM_TRY(status_cursor_init(status, arena, &cursor, err));
    json_t *failures = json_array();
    while ((failure = status_next_failure(status, &cursor)))
        json_array_append_new(failures, failure_json(failure));
    *ret_json = failures;
    return DM_OK;
}

static json_t *point_json(const struct history_point *point)
{
    struct histogram durations = history_point_histogram(point);
    bool none = histogram_count(&durations) == 0;
    return json_pack(
        "{s:f, s:I, s:I, s:I, s:o, s:o}", "seconds", point->span_ms / 1000.0, "requests",
        (json_int_t)point->requests, "status_4xx", (json_int_t)point->refused,
        "status_5xx", (json_int_t)point->failed, "p50_ms",
        duration_json(none ? -1 : histogram_quantile_us(&durations, 0.5)), "p99_ms",
        duration_json(none ? -1 : histogram_quantile_us(&durations, 0.99)));
}

/* Newest first. */
static json_t *history_json(const struct status *status)
{
    json_t *points = json_array();
    for (size_t i = 0; i < HISTORY_POINTS; i++) {
        struct history_point point =
            series_point(status->history, history_all(status->history), i);
        if (point.span_ms)
            json_array_append_new(points, point_json(&point));
    }
    return points;
}

static json_t *reload_json(const struct status *status)
{
    const struct reload_status *reload = &status->reload;
    return json_pack("{s:o, s:o, s:b, s:I, s:I, s:o}", "in_force_since",
                     time_json(reload->loaded_ms), "last", time_json(reload->last_ms),
                     "last_failed", reload->last_failed, "succeeded",
                     (json_int_t)reload->succeeded, "failed", (json_int_t)reload->failed,
                     "message", text_json(reload->message));
}

/* --- all of it --- */

static json_t *process_json(const struct status *status)
{
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I}", "started",
                     time_json(status->started_ms), "uptime_seconds",
                     (json_int_t)((status->now_ms - status->started_ms) / 1000),
                     "threads", (json_int_t)status->threads, "silent_threads",
                     (json_int_t)status->silent, "connections",
                     (json_int_t)status->connections, "requests_in_flight",
                     (json_int_t)status->in_flight, "cpu_seconds", status->cpu_seconds,
                     "resident_memory_bytes", (json_int_t)status->resident_bytes,
                     "open_fds", (json_int_t)status->open_fds);
}

/* Numbers of people's own keep their digits: it is no document of jansson's. */
static void write_configuration(const struct config *config, struct dm_buf *out)
{
    plain_json_write(&config->shown, out);
    buf_add_str(out, STR(",\"apps\":{"));
    for (size_t i = 0; i < config->app_count; i++) {
        buf_printf(out, "%s\"%s\":", i ? "," : "", app_config_name(config->apps[i]));
        plain_json_write(&config->apps[i]->shown, out);
    }
    buf_add_char(out, '}');
}

enum dm_code status_write_json(const struct status *status, struct arena *arena,
                               struct dm_buf *out, struct dm_error *err)
{
    json_t *failures = NULL;
    DM_TRY(failures_json(status, arena, &failures, err));
    struct status_load load = status_load(status, history_all(status->history));
    json_t *document = json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", dm_version(),
        "state", status_state_name(status_state(status)), "process", process_json(status),
        "listening", sockets_json(status->served), "admin",
        sockets_json(status->listening), "requests", load_json(&load), "apps",
        apps_json(status), "failures", failures, "reload", reload_json(status), "history",
        history_json(status));
    json_write_document(document, out);
    json_decref(document);
    DM_TRY(buf_check(out, "status", err));

    out->len -= strlen("}\n");
    buf_add_str(out, STR(",\"configuration\":{\"dynamod\":"));
    write_configuration(status->config, out);
    buf_add_str(out, STR("}}\n"));
    return buf_check(out, "status", err);
}
