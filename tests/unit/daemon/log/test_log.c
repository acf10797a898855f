/* The log: its names, its thread, and a standard error that nobody reads. */
#include "daemon/log/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "support/log_fixture.h"

TEST(log, levels_have_names)
{
    enum log_level level = LOG_ERROR;
    cr_assert(log_level_from_name(STR("debug"), &level));
    cr_assert_eq(level, LOG_DEBUG);
    cr_assert_not(log_level_from_name(STR("DEBUG"), &level));
    cr_assert_not(log_level_from_name(STR(""), &level));
}

TEST(log, formats_have_names)
{
    enum log_format format = LOG_AUTO;
    cr_assert(log_format_from_name(STR("json"), &format));
    cr_assert_eq(format, LOG_JSON);
    cr_assert_not(log_format_from_name(STR("xml"), &format));
}

static void start(enum log_format format)
{
    struct dm_error err;
    assert_ok(log_start(format, &err), err);
}

TEST(log, what_was_said_is_written_before_it_stops)
{
    char text[8192];
    struct pipe pipe = redirect();
    start(LOG_JSON);
    log_text(LOG_ERROR, "one %d", 1);
    log_text(LOG_DEBUG, "not wanted");
    log_always("two");
    log_stop();
    log_text(LOG_INFO, "three");
    restore(&pipe);
    cr_assert_eq(read_lines(&pipe, text, sizeof text), 3);
    cr_assert(strstr(text, "\"message\":\"one 1\"}\n{"));
    cr_assert(strstr(text, "\"message\":\"two\"}\n"));
    cr_assert(strstr(text, " info three\n"));
}

TEST(log, masses_of_one_kind_are_told_as_a_number)
{
    char text[8192];
    struct pipe pipe = redirect();
    const struct log_kind kind = {"app", "todo", "upstream-failed"};
    const struct log_field field = {"request_id", STR("r")};
    start(LOG_LOGFMT);
    for (int i = 0; i < 1000000; i++)
        log_folded(LOG_WARNING, "request failed", &kind, &field, 1);
    log_stop();
    restore(&pipe);
    cr_assert_eq(read_lines(&pipe, text, sizeof text), 6);
    cr_assert(strstr(text, " warning request failed: more of these app=app model=todo "
                           "type=upstream-failed count=999995\n"));
}

/* Nobody reads: the pipe takes some lines, the queue what it holds. */
TEST(log, standard_error_that_is_stuck_keeps_nobody_waiting)
{
    static char long_text[1900];
    memset(long_text, 'x', sizeof long_text - 1);
    struct pipe pipe = redirect();
    start(LOG_LOGFMT);
    for (int i = 0; i < 10000; i++)
        log_text(LOG_ERROR, "%s", long_text);
    struct log_figures figures = log_figures();
    cr_assert_gt(figures.dropped, 9000);
    log_stop();
    restore(&pipe);
    close(pipe.read_end);
}

TEST(log, dropped_lines_are_told_once_there_is_room)
{
    static char text[4 * 1024 * 1024], long_text[1900];
    memset(long_text, 'x', sizeof long_text - 1);
    struct pipe pipe = redirect();
    start(LOG_LOGFMT);
    for (int i = 0; i < 1000; i++)
        log_text(LOG_ERROR, "%s", long_text);
    uint64_t dropped = log_figures().dropped;
    cr_assert_gt(dropped, 0);

    cr_assert_eq(fcntl(pipe.read_end, F_SETPIPE_SZ, 1024 * 1024), 1024 * 1024);
    log_stop();
    restore(&pipe);
    read_lines(&pipe, text, sizeof text);
    char expected[96];
    snprintf(expected, sizeof expected, "lines of the log were dropped count=%d",
             (int)dropped);
    cr_assert(strstr(text, expected), "no \"%s\"", expected);
}

static void *say_much(void *arg)
{
    (void)arg;
    for (int i = 0; i < 20; i++)
        log_text(LOG_INFO, "a line of a thread");
    return NULL;
}

TEST(log, lines_of_several_threads_do_not_mix)
{
    static char text[64 * 1024];
    struct pipe pipe = redirect();
    pthread_t threads[8];
    start(LOG_LOGFMT);
    for (size_t i = 0; i < DM_COUNT(threads); i++)
        pthread_create(&threads[i], NULL, say_much, NULL);
    for (size_t i = 0; i < DM_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    log_stop();
    restore(&pipe);
    size_t lines = read_lines(&pipe, text, sizeof text);
    cr_assert_eq(lines, 160, "%zu lines:\n%s", lines, text);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1)
        cr_assert_eq(strcspn(line, "\n"), strlen("2023-11-14T22:13:20.123Z info a line "
                                                 "of a thread"));
}

TEST(log, does_not_start_without_a_journal)
{
    struct dm_error err;
    if (access("/run/systemd/journal/socket", F_OK) == 0)
        return;
    cr_assert_eq(log_start(LOG_JOURNAL, &err), DM_E_CONFIG);
    assert_str(dm_str(err.message),
               "log_format: there is no journal: No such file or directory");
}

TEST(log, does_not_start_without_memory)
{
    struct dm_error err;
    WITH_EACH_ALLOCATION_FAILING
    {
        if (log_start(LOG_LOGFMT, &err) == DM_OK)
            log_stop();
        else
            cr_assert_eq(err.code, DM_E_NOMEM);
    }
}
