/*
 * What /status tells, as a page for people or as JSON: both are written from this. It
 * shows names of apps, models and tables and the configuration in force, but no secret,
 * no key and no value of an item.
 */
#ifndef DYNAMOD_DAEMON_ADMIN_STATUS_H
#define DYNAMOD_DAEMON_ADMIN_STATUS_H

#include "daemon/admin/admin.h"
#include "daemon/config.h"
#include "daemon/listen/socket.h"
#include "daemon/run/reload.h"

/* "The last minute", in steps of the history. */
enum { STATUS_RECENT_STEPS = 6, STATUS_HOUR_STEPS = HISTORY_POINTS };

/* Lent until the exchange ends or the loop turns. */
struct status {
    const struct admin *admin;
    const struct config *config;
    const struct history *history;
    const struct sockets *served, *listening; /* the apps' addresses and the admin's */
    struct reload_status reload;
    int64_t now_ms, started_ms; /* wall clock */
    size_t threads, silent;
    bool draining, can_sign; /* can_sign: every app */
    double connections, in_flight;
    double cpu_seconds, resident_bytes, open_fds;
    unsigned refresh_s; /* 0: the page stays as it is */
    char nonce[REQUEST_ID_MADE + 1];
};

/* On the admin's thread, at the end of a round. */
DM_MUST_USE enum dm_code status_gather(struct exchange *exchange,
                                       struct status *ret_status, struct dm_error *err);

enum status_state { STATUS_SERVING, STATUS_NOT_READY, STATUS_DRAINING, STATUS_STUCK };
enum status_state status_state(const struct status *status);

/* "serving", "not ready", "draining", "stuck". Static. */
const char *status_state_name(enum status_state state);

/* One way to DynamoDB as all threads together see it: what is wrong with one of them is
 * told. NULL model: the app's. False: none of them has told of it. */
bool status_upstream(const struct status *status, const char *app, const char *model,
                     struct upstream_view *ret_view);

/* How much, how fast and how well. */
struct status_load {
    double per_second;          /* in the last minute */
    int64_t median_us, slow_us; /* likewise, the 50th and 99th of 100; -1: none came */
    uint64_t requests, refused, failed; /* in the last hour */
};

/* NULL series: nothing came yet. */
struct status_load status_load(const struct status *status, const struct series *series);

/* The last failures of all threads, newest first; one call after the other. NULL: no
 * more. Zero the cursor. */
struct status_cursor {
    size_t given;
    size_t *next; /* of each thread; the arena's */
};
DM_MUST_USE enum dm_code status_cursor_init(const struct status *status,
                                            struct arena *arena,
                                            struct status_cursor *cursor,
                                            struct dm_error *err);
const struct failure *status_next_failure(const struct status *status,
                                          struct status_cursor *cursor);

/* Append all of it. */
DM_MUST_USE enum dm_code status_write_json(const struct status *status,
                                           struct arena *arena, struct dm_buf *out,
                                           struct dm_error *err);
DM_MUST_USE enum dm_code status_write_page(const struct status *status,
                                           struct arena *arena, struct dm_buf *out,
                                           struct dm_error *err);

#endif
