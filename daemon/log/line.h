/* A line of a log while it is written: text of a limited length, and what makes foreign
 * text harmless in it. */
#ifndef DYNAMOD_DAEMON_LOG_LINE_H
#define DYNAMOD_DAEMON_LOG_LINE_H

#include <stdint.h>

#include "base/macros.h"

/* Points at somebody's room. What does not fit is left out, never half a character or
 * half an escape. */
struct line {
    char *text;
    size_t len, max;
};

/* How what is not plain is written. Control characters, those of ISO 6429's C1 too, and
 * bytes that are no UTF-8 are plain nowhere. */
enum line_escape {
    LINE_TEXT,   /* \x0a; quotes and backslashes stand as they are */
    LINE_QUOTED, /* \" \\ \x0a: within double quotes */
    LINE_ASCII,  /* as LINE_QUOTED, and all past ASCII is \xc3\xa9 */
    LINE_JSON    /* \" \\ \u000a; what is no UTF-8 is U+FFFD */
};

void line_add(struct line *line, struct dm_str text);
void line_printf(struct line *line, const char *format, ...) DM_PRINTF(2, 3);
void line_add_escaped(struct line *line, struct dm_str text, enum line_escape escape);

/* The same, between quotes: the second is there even when the text was cut. */
void line_add_quoted(struct line *line, struct dm_str text, enum line_escape escape);

/* Foreign text as a string of ours, as LINE_TEXT has it; what does not fit is left out.
 */
void line_copy(char *text, size_t size, const char *from);

/* "2023-11-14T22:13:20.123Z" */
void line_add_time(struct line *line, int64_t wall_ms);

/* Whether escaping leaves the text as it is. */
bool line_is_plain(struct dm_str text);

#endif
