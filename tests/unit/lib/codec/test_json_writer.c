/* Writing JSON strings. */
#include <stdio.h>

#include "codec/json_writer.h"
#include "support/test.h"

static void assert_written(struct dm_str text, const char *expected)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 10000);
    json_write_string(text, &out);
    assert_str(buf_str(&out), expected);
}

TEST(json_writer, quotes)
{
    assert_written(STR(""), "\"\"");
    assert_written((struct dm_str){NULL, 0}, "\"\"");
    assert_written(STR("plain"), "\"plain\"");
    assert_written(STR("caf\xC3\xA9 \xF0\x9F\x98\x80 /\x7F"),
                   "\"caf\xC3\xA9 \xF0\x9F\x98\x80 /\x7F\"");
}

TEST(json_writer, escapes_what_must_be)
{
    assert_written(STR("\""), "\"\\\"\"");
    assert_written(STR("\\"), "\"\\\\\"");
    assert_written(STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
    assert_written(STR("\0\x01\x1F"), "\"\\u0000\\u0001\\u001f\"");
}

/* At every place of a run longer than a machine word. */
TEST(json_writer, finds_what_to_escape_wherever_it_stands)
{
    static const char specials[] = {'"', '\\', '\n', '\t'};
    static const char *const escapes[] = {"\\\"", "\\\\", "\\n", "\\t"};
    for (size_t kind = 0; kind < sizeof specials; kind++) {
        for (int at = 0; at < 40; at++) {
            char text[] = "0123456789 0123456789!\xC3\xA9#$%\x7F\x80[]]~ 678901";
            char expected[80];
            text[at] = specials[kind];
            snprintf(expected, sizeof expected, "\"%.*s%s%s\"", at, text, escapes[kind],
                     text + at + 1);
            assert_written(dm_str(text), expected);
        }
    }
}

TEST(json_writer, leaves_its_failure_in_the_buffer)
{
    for (size_t max = 0; max < 10; max++) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, max);
        json_write_string(STR("a\nb\x01"), &out);
        cr_assert(out.failed, "max %zu", max);
        cr_assert_leq(out.len, max);
    }
}
