/* Writing a line. */
#include "daemon/log/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/str.h"
#include "base/utf8.h"

void line_add(struct line *line, struct dm_str text)
{
    size_t room = line->max - line->len;
    size_t len = text.len <= room ? text.len : utf8_cut(text.ptr, room);
    if (len)
        memcpy(line->text + line->len, text.ptr, len);
    line->len += len;
}

void line_printf(struct line *line, const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    line_add(line, dm_str(text));
}

/* A character at the text's beginning; 0: what is there is none. */
static size_t character_len(struct dm_str text)
{
    unsigned char first = (unsigned char)text.ptr[0];
    size_t len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    bool valid = len <= text.len && utf8_valid((struct dm_str){text.ptr, len});
    return valid ? len : 0;
}

/* U+0000 to U+001F, U+007F to U+009F. */
static bool is_control(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0],
                  second = len > 1 ? (unsigned char)text[1] : 0;
    return len == 1 ? first < ' ' || first == 0x7F
                    : len == 2 && first == 0xC2 && second < 0xA0;
}

/* len 0: a byte that is no character. */
static size_t escape_json(const char *text, size_t len, char *out, size_t size)
{
    unsigned code = (unsigned char)text[len > 1];
    if (len == 0)
        code = 0xFFFD;
    else if (!is_control(text, len))
        return (size_t)snprintf(out, size, "\\%c", *text);
    return (size_t)snprintf(out, size, "\\u%04x", code);
}

static size_t escape_bytes(const char *text, size_t len, char *out, size_t size)
{
    size_t written = 0;
    if (*text == '"' || *text == '\\')
        return (size_t)snprintf(out, size, "\\%c", *text);
    for (size_t i = 0; i < (len ? len : 1); i++)
        written += (size_t)snprintf(out + written, size - written, "\\x%02x",
                                    (unsigned char)text[i]);
    return written;
}

static bool must_escape(const char *text, size_t len, enum line_escape escape)
{
    if (len == 0 || is_control(text, len))
        return true;
    if (len > 1)
        return escape == LINE_ASCII;
    return escape != LINE_TEXT && (*text == '"' || *text == '\\');
}

/* All of it, or nothing: false when there is no room. */
static bool add_whole(struct line *line, const char *text, size_t len)
{
    if (len > line->max - line->len)
        return false;
    memcpy(line->text + line->len, text, len);
    line->len += len;
    return true;
}

static bool add_character(struct line *line, const char *text, size_t len,
                          enum line_escape escape)
{
    char escaped[20];
    if (!must_escape(text, len, escape))
        return add_whole(line, text, len);
    size_t size = escape == LINE_JSON ? escape_json(text, len, escaped, sizeof escaped)
                                      : escape_bytes(text, len, escaped, sizeof escaped);
    return add_whole(line, escaped, size);
}

/* How much of the text is visible ASCII that is plain everywhere: most of what comes. */
static size_t plain_len(struct dm_str text)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] >= ' ' && text.ptr[len] < 0x7F &&
           text.ptr[len] != '"' && text.ptr[len] != '\\')
        len++;
    return len;
}

void line_add_escaped(struct line *line, struct dm_str text, enum line_escape escape)
{
    while (text.len) {
        size_t plain = plain_len(text);
        line_add(line, (struct dm_str){text.ptr, plain});
        text = (struct dm_str){text.ptr + plain, text.len - plain};
        if (!text.len)
            return;
        size_t len = character_len(text);
        if (!add_character(line, text.ptr, len, escape))
            return;
        len = len ? len : 1;
        text = (struct dm_str){text.ptr + len, text.len - len};
    }
}

void line_add_quoted(struct line *line, struct dm_str text, enum line_escape escape)
{
    if (line->max - line->len < 2)
        return;
    line_add(line, STR("\""));
    line->max--;
    line_add_escaped(line, text, escape);
    line->max++;
    line_add(line, STR("\""));
}

void line_copy(char *text, size_t size, const char *from)
{
    struct line line = {text, 0, size - 1};
    line_add_escaped(&line, dm_str(from), LINE_TEXT);
    text[line.len] = '\0';
}

void line_add_time(struct line *line, int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    char text[32];
    if (!gmtime_r(&seconds, &tm))
        return;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    line_printf(line, "%s.%03dZ", text, (int)(wall_ms % 1000));
}

bool line_is_plain(struct dm_str text)
{
    while (text.len) {
        size_t len = character_len(text);
        if (must_escape(text.ptr, len, LINE_QUOTED))
            return false;
        text = (struct dm_str){text.ptr + len, text.len - len};
    }
    return true;
}
