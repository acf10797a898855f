/* Text in pages. */
#include "daemon/admin/html.h"

#include <inttypes.h>

#include "base/iso8601.h"
#include "base/str.h"

static void add_none(struct dm_buf *out)
{
    buf_add_str(out, STR("–"));
}

void html_text(struct dm_buf *out, struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            buf_add_str(out, STR("&amp;"));
            break;
        case '<':
            buf_add_str(out, STR("&lt;"));
            break;
        case '>':
            buf_add_str(out, STR("&gt;"));
            break;
        case '"':
            buf_add_str(out, STR("&quot;"));
            break;
        default:
            buf_add_char(out, text.ptr[i]);
        }
    }
}

void html_number(struct dm_buf *out, double number)
{
    int decimals = number >= 100 ? 0 : number >= 10 ? 1 : 2;
    buf_printf(out, "%.*f", number > 0 ? decimals : 0, number);
}

void html_duration(struct dm_buf *out, int64_t us)
{
    if (us < 0) {
        add_none(out);
        return;
    }
    double ms = (double)us / 1000;
    html_number(out, ms < 1000 ? ms : ms / 1000);
    buf_add_str(out, ms < 1000 ? STR("\u00a0ms") : STR("\u00a0s"));
}

void html_span(struct dm_buf *out, int64_t ms)
{
    int64_t s = ms / 1000, min = s / 60, h = min / 60, d = h / 24;
    if (d)
        buf_printf(out, "%" PRId64 " d %" PRId64 " h", d, h % 24);
    else if (h)
        buf_printf(out, "%" PRId64 " h %" PRId64 " min", h, min % 60);
    else if (min)
        buf_printf(out, "%" PRId64 " min", min);
    else
        buf_printf(out, "%" PRId64 " s", s);
}

void html_time(struct dm_buf *out, int64_t wall_ms)
{
    if (wall_ms <= 0) {
        add_none(out);
        return;
    }
    const struct instant instant = {.seconds = wall_ms / 1000};
    struct civil_time at = instant_civil(&instant);
    buf_printf(out, "<time>%04d-%02u-%02u\u00a0%02u:%02u:%02u\u00a0UTC</time>", at.year,
               at.month, at.day, at.hour, at.minute, at.second);
}

void html_bytes(struct dm_buf *out, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    for (; bytes >= 1000 && unit < DM_COUNT(units) - 1; unit++)
        bytes /= 1000;
    html_number(out, bytes);
    buf_printf(out, "\u00a0%s", units[unit]);
}
