/* The log's formats. */
#include "daemon/log/log_line.h"

#include "base/str.h"
#include "daemon/log/line.h"

/* What ends each format's line, for which room is kept. */
#define END_OF_TEXT STR("\n")
#define END_OF_JSON STR("}\n")

const char *log_level_name(enum log_level level)
{
    static const char *const names[] = {
        [LOG_ERROR] = "error",
        [LOG_WARNING] = "warning",
        [LOG_INFO] = "info",
        [LOG_DEBUG] = "debug",
    };
    return names[level];
}

static bool is_number(const struct log_field *field)
{
    return field->key[0] == '#';
}

/* What must not be cut. */
static size_t number_len(const struct log_field *field)
{
    return is_number(field) ? field->value.len : 0;
}

static struct dm_str key_of(const struct log_field *field)
{
    return dm_str(field->key + is_number(field));
}

/* --- logfmt --- */

/* Quoted where a reader would take its end for elsewhere. */
static bool is_bare(struct dm_str value)
{
    return !memchr(value.ptr, ' ', value.len) && !memchr(value.ptr, '=', value.len) &&
           line_is_plain(value);
}

static void add_pair(struct line *out, const struct log_field *field)
{
    line_add(out, STR(" "));
    line_add(out, key_of(field));
    line_add(out, STR("="));
    if (is_bare(field->value))
        line_add(out, field->value);
    else
        line_add_quoted(out, field->value, LINE_QUOTED);
}

static void add_message(struct line *out, const struct log_line *line)
{
    line_add_escaped(out, dm_str(line->message), LINE_TEXT);
    for (size_t i = 0; i < line->count; i++)
        if (line->fields[i].value.len)
            add_pair(out, &line->fields[i]);
}

static void write_logfmt(const struct log_line *line, struct line *out)
{
    line_add_time(out, line->wall_ms);
    line_printf(out, " %s ", log_level_name(line->level));
    add_message(out, line);
}

/* --- JSON --- */

/* A member, or nothing of it where not even its key and quotes have room. */
static void add_member(struct line *out, const struct log_field *field)
{
    struct dm_str key = key_of(field), value = field->value;
    size_t least = key.len + STR(",\"\":\"\"").len + number_len(field);
    if (!value.len || out->max - out->len < least)
        return;
    if (out->text[out->len - 1] != '{')
        line_add(out, STR(","));
    line_add_quoted(out, key, LINE_JSON);
    line_add(out, STR(":"));
    if (is_number(field))
        line_add(out, value);
    else
        line_add_quoted(out, value, LINE_JSON);
}

static void write_json(const struct log_line *line, struct line *out)
{
    char text[32];
    struct line time = {text, 0, sizeof text};
    line_add_time(&time, line->wall_ms);
    const struct log_field head[] = {
        {"time", {time.text, time.len}},
        {"level", dm_str(log_level_name(line->level))},
        {"message", dm_str(line->message)},
    };
    line_add(out, STR("{"));
    for (size_t i = 0; i < DM_COUNT(head); i++)
        add_member(out, &head[i]);
    for (size_t i = 0; i < line->count; i++)
        add_member(out, &line->fields[i]);
}

/* --- the journal --- */

/* https://systemd.io/JOURNAL_NATIVE_PROTOCOL/: a line a field, names in upper case. One
 * without its = would be a field of bytes: nothing of it where it has no room. */
static void add_journal_field(struct line *out, const struct log_field *field)
{
    const struct dm_str prefix = STR("\nDYNAMOD_"), key = key_of(field);
    if (out->max - out->len < prefix.len + key.len + 1 + number_len(field))
        return;
    line_add(out, prefix);
    for (size_t i = 0; i < key.len; i++) {
        bool is_lower = key.ptr[i] >= 'a' && key.ptr[i] <= 'z';
        line_printf(out, "%c", is_lower ? key.ptr[i] - 'a' + 'A' : key.ptr[i]);
    }
    line_add(out, STR("="));
    line_add_escaped(out, field->value, LINE_TEXT);
}

/* journalctl shows the message alone, so it says all; fields are to search by. */
static void write_journal(const struct log_line *line, struct line *out)
{
    static const int priorities[] = {
        [LOG_ERROR] = 3, [LOG_WARNING] = 4, [LOG_INFO] = 6, [LOG_DEBUG] = 7};
    line_printf(
        out, "PRIORITY=%d\nSYSLOG_IDENTIFIER=dynamod\nMESSAGE=", priorities[line->level]);
    add_message(out, line);
    for (size_t i = 0; i < line->count; i++)
        if (line->fields[i].value.len)
            add_journal_field(out, &line->fields[i]);
}

/* --- all of them --- */

size_t log_line_write(const struct log_line *line, enum log_format format,
                      char text[LOG_LINE_MAX])
{
    struct dm_str end = format == LOG_JSON ? END_OF_JSON : END_OF_TEXT;
    struct line out = {text, 0, LOG_LINE_MAX - end.len};
    if (format == LOG_JSON)
        write_json(line, &out);
    else if (format == LOG_JOURNAL)
        write_journal(line, &out);
    else
        write_logfmt(line, &out);
    out.max = LOG_LINE_MAX;
    line_add(&out, end);
    return out.len;
}
