/*
 * The log: one line an event on standard error, `time level message key=value …`.
 *
 * One write(2) a line, so lines of several threads never mix. The level is set once,
 * before the threads start. Never given a secret, an item's value or a key.
 */
#ifndef DYNAMOD_DAEMON_LOG_H
#define DYNAMOD_DAEMON_LOG_H

#include <stdint.h>

#include "base/macros.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* An empty value is left out. */
struct log_field {
    const char *key;
    struct dm_str value;
};

/* A line is cut at this. */
enum { LOG_LINE_MAX = 2048 };

void log_set_level(enum log_level level);

/* "error", "warning", "info", "debug"; false when it is none of them. */
bool log_level_from_name(struct dm_str name, enum log_level *ret_level);

void log_text(enum log_level level, const char *format, ...) DM_PRINTF(2, 3);
void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count);

/* At whatever level is set: what an operator must see. */
void log_always(const char *format, ...) DM_PRINTF(1, 2);

/* The line as it is written, newline and all; returns its length. */
size_t log_format(char line[LOG_LINE_MAX], int64_t wall_ms, enum log_level level,
                  const char *message, const struct log_field *fields, size_t count);

#endif
