/* The access log's rings and file. */
#include "daemon/log/access_log.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log/access_format.h"
#include "support/test.h"

static const struct access_record record = {.request_id = {"some-id", 7}, .status = 200};

/* A folder of the test's own, gone with its files. */
struct folder {
    char path[32], file[48], moved[48];
};

static struct folder make_folder(void)
{
    struct folder folder = {.path = "/tmp/test-access-XXXXXX"};
    cr_assert(mkdtemp(folder.path));
    snprintf(folder.file, sizeof folder.file, "%s/access.log", folder.path);
    snprintf(folder.moved, sizeof folder.moved, "%s/access.log.1", folder.path);
    return folder;
}

static void remove_folder(const struct folder *folder)
{
    unlink(folder->file);
    unlink(folder->moved);
    cr_assert_eq(rmdir(folder->path), 0);
}

static size_t count_lines(const char *path)
{
    size_t lines = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    for (int c; (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static struct access_log *start(const char *path, size_t lanes)
{
    struct dm_error err;
    struct access_log *log = NULL;
    assert_ok(access_log_new(dm_str(path), STR("$request_id $status"), lanes, &log, &err),
              err);
    return log;
}

enum { SHARDS = 3, EACH = 5000 };

static void *write_lines(void *arg)
{
    for (int i = 0; i < EACH; i++)
        access_log_add(arg, &record);
    return NULL;
}

TEST(access_log, each_line_of_each_shard_is_written_before_it_ends)
{
    struct folder folder = make_folder();
    struct access_log *log = start(folder.file, SHARDS);
    pthread_t threads[SHARDS];
    for (size_t i = 0; i < SHARDS; i++)
        pthread_create(&threads[i], NULL, write_lines, access_log_join(log));
    for (size_t i = 0; i < SHARDS; i++)
        pthread_join(threads[i], NULL);
    access_log_free(log);

    char line[64];
    size_t lines = 0;
    FILE *file = fopen(folder.file, "r");
    while (fgets(line, sizeof line, file)) {
        cr_assert_str_eq(line, "some-id 200\n");
        lines++;
    }
    fclose(file);
    cr_assert_eq(lines, SHARDS * EACH);
    remove_folder(&folder);
}

TEST(access_log, file_is_added_to_and_nobody_else_may_read_it)
{
    struct folder folder = make_folder();
    struct stat status;
    umask(0);
    for (int i = 0; i < 2; i++) {
        struct access_log *log = start(folder.file, 1);
        access_log_add(access_log_join(log), &record);
        access_log_free(log);
    }
    cr_assert_eq(count_lines(folder.file), 2);
    stat(folder.file, &status);
    cr_assert_eq(status.st_mode & 07777, 0640);
    remove_folder(&folder);
}

static void wait_for_lines(const char *path, size_t lines)
{
    while (count_lines(path) < lines)
        poll(NULL, 0, 1);
}

TEST(access_log, file_that_was_moved_away_is_opened_anew)
{
    struct folder folder = make_folder();
    struct access_log *log = start(folder.file, 1);
    struct access_lane *lane = access_log_join(log);
    access_log_add(lane, &record);
    wait_for_lines(folder.file, 1);
    rename(folder.file, folder.moved);
    access_log_reopen(log);
    while (access(folder.file, F_OK) != 0)
        poll(NULL, 0, 1);
    access_log_add(lane, &record);
    access_log_free(log);
    cr_assert_eq(count_lines(folder.moved), 1);
    cr_assert_eq(count_lines(folder.file), 1);
    remove_folder(&folder);
}

TEST(access_log, no_log_is_joined_and_reopened_in_peace)
{
    access_log_reopen(NULL);
    cr_assert_null(access_log_join(NULL));
    access_log_free(NULL);
}

TEST(access_log, has_a_lane_for_as_many_as_were_told)
{
    struct folder folder = make_folder();
    struct access_log *log = start(folder.file, 2);
    struct access_lane *first = access_log_join(log);
    cr_assert(first && access_log_join(log) != first);
    cr_assert_null(access_log_join(log));
    access_log_free(log);
    remove_folder(&folder);
}

/* The pipe is full from the second write on, the ring after a megabyte; nothing waits. */
TEST(access_log, reader_that_is_stuck_keeps_nobody_waiting)
{
    enum { LINES = 200000 };
    struct folder folder = make_folder();
    mkfifo(folder.file, 0600);
    int reader = open(folder.file, O_RDWR);
    struct access_log *log = start(folder.file, 1);
    struct access_lane *lane = access_log_join(log);
    for (int i = 0; i < LINES; i++)
        access_log_add(lane, &record);
    struct access_figures figures = access_log_figures(lane);
    cr_assert_gt(figures.dropped, 0);
    cr_assert_gt(figures.written, 0);
    cr_assert_eq(figures.dropped + figures.written, LINES);
    access_log_free(log);
    close(reader);
    remove_folder(&folder);
}

static void *count_good_lines(void *arg)
{
    char line[64];
    uintptr_t lines = 0;
    FILE *stream = fopen(arg, "r");
    while (lines < 2 * EACH && fgets(line, sizeof line, stream))
        lines += strcmp(line, "some-id 200\n") == 0;
    fclose(stream);
    return (void *)lines;
}

/* Written in pieces that a pipe takes whole, and that end anywhere. */
TEST(access_log, lines_of_two_shards_do_not_mix_in_a_pipe)
{
    struct folder folder = make_folder();
    pthread_t reader;
    void *lines = NULL;
    mkfifo(folder.file, 0600);
    pthread_create(&reader, NULL, count_good_lines, folder.file);
    struct access_log *log = start(folder.file, 2);
    struct access_lane *lanes[] = {access_log_join(log), access_log_join(log)};
    for (int i = 0; i < 2 * EACH; i++)
        access_log_add(lanes[i % 2], &record);
    access_log_free(log);
    pthread_join(reader, &lines);
    cr_assert_eq((uintptr_t)lines, 2 * EACH);
    remove_folder(&folder);
}

/* /dev/full: every write is ENOSPC. */
TEST(access_log, lines_that_the_file_does_not_take_are_counted)
{
    struct access_log *log = start("/dev/full", 1);
    struct access_lane *lane = access_log_join(log);
    access_log_add(lane, &record);
    access_log_add(lane, &record);
    while (access_log_figures(lane).dropped < 2)
        poll(NULL, 0, 1);
    access_log_free(log);
}

TEST(access_log, file_that_cannot_be_opened_is_told)
{
    struct dm_error err;
    struct access_log *log = NULL;
    cr_assert_eq(access_log_new(STR("/nowhere/access.log"), STR("common"), 1, &log, &err),
                 DM_E_CONFIG);
    assert_str(dm_str(err.message),
               "access_log: /nowhere/access.log: No such file or directory");
}

TEST(access_log, does_without_memory)
{
    struct dm_error err;
    WITH_EACH_ALLOCATION_FAILING
    {
        struct access_log *log = NULL;
        if (access_log_new(STR("-"), STR("common"), 2, &log, &err))
            cr_assert_eq(err.code, DM_E_NOMEM);
        else
            access_log_free(log);
    }
}
