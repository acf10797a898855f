/* The log's thread: takes lines out of the queue and hands them to standard error or the
 * journal. */
#ifndef DYNAMOD_DAEMON_LOG_LOG_WRITER_H
#define DYNAMOD_DAEMON_LOG_LOG_WRITER_H

#include "daemon/log/log_fold.h"

struct log_writer;

/* LOG_AUTO is resolved. DM_E_CONFIG: there is no journal. */
DM_MUST_USE enum dm_code log_writer_start(enum log_format format,
                                          struct log_writer **ret_writer,
                                          struct dm_error *err);

/* Writes what is there, for a second at most. */
void log_writer_stop(struct log_writer *writer);

/* From any thread, without waiting. */
void log_writer_add(struct log_writer *writer, const struct log_line *line);
bool log_writer_admits(struct log_writer *writer, enum log_level level,
                       const char *message, const struct log_kind *kind);
struct log_figures log_writer_figures(const struct log_writer *writer);

#endif
