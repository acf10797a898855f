/* Text in pages: escaped, and figures as people read them. */
#ifndef DYNAMOD_DAEMON_ADMIN_HTML_H
#define DYNAMOD_DAEMON_ADMIN_HTML_H

#include <stdint.h>

#include "base/buf.h"

/* Appends; a failure stays in the buffer. For text and for attributes in double quotes.
 */
void html_text(struct dm_buf *out, struct dm_str text);

/* "0.42", "12.3", "1234". */
void html_number(struct dm_buf *out, double number);

/* "0.42 ms", "12 ms", "1.3 s"; "–" below 0. */
void html_duration(struct dm_buf *out, int64_t us);

/* "3 d 4 h", "4 h 12 min", "12 min", "12 s". */
void html_span(struct dm_buf *out, int64_t ms);

/* "2024-01-02 03:04:05 UTC"; "–" for 0. */
void html_time(struct dm_buf *out, int64_t wall_ms);

/* "23 MB". */
void html_bytes(struct dm_buf *out, double bytes);

#endif
