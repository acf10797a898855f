/* Text and figures of pages. */
#include "daemon/admin/html.h"

#include "support/test.h"

static void expect(struct dm_buf *out, const char *expected)
{
    assert_str(buf_str(out), expected);
    buf_done(out);
    buf_init(out, 4096);
}

TEST(html, escapes_whatever_could_be_markup)
{
    struct dm_buf out;
    buf_init(&out, 4096);
    html_text(&out, STR("<b a=\"1\">&'</b>"));
    expect(&out, "&lt;b a=&quot;1&quot;&gt;&amp;'&lt;/b&gt;");
    buf_done(&out);
}

TEST(html, writes_figures_as_people_read_them)
{
    struct dm_buf out;
    buf_init(&out, 4096);
    html_number(&out, 0), expect(&out, "0");
    html_number(&out, 0.123), expect(&out, "0.12");
    html_number(&out, 12.345), expect(&out, "12.3");
    html_number(&out, 12345.6), expect(&out, "12346");
    html_duration(&out, -1), expect(&out, "–");
    html_duration(&out, 420), expect(&out, "0.42\u00a0ms");
    html_duration(&out, 1300000), expect(&out, "1.30\u00a0s");
    html_bytes(&out, 23.4e6), expect(&out, "23.4\u00a0MB");
    buf_done(&out);
}

TEST(html, writes_times_and_spans)
{
    struct dm_buf out;
    buf_init(&out, 4096);
    html_span(&out, 12999), expect(&out, "12 s");
    html_span(&out, 12 * 60 * 1000), expect(&out, "12 min");
    html_span(&out, (3 * 60 + 4) * 60 * 1000), expect(&out, "3 h 4 min");
    html_span(&out, (50LL * 60 + 4) * 60 * 1000), expect(&out, "2 d 2 h");
    html_time(&out, 0), expect(&out, "–");
    html_time(&out, 1704164645000),
        expect(&out, "<time>2024-01-02\u00a003:04:05\u00a0UTC</time>");
    buf_done(&out);
}
