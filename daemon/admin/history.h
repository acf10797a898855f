/*
 * The last hour, a point every ten seconds: of all requests together, and of each model.
 * The totals of a moment are gathered first (history_gather, history_add for each
 * thread's tallies); then they are looked at, or kept as a point.
 */
#ifndef DYNAMOD_DAEMON_ADMIN_HISTORY_H
#define DYNAMOD_DAEMON_ADMIN_HISTORY_H

#include "daemon/admin/tally.h"

enum { HISTORY_POINTS = 360, HISTORY_STEP_MS = 10000 };

/* What came in one step. */
struct history_point {
    uint32_t span_ms; /* 0: before the beginning */
    uint32_t requests, refused, failed;
    uint32_t durations[HISTOGRAM_BUCKETS];
};

struct series; /* all requests, or those of a model */
struct history;

/* Names are kept for up to SERIES_MAX models: what comes on top is in the sum alone. */
enum { SERIES_MAX = 256 };

DM_MUST_USE enum dm_code history_new(int64_t now_ms, struct history **ret_history,
                                     struct dm_error *err);
void history_free(struct history *history);
DM_AUTO_DEFINE(history, history_free)

/* Begins to gather totals anew. */
void history_gather(struct history *history, int64_t now_ms);

/* One thread's tally; app and model are "" where there is none, and then of the sum
 * alone. Copies. Out of memory it is left out. */
void history_add(struct history *history, const char *app, const char *model,
                 const struct tally *tally);

/* What was gathered ends a step. */
void history_step(struct history *history);

/* --- looking, until the next history_gather --- */

const struct series *history_all(const struct history *history);
/* NULL: nothing was asked of it yet. */
const struct series *history_find(const struct history *history, const char *app,
                                  const char *model);

/* What came in the last so many steps and since; *ret_span_ms is how long that is. */
struct tally series_recent(const struct history *history, const struct series *series,
                           size_t steps, int64_t *ret_span_ms);

/* How many points there are. */
size_t history_points(const struct history *history);

/* The newest is 0; span_ms 0 past the beginning. */
struct history_point series_point(const struct history *history,
                                  const struct series *series, size_t index);

/* Adds a later one to it. */
void history_point_add(struct history_point *into, const struct history_point *from);

/* Its durations, for histogram_quantile_us. */
struct histogram history_point_histogram(const struct history_point *point);

#endif
