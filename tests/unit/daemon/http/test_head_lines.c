/* Heads as libmicrohttpd leaves them: NULs where it cut, and what lies between. */
#include "daemon/http/head_lines.h"
#include "support/test.h"

enum { MOST = 4 };

/* What came; where libmicrohttpd cuts, a `|`. */
struct case_ {
    const char *head;
    const char *target;
    size_t name[MOST + 1], value[MOST + 1]; /* of each field, where it begins; 0: none */
};

/* As it is in memory: with NULs for `|`. */
static size_t lay_out(const char *head, char *bytes)
{
    size_t len = strlen(head);
    for (size_t i = 0; i < len; i++)
        bytes[i] = head[i] == '|' ? '\0' : head[i];
    bytes[len] = '\0';
    return len;
}

/* The fields begin where a name does, and go on to the next NUL, as MHD measures them. */
static const char *fault_of(const struct case_ *given)
{
    static char bytes[256];
    size_t len = lay_out(given->head, bytes);
    struct request_line line = {.method = bytes};
    line.target_at = line.method + strlen(line.method) + 1;
    line.version = line.target_at + strlen(line.target_at) + 1;
    line.target = dm_str(given->target);
    line.target_len = line.target.len;
    struct head_lines lines;
    head_lines_begin(&lines, &line, len);
    for (size_t i = 0; given->name[i]; i++)
        head_lines_add(&lines, dm_str(bytes + given->name[i]),
                       dm_str(bytes + given->value[i]));
    return head_lines_fault(&lines);
}

TEST(head_lines, that_are_well_have_no_fault)
{
    static const struct case_ good[] = {
        {"GET|/|HTTP/1.1||Host| x||||", "/", {16}, {22}},
        {"GET|/a|HTTP/1.1||A|||B|x||||", "/a", {17, 21}, {19, 23}},
        {"GET|/|HTTP/1.0||||", "/", {0}, {0}},
        {"M-!|/|HTTP/1.1||a| \t x \t y ||||", "/", {16}, {21}},
    };
    for (size_t i = 0; i < DM_COUNT(good); i++)
        cr_assert_null(fault_of(&good[i]), "case %zu: %s", i, fault_of(&good[i]));
}

TEST(head_lines, that_another_server_may_read_otherwise_have_one)
{
    static const struct case_ bad[] = {
        {"GET|/|HTTP/1.1||Host|x|||", "/", {16}, {21}},           /* the empty line: LF */
        {"GET|/|HTTP/1.1||A|x|B|y||||", "/", {16, 20}, {18, 22}}, /* A ends with LF */
        {"GET|/|HTTP/1.1|A|x||||", "/", {15}, {17}},    /* the request line, LF */
        {"GET|/|HTTP/1.1||A|x|z||||", "/", {16}, {18}}, /* a NUL in the value */
        {"GET|/|HTTP/1.1||A|x|||y||B|z||||", "/", {16, 27}, {18, 29}}, /* a line of NUL */
        {"GET|/|HTTP/1.1||A |x||||", "/", {16}, {19}},
        {"GET|/|HTTP/1.1|||x||||", "/", {16}, {17}}, /* an empty name */
        {"GET|/|HTTP/1.1||A(|x||||", "/", {16}, {19}},
        {"GET|/|HTTP/1.1||A|a\rb||||", "/", {16}, {18}},
        {"GET|/|HTTP/1.1||A|12345678\x7f||||", "/", {16}, {18}},
        {"GET|/|HTTP/1.1||A|1234567\x01"
         "89||||",
         "/",
         {16},
         {18}},
        {"G T|/|HTTP/1.1||A|x||||", "/", {16}, {18}},
        {"GET|/\r|HTTP/1.1||A|x||||", "/\r", {17}, {19}},
        {"GET|/#|HTTP/1.1||A|x||||", "/#", {17}, {19}},
        {"GET|/ |HTTP/1.1||A|x||||", "/ ", {17}, {19}},
        {"GET|/x|HTTP/1.1||A|x||||", "/", {17}, {19}}, /* a NUL in the target */
        {"GET|/|HTTP/1.1||||||", "/", {0}, {0}},       /* fields that were not told of */
    };
    for (size_t i = 0; i < DM_COUNT(bad); i++)
        cr_assert_not_null(fault_of(&bad[i]), "case %zu", i);
}

TEST(head_lines, takes_bytes_past_ascii_in_values_and_targets)
{
    static const struct case_ good[] = {
        {"GET|/\xc3\xa9|HTTP/1.1||A|\xc3\xa9\xff"
         "123456789||||",
         "/\xc3\xa9",
         {18},
         {20}},
    };
    cr_assert_null(fault_of(&good[0]));
}

TEST(head_lines, that_are_not_known_have_no_fault)
{
    struct head_lines lines = {.next = NULL};
    head_lines_add(&lines, dm_str(" x"), dm_str("\x01"));
    cr_assert_null(head_lines_fault(&lines));
}
