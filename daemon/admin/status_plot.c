/* Plots. */
#include "daemon/admin/status_plot.h"

#include "daemon/admin/html.h"

enum { HEIGHT = 100, MARGIN = 2 };

/* --- values --- */

static double per_second(const struct history_point *point, uint32_t count)
{
    return point->span_ms ? count * 1000.0 / point->span_ms : -1;
}

double plot_rate(const struct history_point *point)
{
    return per_second(point, point->requests);
}

double plot_failed(const struct history_point *point)
{
    return per_second(point, point->failed);
}

static double quantile_ms(const struct history_point *point, double part)
{
    struct histogram durations = history_point_histogram(point);
    if (histogram_count(&durations) == 0)
        return -1;
    return (double)histogram_quantile_us(&durations, part) / 1000;
}

double plot_median(const struct history_point *point)
{
    return quantile_ms(point, 0.5);
}

double plot_slow(const struct history_point *point)
{
    return quantile_ms(point, 0.99);
}

/* --- places, from left to right --- */

size_t plot_points(const struct history *history)
{
    static const size_t spans[] = {30, 90, 180, HISTORY_POINTS};
    size_t i = 0;
    while (spans[i] < history_points(history))
        i++;
    return spans[i];
}

static double value_at(const struct plot *plot, const struct plot_line *line,
                       size_t place)
{
    struct history_point sum = {.span_ms = 0};
    size_t per_place = plot_points(plot->history) / plot->places;
    size_t newest = (plot->places - 1 - place) * per_place;
    for (size_t i = 0; i < per_place; i++) {
        struct history_point point =
            series_point(plot->history, plot->series, newest + i);
        history_point_add(&sum, &point);
    }
    return line->value(&sum);
}

double plot_most(const struct plot *plot)
{
    double most = 0;
    for (size_t i = 0; i < plot->line_count; i++)
        for (size_t place = 0; place < plot->places; place++) {
            double value = value_at(plot, &plot->lines[i], place);
            most = value > most ? value : most;
        }
    return most;
}

/* --- shapes --- */

static double height_of(double value, double most)
{
    return HEIGHT - MARGIN - (most > 0 ? value / most : 0) * (HEIGHT - 2 * MARGIN);
}

/* A run of places that have values, from `first` to before `end`. */
static void write_run(const struct plot *plot, const struct plot_line *line, size_t first,
                      size_t end, double most, struct dm_buf *out)
{
    for (size_t place = first; place < end; place++)
        buf_printf(out, "%c%zu %.1f", place == first ? 'M' : 'L', place,
                   height_of(value_at(plot, line, place), most));
    if (end == first + 1) /* a dot */
        buf_printf(out, "h.5");
    if (line->filled)
        buf_printf(out, "V%dH%zuZ", HEIGHT, first);
}

static void write_line(const struct plot *plot, const struct plot_line *line, double most,
                       struct dm_buf *out)
{
    size_t count = plot->places, first = 0;
    buf_printf(out, "<path class=\"%s\" d=\"", line->class);
    for (size_t place = 0; place <= count; place++) {
        bool has_value = place < count && value_at(plot, line, place) >= 0;
        if (has_value)
            continue;
        if (place > first)
            write_run(plot, line, first, place, most, out);
        first = place + 1;
    }
    buf_printf(out, "\"/>");
}

void plot_write(const struct plot *plot, double most, struct dm_buf *out)
{
    buf_printf(out,
               "<svg viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" role=\"img\" "
               "aria-label=\"%s\">",
               plot->places - 1, HEIGHT, plot->label);
    for (size_t i = 0; i < plot->line_count; i++)
        write_line(plot, &plot->lines[i], most, out);
    buf_printf(out, "</svg>");
}
