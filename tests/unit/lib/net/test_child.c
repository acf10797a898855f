/* Programs beside the loop: what they print, how they end, and that they do end. */
#include "net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/loop_fixture.h"
#include "support/peer.h"

enum { MAX_OUTPUT = 1000, TIMEOUT_MS = 5000 };

/* What became of one. */
struct end {
    unsigned times;
    struct dm_error err;
    char output[MAX_OUTPUT + 1];
};

static void note_end(struct dm_str output, const struct dm_error *err, void *ctx)
{
    struct end *end = ctx;
    end->times++;
    end->err = *err;
    snprintf(end->output, sizeof end->output, "%.*s", STR_ARG(output));
}

static enum dm_code start_program(struct fixture *f, char *const *argv, struct end *end,
                                  struct child **ret_child)
{
    struct child_options options = {
        .argv = argv, .max_output = MAX_OUTPUT, .timeout_ms = TIMEOUT_MS};
    *end = (struct end){0};
    return child_start(f->loop, &options, note_end, end, ret_child, &f->err);
}

static struct child *start(struct fixture *f, const char *script, struct end *end)
{
    char shell[] = "sh", option[] = "-c", text[512];
    char *argv[] = {shell, option, text, NULL};
    struct child *child = NULL;
    snprintf(text, sizeof text, "%s", script);
    assert_ok(start_program(f, argv, end, &child), f->err);
    cr_assert_eq(end->times, 0);
    return child;
}

static void turn_until_ready(struct fixture *f)
{
    struct pollfd ready = {.fd = dm_loop_fd(f->loop), .events = POLLIN};
    cr_assert_eq(poll(&ready, 1, STUCK_MS), 1, "nothing happens");
    turn(f, 0);
}

static void await(struct fixture *f, const struct end *end)
{
    while (end->times == 0)
        turn_until_ready(f);
    cr_assert_eq(end->times, 1);
}

static void assert_no_children(void)
{
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1);
    cr_assert_eq(errno, ECHILD);
}

static void finish(struct fixture *f)
{
    assert_no_children();
    dm_loop_free(f->loop);
}

static void assert_prints(const char *script, const char *output)
{
    struct fixture *f = fixture_new();
    struct end end;
    start(f, script, &end);
    await(f, &end);
    assert_ok(end.err.code, end.err);
    assert_str(dm_str(end.output), output);
    finish(f);
}

static void assert_fails(const char *script, enum dm_code code, const char *message)
{
    struct fixture *f = fixture_new();
    struct end end;
    start(f, script, &end);
    await(f, &end);
    cr_assert_eq(end.err.code, code);
    assert_str(dm_str(end.err.message), message);
    assert_str(dm_str(end.output), "");
    finish(f);
}

TEST(child, gives_what_it_printed)
{
    assert_prints("echo hello", "hello\n");
    assert_prints("printf a; sleep 0.01; printf b", "ab");
    assert_prints("exit 0", "");
    assert_prints("cat", "");
    assert_prints("echo lost >&2; echo kept", "kept\n");
}

TEST(child, may_close_its_output_long_before_it_ends)
{
    assert_prints("echo a; exec >&-; sleep 0.01", "a\n");
}

TEST(child, has_our_environment)
{
    cr_assert_eq(setenv("DYNAMOD_TEST", "seen", 1), 0);
    assert_prints("echo $DYNAMOD_TEST", "seen\n");
}

TEST(child, has_none_of_our_descriptors)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0); /* without CLOEXEC */
    assert_prints("ls /proc/self/fd | tr '\\n' ' '", "0 1 2 3 ");
    close(ends[0]);
    close(ends[1]);
}

TEST(child, has_its_signals_as_usual)
{
    sigset_t all;
    sigfillset(&all);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &all, NULL);
    assert_prints("grep ^SigBlk /proc/self/status | cut -f2", "0000000000000000\n");
    assert_fails("kill -PIPE $$", DM_E_UPSTREAM, "ended by signal 13");
}

TEST(child, that_ends_badly_is_told_of_without_its_output)
{
    assert_fails("echo secret; exit 3", DM_E_UPSTREAM, "ended with status 3");
    assert_fails("echo secret; kill -9 $$", DM_E_UPSTREAM, "ended by signal 9");
    assert_fails("no-such-program-at-all", DM_E_UPSTREAM, "ended with status 127");
}

TEST(child, that_prints_too_much_is_killed)
{
    const char *message = "printed more than 1000 bytes, and was killed";
    assert_fails("yes", DM_E_UPSTREAM, message);
    assert_fails("head -c 1001 /dev/zero", DM_E_UPSTREAM, message);
    assert_fails("head -c 1001 /dev/zero; sleep 1000", DM_E_UPSTREAM, message);
}

TEST(child, may_print_as_much_as_is_allowed)
{
    struct fixture *f = fixture_new();
    struct end end;
    start(f, "head -c 1000 /dev/zero | tr '\\0' x", &end);
    await(f, &end);
    assert_ok(end.err.code, end.err);
    cr_assert_eq(strlen(end.output), 1000);
    finish(f);
}

/* The pid that a script writes to a fifo; as a pidfd. */
static int grandchild(const char *fifo)
{
    char text[32] = "";
    int fd = open(fifo, O_RDONLY | O_CLOEXEC);
    cr_assert_gt(read(fd, text, sizeof text - 1), 0);
    close(fd);
    unlink(fifo);
    int pid_fd = pidfd_open((pid_t)strtol(text, NULL, 10), 0);
    cr_assert_geq(pid_fd, 0);
    return pid_fd;
}

TEST(child, that_runs_too_long_is_killed_with_its_own_children)
{
    struct fixture *f = fixture_new();
    struct end end;
    char fifo[] = "/tmp/dynamod-test-XXXXXX", script[128];
    close(mkstemp(fifo));
    unlink(fifo);
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    snprintf(script, sizeof script, "sleep 1000 & echo $! > %s; wait", fifo);
    start(f, script, &end);
    struct pollfd other = {.fd = grandchild(fifo), .events = POLLIN};

    f->clock.now_ms += TIMEOUT_MS - 1;
    turn(f, 0);
    cr_assert_eq(end.times, 0);
    f->clock.now_ms += 1;
    turn(f, 0);
    await(f, &end);
    cr_assert_eq(end.err.code, DM_E_TIMEOUT);
    assert_str(dm_str(end.err.message), "ran longer than 5000 ms, and was killed");
    cr_assert_eq(poll(&other, 1, STUCK_MS), 1);
    close(other.fd);
    finish(f);
}

TEST(child, is_not_waited_for_once_it_has_ended_though_another_holds_its_output)
{
    struct fixture *f = fixture_new();
    struct end end;
    start(f, "sleep 1000 & echo $!", &end);
    await(f, &end);
    assert_ok(end.err.code, end.err);
    kill((pid_t)strtol(end.output, NULL, 10), SIGKILL);
    finish(f);
}

TEST(child, is_gone_when_freed)
{
    struct fixture *f = fixture_new();
    struct end end;
    struct child *child = start(f, "sleep 1000", &end);
    turn(f, 0);
    child_free(child);
    child_free(NULL);
    assert_no_children();
    turn(f, 0);
    cr_assert_eq(end.times, 0);
    finish(f);
}

TEST(child, whose_end_the_kernel_keeps_to_itself_is_not_trusted)
{
    struct fixture *f = fixture_new();
    struct end end;
    signal(SIGCHLD, SIG_IGN);
    start(f, "echo a; sleep 0.01", &end);
    await(f, &end);
    cr_assert_eq(end.err.code, DM_E_UPSTREAM);
    assert_str(dm_str(end.err.message), "nobody knows how it ended");
    finish(f);
}

TEST(child, that_is_no_program_is_not_started)
{
    static const struct {
        char path[32];
        const char *message;
    } cases[] = {
        {"no-such-program-at-all", "cannot be run: No such file or directory"},
        {"/dev/null", "cannot be run: Permission denied"},
        {"/", "cannot be run: Permission denied"},
        {"", "cannot be run: No such file or directory"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct fixture *f = fixture_new();
        char path[32];
        char *argv[] = {memcpy(path, cases[i].path, sizeof path), NULL};
        struct child *child = NULL;
        struct end end;
        cr_assert_eq(start_program(f, argv, &end, &child), DM_E_UPSTREAM);
        assert_str(dm_str(f->err.message), cases[i].message);
        cr_assert_null(child);
        finish(f);
    }
}

TEST(child, survives_each_allocation_failing)
{
    struct fixture *f = fixture_new();
    dm_loop_free(f->loop);
    WITH_EACH_ALLOCATION_FAILING
    {
        char program[] = "true";
        char *argv[] = {program, NULL};
        struct child *child = NULL;
        struct end end;
        enum dm_code code = loop_new(&f->clock.clock, &f->loop, &f->err);
        if (!code) {
            code = start_program(f, argv, &end, &child);
            cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
            if (!code)
                await(f, &end);
            assert_no_children();
            dm_loop_free(f->loop);
        }
    }
}

TEST(child, needs_no_standard_streams_of_ours)
{
    int ours[3];
    struct fixture *f = fixture_new();
    struct end end;
    for (int fd = 0; fd < 3; fd++) {
        ours[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
        close(fd);
    }
    start(f, "echo a; cat", &end);
    await(f, &end);
    for (int fd = 0; fd < 3; fd++) {
        dup2(ours[fd], fd);
        close(ours[fd]);
    }
    assert_ok(end.err.code, end.err);
    assert_str(dm_str(end.output), "a\n");
    finish(f);
}
