/* The names that this server answers to. */
#include "daemon/http/host_list.h"
#include "support/test.h"

TEST(host_list, has_one_way_to_write_a_host)
{
    static const struct {
        const char *authority, *name;
    } cases[] = {
        {"localhost", "localhost"},
        {"LocalHost:8080", "localhost"},
        {"localhost:", "localhost"},
        {"localhost.", "localhost"},
        {"api.example.:443", "api.example"},
        {"127.0.0.1:65535", "127.0.0.1"},
        {"[::1]", "[::1]"},
        {"[0:0:0:0:0:0:0:1]:80", "[::1]"},
        {"[2001:DB8::0:1]", "[2001:db8::1]"},
        {"[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]"},
        {"", ""},
        {".", ""},
        {":80", ""},
    };
    char name[HOST_NAME_MAX_LEN + 1];
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        cr_assert(host_normalize(dm_str(cases[i].authority), name), "%s",
                  cases[i].authority);
        cr_assert_str_eq(name, cases[i].name);
    }
}

TEST(host_list, knows_what_is_no_host)
{
    static const char *const cases[] = {
        "a b",      "user@a",  "a/b",      "a?b",    "a#b",     "a:b",
        "a:1:2",    "a:65536", "a:-1",     "[::1",   "::1",     "[]",
        "[g]",      "[::1]x",  "[::1]:x",  "[v1.x]", "a\"b",    "a\\b",
        "\xc3\xa9", "a\tb",    "http://a", "a, b",   "[::1%1]", "[1.2.3.4]"};
    char name[HOST_NAME_MAX_LEN + 1], longest[300] = "";
    for (size_t i = 0; i < DM_COUNT(cases); i++)
        cr_assert_not(host_normalize(dm_str(cases[i]), name), "%s", cases[i]);
    memset(longest, 'a', sizeof longest - 1);
    cr_assert_not(host_normalize(dm_str(longest), name));
    cr_assert_not(host_normalize((struct dm_str){"a\0b", 3}, name));
}

TEST(host_list, judges_and_remembers_what_it_knew)
{
    struct dm_str names[] = {{"api.example", 11}, {"localhost", 9}};
    struct host_list list = {.names = {names, 2}, .is_set = true};
    struct host_memory memory = {.len = 0};
    cr_assert_eq(host_judge(&list, &memory, dm_str("evil.example")), HOST_FOREIGN);
    cr_assert_eq(memory.len, 0);
    cr_assert_eq(host_judge(&list, &memory, dm_str("api.example:8080")), HOST_KNOWN);
    cr_assert_eq(memory.len, 16);
    cr_assert_eq(host_judge(&list, &memory, dm_str("api.example:8080")), HOST_KNOWN);
    cr_assert_eq(host_judge(&list, &memory, dm_str("api.example.evil")), HOST_FOREIGN);
    cr_assert_eq(host_judge(&list, &memory, dm_str("xapi.example")), HOST_FOREIGN);
    cr_assert_eq(host_judge(&list, &memory, dm_str("")), HOST_FOREIGN);
    cr_assert_eq(host_judge(&list, &memory, dm_str("a b")), HOST_MALFORMED);
    cr_assert_eq(host_judge(&list, &memory, dm_str("LOCALHOST")), HOST_KNOWN);
}

TEST(host_list, knows_any_name_where_it_keeps_to_none)
{
    struct host_list list = {.any = true};
    struct host_memory memory = {.len = 0};
    cr_assert_eq(host_judge(NULL, &memory, dm_str("any.example")), HOST_KNOWN);
    cr_assert_eq(host_judge(NULL, &memory, dm_str("a b")), HOST_MALFORMED);
    cr_assert_eq(host_judge(&list, &memory, dm_str("any.example:1")), HOST_KNOWN);
    cr_assert_eq(host_judge(&list, &memory, dm_str("")), HOST_KNOWN);
}
