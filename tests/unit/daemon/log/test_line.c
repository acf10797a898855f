/* Lines of logs: their limit, and foreign text in them. */
#include "daemon/log/line.h"
#include "support/test.h"

static void expect(struct dm_str text, enum line_escape escape, const char *expected)
{
    char room[256];
    struct line line = {room, 0, sizeof room};
    line_add_escaped(&line, text, escape);
    struct dm_str written = {line.text, line.len};
    assert_str(written, expected);
}

TEST(line, each_escape_leaves_plain_text_alone)
{
    for (int escape = LINE_TEXT; escape <= LINE_JSON; escape++)
        expect(STR("GET /a?b=c&d 'e'"), (enum line_escape)escape, "GET /a?b=c&d 'e'");
}

TEST(line, nothing_ends_a_line)
{
    struct dm_str text = STR("a\r\nb\0c\x1b[31m\x7f");
    expect(text, LINE_TEXT, "a\\x0d\\x0ab\\x00c\\x1b[31m\\x7f");
    expect(text, LINE_QUOTED, "a\\x0d\\x0ab\\x00c\\x1b[31m\\x7f");
    expect(text, LINE_ASCII, "a\\x0d\\x0ab\\x00c\\x1b[31m\\x7f");
    expect(text, LINE_JSON, "a\\u000d\\u000ab\\u0000c\\u001b[31m\\u007f");
}

TEST(line, quotes_are_escaped_within_quotes)
{
    expect(STR("\"\\"), LINE_TEXT, "\"\\");
    expect(STR("\"\\"), LINE_QUOTED, "\\\"\\\\");
    expect(STR("\"\\"), LINE_ASCII, "\\\"\\\\");
    expect(STR("\"\\"), LINE_JSON, "\\\"\\\\");
}

TEST(line, utf_8_stays_where_it_may)
{
    expect(STR("\xc3\xa9\xf0\x9f\x8e\x89"), LINE_TEXT, "\xc3\xa9\xf0\x9f\x8e\x89");
    expect(STR("\xc3\xa9\xf0\x9f\x8e\x89"), LINE_JSON, "\xc3\xa9\xf0\x9f\x8e\x89");
    expect(STR("\xc3\xa9"), LINE_ASCII, "\\xc3\\xa9");
}

TEST(line, bytes_that_are_no_utf_8_do_not_get_through)
{
    expect(STR("a\xff\xc3"), LINE_TEXT, "a\\xff\\xc3");
    expect(STR("\xed\xa0\x80"), LINE_QUOTED, "\\xed\\xa0\\x80");
    expect(STR("a\xff\xc3"), LINE_JSON, "a\\ufffd\\ufffd");
}

/* A terminal takes U+009B for ESC [. */
TEST(line, c1_controls_are_controls)
{
    expect(STR("\xc2\x9b"
               "31m\xc2\xa0"),
           LINE_TEXT,
           "\\xc2\\x9b"
           "31m\xc2\xa0");
    expect(STR("\xc2\x9b"), LINE_JSON, "\\u009b");
}

TEST(line, text_is_cut_between_characters_and_escapes)
{
    char room[8];
    struct line line = {room, 0, 4};
    line_add_escaped(&line, STR("abc\xc3\xa9"), LINE_TEXT);
    cr_assert_eq(line.len, 3);
    line = (struct line){room, 0, 5};
    line_add_escaped(&line, STR("ab\n"), LINE_QUOTED);
    cr_assert_eq(line.len, 2);
    line = (struct line){room, 0, 4};
    line_add(&line, STR("abc\xc3\xa9"));
    cr_assert_eq(line.len, 3);
}

TEST(line, quotes_close_when_the_text_is_cut)
{
    char room[8];
    struct line line = {room, 0, sizeof room};
    line_add_quoted(&line, STR("abcdefghij"), LINE_JSON);
    struct dm_str written = {line.text, line.len};
    assert_str(written, "\"abcdef\"");
    line_add_quoted(&line, STR("x"), LINE_JSON);
    cr_assert_eq(line.len, sizeof room);
}

TEST(line, time_is_utc_with_milliseconds)
{
    char room[32];
    struct line line = {room, 0, sizeof room};
    line_add_time(&line, 1700000000123);
    struct dm_str written = {line.text, line.len};
    assert_str(written, "2023-11-14T22:13:20.123Z");
}

TEST(line, copies_become_text_of_ours)
{
    char room[8];
    line_copy(room, sizeof room, "a\xff");
    cr_assert_str_eq(room, "a\\xff");
    line_copy(room, sizeof room, "abcd\xff");
    cr_assert_str_eq(room, "abcd", "half an escape is none");
    line_copy(room, sizeof room, "");
    cr_assert_str_eq(room, "");
}
