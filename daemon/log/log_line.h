/* A line of the log in each of its formats. Pure. */
#ifndef DYNAMOD_DAEMON_LOG_LOG_LINE_H
#define DYNAMOD_DAEMON_LOG_LOG_LINE_H

#include "daemon/log/log.h"

struct log_line {
    int64_t wall_ms;
    enum log_level level;
    const char *message;
    const struct log_field *fields;
    size_t count;
};

/* Writes the line, its end included, and returns its length. What does not fit is cut, in
 * JSON so that it stays JSON. LOG_AUTO is none of them. */
size_t log_line_write(const struct log_line *line, enum log_format format,
                      char text[LOG_LINE_MAX]);

/* "warning". Static. */
const char *log_level_name(enum log_level level);

#endif
