/* The tables of the status page: apps, models, failures. */
#include <inttypes.h>

#include "base/str.h"
#include "daemon/admin/html.h"
#include "daemon/admin/status_page.h"
#include "daemon/admin/status_plot.h"

enum { PLACES = 30 }; /* of a plot in a table */

static void cell(struct dm_buf *out, const char *text)
{
    buf_add_str(out, STR("<td>"));
    html_text(out, *text ? dm_str(text) : STR("–"));
}

static void cell_count(struct dm_buf *out, uint64_t count, const char *class)
{
    buf_printf(out, "<td class=\"n%s%s\">%" PRIu64, count ? " " : "", count ? class : "",
               count);
}

static void head(struct dm_buf *out, const char *const *names, size_t count)
{
    buf_add_str(out, STR("<div class=wide tabindex=0><table>\n<tr>"));
    for (size_t i = 0; i < count; i++)
        buf_printf(out, *names[i] == '#' ? "<th class=n>%s" : "<th>%s",
                   names[i] + (*names[i] == '#'));
    buf_add_char(out, '\n');
}

static void foot(struct dm_buf *out)
{
    buf_add_str(out, STR("</table></div>\n"));
}

/* --- apps --- */

static void write_expiry(const struct status *status, const struct upstream_view *view,
                         struct dm_buf *out)
{
    buf_add_str(out, STR("<td>"));
    if (!view->expires_ms) {
        buf_add_str(out, view->can_sign ? STR("do not expire") : STR("–"));
        return;
    }
    buf_add_str(out, STR("expire in "));
    html_span(out, view->expires_ms - status->now_ms);
}

static void write_upstream(const struct status *status, const struct upstream_view *view,
                           struct dm_buf *out)
{
    buf_printf(out, "<td class=\"%s\">%s", view->can_sign ? "good" : "bad",
               view->can_sign ? "ready" : "not ready");
    cell(out, view->provider);
    if (view->can_sign) {
        write_expiry(status, view, out);
    } else {
        buf_add_str(out, STR("<td class=text>"));
        html_text(out, dm_str(view->reason));
    }
    bool closed = strcmp(view->breaker, "closed") == 0;
    buf_printf(out, "<td class=\"%s\">%s\n", closed ? "quiet" : "bad", view->breaker);
}

/* An app's own way, or a model's. */
static void write_way(const struct status *status, const char *app, const char *model,
                      struct dm_str embedded, struct dm_buf *out)
{
    struct upstream_view view;
    buf_add_str(out, STR("<tr>"));
    cell(out, app);
    cell(out, model ? model : "all");
    if (embedded.len) {
        buf_add_str(out, STR("<td class=good>ready<td class=quiet>embedded<td "
                             "class=quiet>needs none<td>–\n"));
        return;
    }
    if (status_upstream(status, app, model, &view))
        write_upstream(status, &view, out);
    else
        buf_add_str(out, STR("<td class=warn>unknown<td>–<td>–<td>–\n"));
}

void status_write_apps(const struct status *status, struct dm_buf *out)
{
    static const char *const names[] = {"App",      "Models",      "State",
                                        "Provider", "Credentials", "Breaker"};
    head(out, names, DM_COUNT(names));
    for (size_t i = 0; i < status->config->app_count; i++) {
        const struct app_config *app = status->config->apps[i];
        write_way(status, app->name.ptr, NULL, app->dynamodb.embedded, out);
        for (size_t j = 0; j < app->model_count; j++)
            if (app->models[j].has_own_dynamodb)
                write_way(status, app->name.ptr, app->models[j].name.ptr,
                          app->models[j].dynamodb.embedded, out);
    }
    foot(out);
}

/* --- models --- */

/* The line of failures only where there are some. */
static void write_trend(const struct status *status, const struct series *series,
                        bool failed, struct dm_buf *out)
{
    static const struct plot_line lines[] = {{plot_rate, "area", true},
                                             {plot_rate, "line", false},
                                             {plot_failed, "fail", false}};
    struct plot plot = {.history = status->history,
                        .series = series,
                        .places = PLACES,
                        .lines = lines,
                        .line_count = DM_COUNT(lines) - !failed,
                        .label = "requests a second"};
    buf_add_str(out, STR("<td>"));
    if (series)
        plot_write(&plot, plot_most(&plot), out);
    buf_add_char(out, '\n');
}

static void write_model(const struct status *status, const char *app,
                        const struct model_config *model, struct dm_buf *out)
{
    const struct series *series = history_find(status->history, app, model->name.ptr);
    struct status_load load = status_load(status, series);
    buf_add_str(out, STR("<tr>"));
    cell(out, app);
    cell(out, model->name.ptr);
    cell(out, model->table_name.ptr);
    buf_add_str(out, STR("<td class=n>"));
    html_number(out, load.per_second);
    buf_add_str(out, STR("<td class=n>"));
    html_duration(out, load.median_us);
    buf_add_str(out, STR("<td class=n>"));
    html_duration(out, load.slow_us);
    cell_count(out, load.requests, "");
    cell_count(out, load.refused, "");
    cell_count(out, load.failed, "bad");
    write_trend(status, series, load.failed > 0, out);
}

void status_write_models(const struct status *status, struct dm_buf *out)
{
    static const char *const names[] = {"App",  "Model", "Table",     "#Requests/s",
                                        "#p50", "#p99",  "#Requests", "#4xx",
                                        "#5xx", "Trend"};
    head(out, names, DM_COUNT(names));
    for (size_t i = 0; i < status->config->app_count; i++) {
        const struct app_config *app = status->config->apps[i];
        for (size_t j = 0; j < app->model_count; j++)
            write_model(status, app->name.ptr, &app->models[j], out);
    }
    foot(out);
}

/* --- failures --- */

static void write_failure(const struct failure *failure, struct dm_buf *out)
{
    buf_add_str(out, STR("<tr><td>"));
    html_time(out, failure->at_ms);
    buf_printf(out, "<td class=n>%u", failure->status);
    cell(out, failure->app);
    cell(out, failure->model);
    cell(out, failure->type);
    buf_add_str(out, STR("<td><code>"));
    html_text(out, dm_str(failure->request_id));
    buf_add_str(out, STR("</code>\n"));
}

enum dm_code status_write_failures(const struct status *status, struct arena *arena,
                                   struct dm_buf *out, struct dm_error *err)
{
    static const char *const names[] = {"Time",  "#Status", "App",
                                        "Model", "Problem", "Request id"};
    struct status_cursor cursor;
    DM_TRY(status_cursor_init(status, arena, &cursor, err));
    const struct failure *failure = status_next_failure(status, &cursor);
    if (!failure) {
        buf_add_str(out, STR("<p class=quiet>None.\n"));
        return DM_OK;
    }
    head(out, names, DM_COUNT(names));
    for (; failure; failure = status_next_failure(status, &cursor))
        write_failure(failure, out);
    foot(out);
    return DM_OK;
}
