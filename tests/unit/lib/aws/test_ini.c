/* The format of AWS's shared files; tests/judge compares it with botocore's reading. */
#include "aws/ini.h"
#include "base/buf.h"
#include "support/test.h"

static void write_entry(struct dm_str section, struct dm_str name, struct dm_str value,
                        void *ctx)
{
    struct dm_buf *out = ctx;
    if (name.ptr)
        buf_printf(out, "%.*s.%.*s=<%.*s> ", STR_ARG(section), STR_ARG(name),
                   STR_ARG(value));
    else
        buf_printf(out, "[%.*s] ", STR_ARG(section));
}

static enum dm_code read_text(struct dm_str text, struct dm_buf *out,
                              struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) copy;
    buf_init(&copy, INI_MAX + 1);
    buf_add_str(&copy, text);
    return ini_parse(copy.ptr, copy.len, write_entry, out, err);
}

static void assert_read(struct dm_str text, const char *expected)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 1000);
    assert_ok(read_text(text, &out, &err), err);
    assert_str(buf_str(&out), expected);
}

static void assert_refused(struct dm_str text, const char *message)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 4 * INI_MAX);
    cr_assert_eq(read_text(text, &out, &err), DM_E_CREDENTIALS);
    assert_str(dm_str(err.message), message);
}

TEST(ini, reads_sections_and_settings)
{
    assert_read(STR(""), "");
    assert_read(STR("[a]\nk = v\n[b]\n"), "[a] a.k=<v> [b] ");
    assert_read(STR("[a]\r\nk=v\rl:w"), "[a] a.k=<v> a.l=<w> ");
    assert_read(STR("[ a ] tail\nx y = a = b : c \n"), "[ a ]  a .x y=<a = b : c> ");
}

TEST(ini, skips_comment_lines_alone)
{
    assert_read(STR("# [x]\n;\n[a]\n # y\nk = v # w ; z\n"), "[a] a.k=<v # w ; z> ");
}

TEST(ini, continues_a_value_on_deeper_lines)
{
    assert_read(STR("[a]\nk = v\n  w\n\n# not this\n\tx = 1 \n\nl = u\n"),
                "[a] a.k=<v\nw\n\nx = 1> a.l=<u> ");
    assert_read(STR("[a]\ns3 =\n  x = 1\n  y = 2\n"), "[a] a.s3=<\nx = 1\ny = 2> ");
    assert_read(STR("  [a]\n  k = v\n  l = w\n m = x\n"), "[a] a.k=<v> a.l=<w> a.m=<x> ");
}

TEST(ini, gives_entries_that_come_twice_in_their_order)
{
    assert_read(STR("[a]\nk=1\n[b]\n[a]\nk=2\n"), "[a] a.k=<1> [b] [a] a.k=<2> ");
}

TEST(ini, says_on_which_line_it_expected_something_else)
{
    assert_refused(STR("k = v\n"), "line 1: expected [section] or name = value");
    assert_refused(STR("[a]\n\nsecret\n"), "line 3: expected [section] or name = value");
    assert_refused(STR("[a]\n= v\n"), "line 2: expected [section] or name = value");
    assert_refused(STR("[]\n"), "line 1: expected [section] or name = value");
    assert_refused(STR("[a]\r\nk\r\n"), "line 2: expected [section] or name = value");
}

TEST(ini, refuses_bytes_that_are_no_text)
{
    assert_refused(STR("[a]\nk = \0\n"), "line 2: a control character");
    assert_refused(STR("\x7f"), "line 1: a control character");
    assert_refused(STR("[a]\n#\x1b\n"), "line 2: a control character");
    assert_refused(STR("[a]\nk = \xff\n"), "not UTF-8 text");
}

static void fill(struct dm_buf *text, const char *line, size_t len)
{
    while (text->len < len)
        buf_add_str(text, dm_str(line));
}

TEST(ini, refuses_a_line_of_more_than_64_KB)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, INI_MAX);
    fill(&text, "#", INI_LINE_MAX);
    assert_read(buf_str(&text), "");
    buf_add_char(&text, '#');
    assert_refused(buf_str(&text), "line 1: longer than 64 KB");
}

TEST(ini, refuses_more_than_1_MB)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, INI_MAX + 1);
    fill(&text, "\n", INI_MAX + 1);
    assert_refused(buf_str(&text), "larger than 1 MB");
}
