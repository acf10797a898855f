/* What takes a restart, said. */
#include "daemon/run/restart.h"

#include "support/test.h"

static void expect(unsigned set, const char *expected)
{
    char text[128];
    restart_say(set, text, sizeof text);
    cr_assert_str_eq(text, expected);
}

TEST(restart, is_said_of_each_setting)
{
    expect(0, "");
    expect(RESTART_LISTEN, "listen: a change takes a restart");
    expect(RESTART_ADMIN | RESTART_THREADS, "admin, threads: a change takes a restart");
    expect(RESTART_LOG_FORMAT | RESTART_ACCESS_LOG,
           "log_format, access_log: a change takes a restart");
}

TEST(restart, is_cut_where_there_is_no_room)
{
    char text[8];
    restart_say(RESTART_LISTEN | RESTART_ADMIN, text, sizeof text);
    cr_assert_str_eq(text, "listen,");
}
