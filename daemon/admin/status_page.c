/* /status as a page. */
#include "daemon/admin/status_page.h"

#include <inttypes.h>

#include "base/str.h"
#include "daemon/admin/html.h"
#include "daemon/admin/status_plot.h"
#include "model/settings_show.h"

/* --- the head --- */

static const char *state_class(enum status_state state)
{
    return state == STATUS_SERVING ? "good" : state == STATUS_STUCK ? "bad" : "warn";
}

static void write_head(const struct status *status, struct dm_buf *out)
{
    const char *state = status_state_name(status_state(status));
    buf_printf(out,
               "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
               "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n");
    if (status->refresh_s)
        buf_printf(out, "<meta http-equiv=refresh content=%u>\n", status->refresh_s);
    buf_printf(out, "<title>dynamod: %s</title>\n<style nonce=\"%s\">\n%s</style>\n",
               state, status->nonce, status_style);
}

static void write_addresses(const char *what, const struct sockets *sockets,
                            struct dm_buf *out)
{
    for (size_t i = 0; sockets && i < sockets->count; i++) {
        buf_printf(out, "%s <code>", i ? "," : what);
        html_text(out, dm_str(sockets->at[i].url));
        buf_printf(out, "</code>");
    }
}

static void write_state(const struct status *status, struct dm_buf *out)
{
    enum status_state state = status_state(status);
    buf_printf(out,
               "<header>\n<h1>dynamod <span>%s</span></h1>\n"
               "<p><span class=\"state %s\">%s</span> <span class=quiet>· up ",
               dm_version(), state_class(state), status_state_name(state));
    html_span(out, status->now_ms - status->started_ms);
    buf_printf(out, " · since ");
    html_time(out, status->started_ms);
    buf_printf(out, "</span>\n");
    if (status->silent)
        buf_printf(out, "<p class=bad>%zu of %zu threads do not answer.\n",
                   status->silent, status->threads);
    buf_printf(out, "<p class=quiet>");
    write_addresses("Serves on", status->served, out);
    write_addresses("; admin on", status->listening, out);
    buf_printf(out, "\n</header>\n");
}

/* --- figures --- */

static void tile(struct dm_buf *out, const char *name)
{
    buf_printf(out, "<tr><th>%s<td>", name);
}

static void tile_end(struct dm_buf *out)
{
    buf_add_char(out, '\n');
}

static void write_load_tiles(const struct status_load *load, struct dm_buf *out)
{
    tile(out, "Requests/s");
    html_number(out, load->per_second);
    tile_end(out);
    tile(out, "Latency p50");
    html_duration(out, load->median_us);
    tile_end(out);
    tile(out, "Latency p99");
    html_duration(out, load->slow_us);
    tile_end(out);
    tile(out, "Failed, last hour");
    buf_printf(out, load->failed ? "<span class=bad>%" PRIu64 "</span>" : "%" PRIu64,
               load->failed);
    tile_end(out);
}

static void write_tiles(const struct status *status, struct dm_buf *out)
{
    struct status_load load = status_load(status, history_all(status->history));
    buf_printf(out, "<main>\n<table class=tiles>\n");
    write_load_tiles(&load, out);
    tile(out, "Connections");
    buf_printf(out, "%.0f", status->connections);
    tile_end(out);
    tile(out, "Under way");
    buf_printf(out, "%.0f", status->in_flight);
    tile_end(out);
    tile(out, "Threads");
    buf_printf(out, "%zu", status->threads);
    tile_end(out);
    tile(out, "Memory");
    html_bytes(out, status->resident_bytes);
    tile_end(out);
    buf_printf(out, "</table>\n");
}

/* --- plots --- */

static void write_figure(const struct status *status, const char *title, const char *unit,
                         const struct plot_line *lines, size_t count, struct dm_buf *out)
{
    struct plot plot = {
        .history = status->history,
        .series = history_all(status->history),
        .places = plot_points(status->history),
        .lines = lines,
        .line_count = count,
        .label = title,
    };
    double most = plot_most(&plot);
    buf_printf(out, "<figure><figcaption><b>%s</b>, at most ", title);
    html_number(out, most);
    buf_printf(out, "%s</figcaption>", unit);
    plot_write(&plot, most, out);
    buf_printf(out, "<div class=axis><span>%zu min ago</span> <span>now</span></div>",
               plot.places * HISTORY_STEP_MS / 60000);
    buf_printf(out, "</figure>\n");
}

static void write_plots(const struct status *status, struct dm_buf *out)
{
    static const struct plot_line rate[] = {{plot_rate, "area", true},
                                            {plot_rate, "line", false}};
    static const struct plot_line latency[] = {{plot_slow, "slow", false},
                                               {plot_median, "line", false}};
    static const struct plot_line failed[] = {{plot_failed, "failarea", true},
                                              {plot_failed, "fail", false}};
    buf_printf(out, "<h2>Load</h2>\n<div class=plots>\n");
    write_figure(status, "Requests a second", "", rate, DM_COUNT(rate), out);
    write_figure(status, "Latency, p50 and p99", "\u00a0ms", latency, DM_COUNT(latency),
                 out);
    write_figure(status, "Failures a second", "", failed, DM_COUNT(failed), out);
    buf_printf(out, "</div>\n");
}

/* --- the configuration --- */

static void write_reload(const struct status *status, struct dm_buf *out)
{
    const struct reload_status *reload = &status->reload;
    if (reload->loaded_ms) {
        buf_printf(out, "<p class=quiet>In force since ");
        html_time(out, reload->loaded_ms);
        buf_printf(out, ".\n");
    }
    if (reload->last_failed) {
        buf_printf(out, "<p class=bad>A reload failed, ");
        html_time(out, reload->last_ms);
        buf_printf(out, ". What was in force before still is.\n");
    }
    if (*reload->message) {
        buf_printf(out, "<p class=\"%s\">", reload->last_failed ? "bad" : "warn");
        html_text(out, dm_str(reload->message));
        buf_add_char(out, '\n');
    }
}

static enum dm_code write_file(const char *name, const struct dm_value *shown, bool open,
                               struct dm_buf *out, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, out->max);
    settings_show_write(shown, &text);
    DM_TRY(buf_check(&text, "configuration", err));
    buf_printf(out, "<details%s><summary>%s</summary>\n<pre>", open ? " open" : "", name);
    html_text(out, buf_str(&text));
    buf_printf(out, "</pre></details>\n");
    return DM_OK;
}

static enum dm_code write_configuration(const struct status *status, struct dm_buf *out,
                                        struct dm_error *err)
{
    const struct config *config = status->config;
    buf_printf(out, "<h2>Configuration in force</h2>\n");
    write_reload(status, out);
    DM_TRY(write_file("dynamod.conf", &config->shown, true, out, err));
    for (size_t i = 0; i < config->app_count; i++)
        DM_TRY(write_file(app_config_name(config->apps[i]), &config->apps[i]->shown,
                          config->app_count == 1, out, err));
    return DM_OK;
}

/* --- all of it --- */

static void write_foot(const struct status *status, struct dm_buf *out)
{
    buf_printf(out, "</main>\n<footer>\n<p>Also <a href=metrics>metrics</a>, "
                    "<a href=ready>ready</a>, <a href=live>live</a>; this page is JSON "
                    "where Accept says so. ");
    if (status->refresh_s)
        buf_printf(out, "It asks anew every %u s; <a href=status>stop</a>.\n",
                   status->refresh_s);
    else
        buf_printf(out, "<a href=\"status?refresh=5\">Ask anew every 5 s</a>.\n");
    buf_printf(out, "<p>Rates and latencies are of the last minute, counts of the last "
                    "hour. Made ");
    html_time(out, status->now_ms);
    buf_printf(out, ".\n</footer>\n");
}

enum dm_code status_write_page(const struct status *status, struct arena *arena,
                               struct dm_buf *out, struct dm_error *err)
{
    write_head(status, out);
    write_state(status, out);
    write_tiles(status, out);
    write_plots(status, out);
    buf_printf(out, "<h2>Apps</h2>\n");
    status_write_apps(status, out);
    buf_printf(out, "<h2>Models</h2>\n");
    status_write_models(status, out);
    buf_printf(out, "<h2>Recent failures</h2>\n");
    DM_TRY(status_write_failures(status, arena, out, err));
    DM_TRY(write_configuration(status, out, err));
    write_foot(status, out);
    return buf_check(out, "status", err);
}
