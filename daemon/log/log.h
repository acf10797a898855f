/*
 * The log: one line an event, on standard error as logfmt or JSON, or in systemd's
 * journal. Never given a secret, an item's value or a key.
 *
 * Between log_start and log_stop nobody waits for it: a line goes through a queue to a
 * thread of the log's own, or is dropped and counted when the queue is full. Before and
 * after, it is written at once, on standard error.
 */
#ifndef DYNAMOD_DAEMON_LOG_LOG_H
#define DYNAMOD_DAEMON_LOG_LOG_H

#include <stdint.h>

#include "base/macros.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

enum log_format {
    LOG_AUTO,   /* the journal where standard error leads to it, else logfmt */
    LOG_LOGFMT, /* time level message key=value … */
    LOG_JSON,   /* an object a line */
    LOG_JOURNAL /* the journal's own protocol: each field is one of the journal's */
};

/* An empty value is left out. A key that begins with # is of a number: "#status" is
 * status=502, and in JSON 502. */
struct log_field {
    const char *key;
    struct dm_str value;
};

/* A line is cut at this. */
enum { LOG_LINE_MAX = 2048 };

/* From any thread. */
void log_set_level(enum log_level level);

/* "error", "warning", "info", "debug"; false when it is none of them. */
bool log_level_from_name(struct dm_str name, enum log_level *ret_level);

/* "auto", "logfmt", "json", "journal"; likewise. */
bool log_format_from_name(struct dm_str name, enum log_format *ret_format);

/* By the main thread, once. DM_E_CONFIG: there is no journal. */
DM_MUST_USE enum dm_code log_start(enum log_format format, struct dm_error *err);

/* Writes what is there; gives up after a second when nobody takes it. */
void log_stop(void);

void log_text(enum log_level level, const char *format, ...) DM_PRINTF(2, 3);
void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count);

/* At whatever level is set: what an operator must see. */
void log_always(const char *format, ...) DM_PRINTF(1, 2);

/* What makes two failures alike. Texts are copied; NULL: none. Few, and none of them a
 * client's: kinds are kept. */
struct log_kind {
    const char *app, *model, *type;
};

/* As log_fields, for what may happen a million times: of a kind the first five are
 * written, the rest are counted, and told once a minute as one line. The message is
 * static. */
void log_folded(enum log_level level, const char *message, const struct log_kind *kind,
                const struct log_field *fields, size_t count);

/* Since the start; any thread. */
struct log_figures {
    uint64_t written; /* lines handed over to whoever keeps them */
    uint64_t folded;  /* not written, told as a number */
    uint64_t dropped; /* lost: the queue was full, or nobody took them */
};
struct log_figures log_figures(void);

#endif
