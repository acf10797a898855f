/* Small plots of the last hour or less, as SVG: the newest at the right. Shapes alone;
 * what they say in numbers is for the text beside them. */
#ifndef DYNAMOD_DAEMON_ADMIN_STATUS_PLOT_H
#define DYNAMOD_DAEMON_ADMIN_STATUS_PLOT_H

#include "base/buf.h"
#include "daemon/admin/history.h"

/* One value of a point; below 0: it has none. */
typedef double (*plot_value_fn)(const struct history_point *point);

double plot_rate(const struct history_point *point);   /* requests a second */
double plot_failed(const struct history_point *point); /* 5xx a second */
double plot_median(const struct history_point *point); /* ms */
double plot_slow(const struct history_point *point);   /* ms, 99 of 100 are below */

struct plot_line {
    plot_value_fn value;
    const char *class; /* of the page's styles */
    bool filled;       /* down to the axis */
};

/* How many points to look back: all that there are, in steps up to an hour. */
size_t plot_points(const struct history *history);

struct plot {
    const struct history *history;
    const struct series *series;
    size_t places; /* plot_points or a divisor of it: several points make one place */
    const struct plot_line *lines;
    size_t line_count;
    const char *label; /* what it shows, for who cannot see it */
};

/* The largest value of all lines; 0 without any. */
double plot_most(const struct plot *plot);

/* Appends <svg>…</svg>; as wide and high as its styles say. */
void plot_write(const struct plot *plot, double most, struct dm_buf *out);

#endif
