/* The log. */
#include "daemon/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

static const char *const level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARNING] = "warning",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

static enum log_level least = LOG_INFO;

void log_set_level(enum log_level level)
{
    least = level;
}

bool log_level_from_name(struct dm_str name, enum log_level *ret_level)
{
    for (size_t i = 0; i < DM_COUNT(level_names); i++) {
        if (!str_equal(name, dm_str(level_names[i])))
            continue;
        *ret_level = (enum log_level)i;
        return true;
    }
    return false;
}

/* What is being written, with room kept for the newline. */
struct line {
    char *text;
    size_t len;
};

static void add(struct line *line, struct dm_str str)
{
    size_t room = LOG_LINE_MAX - 1 - line->len;
    size_t len = str.len < room ? str.len : room;
    if (len)
        memcpy(line->text + line->len, str.ptr, len);
    line->len += len;
}

/* Visible ASCII but `"` and `\`, and bytes of UTF-8. */
static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte > ' ' && byte != 0x7f && byte != '"' && byte != '\\';
}

static void add_escaped(struct line *line, struct dm_str text, bool quoted)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char escape[8];
        if (is_plain(c) || c == ' ' || (!quoted && (c == '"' || c == '\\')))
            snprintf(escape, sizeof escape, "%c", c);
        else if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else
            snprintf(escape, sizeof escape, "\\x%02x", (unsigned char)c);
        add(line, dm_str(escape));
    }
}

static void add_field(struct line *line, const struct log_field *field)
{
    bool bare = true;
    for (size_t i = 0; i < field->value.len; i++)
        bare = bare && is_plain(field->value.ptr[i]) && field->value.ptr[i] != '=';

    add(line, STR(" "));
    add(line, dm_str(field->key));
    add(line, bare ? STR("=") : STR("=\""));
    add_escaped(line, field->value, true);
    if (!bare)
        add(line, STR("\""));
}

static void add_time(struct line *line, int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    char text[48];
    if (!gmtime_r(&seconds, &tm))
        return;
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + len, sizeof text - len, ".%03dZ ", (int)(wall_ms % 1000));
    add(line, dm_str(text));
}

size_t log_format(char text[LOG_LINE_MAX], int64_t wall_ms, enum log_level level,
                  const char *message, const struct log_field *fields, size_t count)
{
    struct line line = {text, 0};
    add_time(&line, wall_ms);
    add(&line, dm_str(level_names[level]));
    add(&line, STR(" "));
    add_escaped(&line, dm_str(message), false);
    for (size_t i = 0; i < count; i++)
        if (fields[i].value.len)
            add_field(&line, &fields[i]);
    text[line.len++] = '\n';
    return line.len;
}

static void emit(enum log_level level, const char *message,
                 const struct log_field *fields, size_t count)
{
    char line[LOG_LINE_MAX];
    int64_t now_ms = clock_wall_ms(clock_system());
    size_t len = log_format(line, now_ms, level, message, fields, count);
    /* There is nowhere left to say that the log cannot be written. */
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written;
}

void log_fields(enum log_level level, const char *message, const struct log_field *fields,
                size_t count)
{
    if (level <= least)
        emit(level, message, fields, count);
}

void log_text(enum log_level level, const char *format, ...)
{
    if (level > least)
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
