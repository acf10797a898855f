/* The log, as its callers see it. */
#include "daemon/log/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "daemon/log/log_writer.h"

static _Atomic int least = LOG_INFO;
static struct log_writer *_Atomic writer; /* NULL: lines are written at once */

void log_set_level(enum log_level level)
{
    atomic_store(&least, (int)level);
}

static bool is_wanted(enum log_level level)
{
    return (int)level <= atomic_load(&least);
}

bool log_level_from_name(struct dm_str name, enum log_level *ret_level)
{
    for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        if (!str_equal(name, dm_str(log_level_name((enum log_level)level))))
            continue;
        *ret_level = (enum log_level)level;
        return true;
    }
    return false;
}

bool log_format_from_name(struct dm_str name, enum log_format *ret_format)
{
    static const char *const names[] = {
        [LOG_AUTO] = "auto",
        [LOG_LOGFMT] = "logfmt",
        [LOG_JSON] = "json",
        [LOG_JOURNAL] = "journal",
    };
    for (size_t i = 0; i < DM_COUNT(names); i++) {
        if (!str_equal(name, dm_str(names[i])))
            continue;
        *ret_format = (enum log_format)i;
        return true;
    }
    return false;
}

enum dm_code log_start(enum log_format format, struct dm_error *err)
{
    struct log_writer *started = NULL;
    DM_TRY(log_writer_start(format, &started, err));
    atomic_store(&writer, started);
    return DM_OK;
}

void log_stop(void)
{
    struct log_writer *ending = atomic_exchange(&writer, NULL);
    if (ending)
        log_writer_stop(ending);
}

struct log_figures log_figures(void)
{
    const struct log_writer *running = atomic_load(&writer);
    return running ? log_writer_figures(running) : (struct log_figures){.written = 0};
}

/* --- lines --- */

static void write_at_once(const struct log_line *line)
{
    char text[LOG_LINE_MAX];
    size_t len = log_line_write(line, LOG_LOGFMT, text);
    /* There is nowhere left to say that the log cannot be written. */
    ssize_t written = write(STDERR_FILENO, text, len);
    (void)written;
}

static void emit(enum log_level level, const char *message,
                 const struct log_field *fields, size_t count)
{
    struct log_writer *running = atomic_load(&writer);
    struct log_line line = {clock_wall_ms(clock_system()), level, message, fields, count};
    if (running)
        log_writer_add(running, &line);
    else
        write_at_once(&line);
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count)
{
    if (is_wanted(level))
        emit(level, message, fields, count);
}

void log_folded(enum log_level level, const char *message, const struct log_kind *kind,
                const struct log_field *fields, size_t count)
{
    struct log_writer *running = atomic_load(&writer);
    if (!is_wanted(level))
        return;
    if (!running || log_writer_admits(running, level, message, kind))
        emit(level, message, fields, count);
}

void log_text(enum log_level level, const char *format, ...)
{
    if (!is_wanted(level))
        return;
    char message[LOG_LINE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    emit(level, message, NULL, 0);
}

void log_always(const char *format, ...)
{
    char message[LOG_LINE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    emit(LOG_INFO, message, NULL, 0);
}
