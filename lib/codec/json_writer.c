/* Writing JSON strings. */
#include "codec/json_writer.h"

#include "base/str.h"
#include "codec/json_scan.h"

static void write_escape(unsigned char c, struct dm_buf *out)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char letter = c < sizeof letters ? letters[c] : (char)c;
    if (letter)
        buf_add(out, (char[]){'\\', letter}, 2);
    else
        buf_add(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

static void write_plain(const char *text, size_t len, struct dm_buf *out)
{
    char *to = buf_room(out, len + 2);
    if (!to)
        return;
    to[0] = '"';
    memcpy(to + 1, text, len);
    to[len + 1] = '"';
    out->len += len + 2;
}

void json_write_string(struct dm_str text, struct dm_buf *out)
{
    if (str_empty(text)) {
        buf_add(out, "\"\"", 2);
        return;
    }
    const char *at = text.ptr, *end = at + text.len;
    const char *run = json_scan_plain(at, end);
    if (run == end) {
        write_plain(at, text.len, out);
        return;
    }
    buf_add_char(out, '"');
    while (at < end) {
        buf_add(out, at, (size_t)(run - at));
        if (run < end)
            write_escape((unsigned char)*run++, out);
        at = run;
        run = json_scan_plain(at, end);
    }
    buf_add_char(out, '"');
}
