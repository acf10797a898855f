/* The log's formats. */
#include <jansson.h>

#include "base/str.h"
#include "daemon/log/log_line.h"
#include "support/test.h"

static void expect(enum log_format format, const char *message,
                   const struct log_field *fields, size_t count, const char *expected)
{
    char text[LOG_LINE_MAX];
    struct log_line line = {1700000000123, LOG_WARNING, message, fields, count};
    struct dm_str written = {text, log_line_write(&line, format, text)};
    assert_str(written, expected);
}

static const struct log_field simple[] = {
    {"a", {"1", 1}}, {"b", {NULL, 0}}, {"c_d", {"x/y", 3}}, {"#n", {"502", 3}}};

TEST(log_line, logfmt_has_time_level_message_and_fields)
{
    expect(LOG_LOGFMT, "it is \"so\"", simple, DM_COUNT(simple),
           "2023-11-14T22:13:20.123Z warning it is \"so\" a=1 c_d=x/y n=502\n");
}

TEST(log_line, json_has_them_as_members)
{
    expect(LOG_JSON, "it is \"so\"", simple, DM_COUNT(simple),
           "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warning\","
           "\"message\":\"it is \\\"so\\\"\",\"a\":\"1\",\"c_d\":\"x/y\",\"n\":502}\n");
}

TEST(log_line, journal_has_a_field_a_line)
{
    expect(LOG_JOURNAL, "it is \"so\"", simple, DM_COUNT(simple),
           "PRIORITY=4\nSYSLOG_IDENTIFIER=dynamod\n"
           "MESSAGE=it is \"so\" a=1 c_d=x/y n=502\n"
           "DYNAMOD_A=1\nDYNAMOD_C_D=x/y\nDYNAMOD_N=502\n");
}

TEST(log_line, values_are_quoted_where_they_must_be)
{
    const struct log_field fields[] = {
        {"space", STR("a b")},      {"quote", STR("a\"b")}, {"backslash", STR("a\\b")},
        {"lines", STR("a\r\nb=1")}, {"equals", STR("a=b")}, {"nul", STR("a\0b")},
        {"utf_8", STR("\xc3\xa9")},
    };
    expect(LOG_LOGFMT, "m", fields, DM_COUNT(fields),
           "2023-11-14T22:13:20.123Z warning m space=\"a b\" quote=\"a\\\"b\" "
           "backslash=\"a\\\\b\" lines=\"a\\x0d\\x0ab=1\" equals=\"a=b\" nul=\"a\\x00b\" "
           "utf_8=\xc3\xa9\n");
}

TEST(log_line, message_is_one_line)
{
    expect(LOG_LOGFMT, "a\nb\tc", NULL, 0,
           "2023-11-14T22:13:20.123Z warning a\\x0ab\\x09c\n");
}

/* A value that could end its line would make fields of its own. */
TEST(log_line, journal_takes_no_field_from_a_value)
{
    const struct log_field field = {"detail", STR("a\nPRIORITY=0\n")};
    expect(LOG_JOURNAL, "m\nMESSAGE=x", &field, 1,
           "PRIORITY=4\nSYSLOG_IDENTIFIER=dynamod\n"
           "MESSAGE=m\\x0aMESSAGE=x detail=\"a\\x0aPRIORITY=0\\x0a\"\n"
           "DYNAMOD_DETAIL=a\\x0aPRIORITY=0\\x0a\n");
}

static size_t write_long(enum log_format format, char text[LOG_LINE_MAX])
{
    static char value[4096];
    memset(value, '\n', sizeof value);
    const struct log_field fields[] = {{"k", {value, sizeof value}},
                                       {"a_key_that_has_no_room", STR("v")}};
    struct log_line line = {0, LOG_INFO, "m", fields, DM_COUNT(fields)};
    return log_line_write(&line, format, text);
}

TEST(log_line, line_is_cut_at_its_limit)
{
    char text[LOG_LINE_MAX];
    for (int format = LOG_LOGFMT; format <= LOG_JOURNAL; format++) {
        size_t len = write_long((enum log_format)format, text);
        cr_assert_gt(len, LOG_LINE_MAX - 8);
        cr_assert_leq(len, LOG_LINE_MAX);
        cr_assert_eq(text[len - 1], '\n');
    }
}

TEST(log_line, json_that_is_cut_is_json)
{
    char text[LOG_LINE_MAX];
    size_t len = write_long(LOG_JSON, text);
    json_t *document = json_loadb(text, len, 0, NULL);
    cr_assert(document);
    cr_assert_str_eq(json_string_value(json_object_get(document, "message")), "m");
    json_decref(document);
}

/* To the journal a line without = begins a field of bytes. */
TEST(log_line, journal_that_is_cut_has_fields)
{
    static char value[LOG_LINE_MAX];
    char text[LOG_LINE_MAX];
    memset(value, 'v', sizeof value);
    for (size_t len = 0; len < sizeof value; len++) {
        const struct log_field fields[] = {{"k", {value, len}}, {"#name", STR("502")}};
        struct log_line line = {0, LOG_INFO, "m", fields, DM_COUNT(fields)};
        struct dm_str rest = {text, log_line_write(&line, LOG_JOURNAL, text)};
        while (rest.len) {
            struct dm_str field = str_split(&rest, '\n');
            cr_assert(memchr(field.ptr, '=', field.len), "%zu: %.*s", len,
                      STR_ARG(field));
            if (str_starts(field, STR("DYNAMOD_NAME")))
                assert_str(field, "DYNAMOD_NAME=502");
        }
    }
}
