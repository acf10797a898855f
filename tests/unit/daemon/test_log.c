/* The log's lines. */
#include "daemon/log.h"
#include "support/test.h"

static void expect(const char *message, const struct log_field *fields, size_t count,
                   const char *line)
{
    char text[LOG_LINE_MAX];
    size_t len = log_format(text, 1700000000123, LOG_WARNING, message, fields, count);
    struct dm_str written = {text, len};
    assert_str(written, line);
}

TEST(log, line_has_time_level_message_and_fields)
{
    const struct log_field fields[] = {
        {"a", STR("1")}, {"b", {NULL, 0}}, {"c", STR("x/y")}};
    expect("it is \"so\"", fields, DM_COUNT(fields),
           "2023-11-14T22:13:20.123Z warning it is \"so\" a=1 c=x/y\n");
}

TEST(log, values_are_quoted_where_they_must_be)
{
    const struct log_field fields[] = {
        {"space", STR("a b")},      {"quote", STR("a\"b")}, {"backslash", STR("a\\b")},
        {"lines", STR("a\r\nb=1")}, {"equals", STR("a=b")}, {"nul", STR("a\0b")},
        {"utf_8", STR("\xc3\xa9")},
    };
    expect("m", fields, DM_COUNT(fields),
           "2023-11-14T22:13:20.123Z warning m space=\"a b\" quote=\"a\\\"b\" "
           "backslash=\"a\\\\b\" lines=\"a\\x0d\\x0ab=1\" equals=\"a=b\" nul=\"a\\x00b\" "
           "utf_8=\xc3\xa9\n");
}

TEST(log, message_is_one_line)
{
    expect("a\nb\tc", NULL, 0, "2023-11-14T22:13:20.123Z warning a\\x0ab\\x09c\n");
}

TEST(log, line_is_cut_at_its_limit)
{
    static char long_value[4096];
    memset(long_value, 'v', sizeof long_value);
    const struct log_field field = {"k", {long_value, sizeof long_value}};
    char text[LOG_LINE_MAX];
    size_t len = log_format(text, 0, LOG_INFO, "m", &field, 1);
    cr_assert_eq(len, LOG_LINE_MAX);
    cr_assert_eq(text[len - 1], '\n');
}

TEST(log, levels_have_names)
{
    enum log_level level = LOG_ERROR;
    cr_assert(log_level_from_name(STR("debug"), &level));
    cr_assert_eq(level, LOG_DEBUG);
    cr_assert_not(log_level_from_name(STR("DEBUG"), &level));
    cr_assert_not(log_level_from_name(STR(""), &level));
}
