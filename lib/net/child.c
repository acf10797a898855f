/* A child process: a pipe for its output, a pidfd for its end. */
#include "net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

enum { GRACE_MS = 1000 }; /* from SIGKILL on, for what hangs in the kernel */

/* Why it was killed. */
enum verdict { NOT_KILLED, PRINTED_TOO_MUCH, RAN_TOO_LONG };

struct child {
    struct dm_loop *loop;
    child_done_fn done;
    void *ctx;
    pid_t pid; /* 0: none */
    int pid_fd, output_fd;
    struct loop_watch *end_watch, *output_watch;
    struct loop_timer timer;
    enum verdict verdict;
    unsigned timeout_ms;
    size_t len, max;
    char output[]; /* a byte more than max: it is never moved, so that it can be wiped */
};

/* --- starting ----------------------------------------------------------------------- */

static enum dm_code cannot(struct dm_error *err, const char *what, int number)
{
    bool ceiling = number == ENOMEM || number == EMFILE || number == ENFILE;
    const char *text = strerrordesc_np(number);
    return error_set(err, ceiling ? DM_E_NOMEM : DM_E_UPSTREAM, "%s: %s", what,
                     text ? text : "no reason given");
}

static int redirect(posix_spawn_file_actions_t *actions, int output_fd)
{
    int failed = posix_spawn_file_actions_adddup2(actions, output_fd, 1);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    return failed;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, ours;
    sigemptyset(&none);
    sigemptyset(&ours);
    sigaddset(&ours, SIGPIPE);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &ours);
    posix_spawnattr_setpgroup(attributes, 0);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETPGROUP);
}

/* An errno. */
static int spawn(char *const *argv, int output_fd, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    posix_spawnattr_init(&attributes);
    failed = redirect(&actions, output_fd);
    if (!failed)
        failed = set_attributes(&attributes);
    if (!failed)
        failed = posix_spawnp(ret_pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static enum dm_code run(struct child *child, char *const *argv, struct dm_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return cannot(err, "a pipe", errno);
    child->output_fd = ends[0];
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int failed = spawn(argv, ends[1], &child->pid);
    close(ends[1]);
    if (failed) {
        child->pid = 0;
        return cannot(err, "cannot be run", failed);
    }
    child->pid_fd = pidfd_open(child->pid, 0);
    return child->pid_fd < 0 ? cannot(err, "cannot be watched", errno) : DM_OK;
}

/* --- ending ------------------------------------------------------------------------- */

static void kill_group(const struct child *child)
{
    kill(-child->pid, SIGKILL);
}

/* True when it has ended. Where SIGCHLD is ignored, the kernel has buried it already. */
static bool bury(const struct child *child, siginfo_t *ret_info)
{
    *ret_info = (siginfo_t){0};
    if (waitid(P_PID, (id_t)child->pid, ret_info, WEXITED | WNOHANG) != 0)
        return errno == ECHILD;
    return ret_info->si_pid != 0;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void destroy(struct child *child)
{
    loop_watch_free(child->end_watch);
    loop_watch_free(child->output_watch);
    loop_timer_stop(&child->timer);
    close_if_open(child->pid_fd);
    close_if_open(child->output_fd);
    mem_wipe(child->output, child->len);
    mem_free(child);
}

/* What is killed ends at once, but for what hangs in the kernel: that is left behind. */
void child_free(struct child *child)
{
    siginfo_t info;
    if (!child)
        return;
    if (child->pid) {
        struct pollfd end = {.fd = child->pid_fd, .events = POLLIN};
        kill_group(child);
        poll(&end, 1, GRACE_MS);
        bury(child, &info);
    }
    destroy(child);
}

static enum dm_code judge(const struct child *child, bool ended, const siginfo_t *info,
                          struct dm_error *err)
{
    if (child->verdict == RAN_TOO_LONG)
        return error_set(err, DM_E_TIMEOUT, "ran longer than %u ms, and was killed",
                         child->timeout_ms);
    if (child->verdict == PRINTED_TOO_MUCH)
        return error_set(err, DM_E_UPSTREAM,
                         "printed more than %zu bytes, and was killed", child->max);
    if (!ended || !info->si_pid)
        return error_set(err, DM_E_UPSTREAM, "nobody knows how it ended");
    if (info->si_code != CLD_EXITED)
        return error_set(err, DM_E_UPSTREAM, "ended by signal %d", info->si_status);
    if (info->si_status != 0)
        return error_set(err, DM_E_UPSTREAM, "ended with status %d", info->si_status);
    return DM_OK;
}

static void finish(struct child *child)
{
    siginfo_t info;
    struct dm_error err = {0};
    bool ended = bury(child, &info);
    enum dm_code code = judge(child, ended, &info, &err);
    struct dm_str output = {child->output, code ? 0 : child->len};
    child->done(output, &err, child->ctx);
    destroy(child);
}

static void grace_is_over(void *ctx)
{
    finish(ctx);
}

/* Its end is seen by the pidfd. */
static void condemn(struct child *child, enum verdict verdict)
{
    child->verdict = verdict;
    loop_watch_free(child->output_watch);
    child->output_watch = NULL;
    kill_group(child);
    if (loop_timer_set(child->loop, &child->timer, GRACE_MS, grace_is_over, child, NULL))
        finish(child);
}

static void out_of_time(void *ctx)
{
    condemn(ctx, RAN_TOO_LONG);
}

/* --- listening ---------------------------------------------------------------------- */

/* All that is there; true when more may come. */
static bool drain(struct child *child)
{
    while (child->len <= child->max) {
        ssize_t got = read(child->output_fd, child->output + child->len,
                           child->max + 1 - child->len);
        if (got > 0)
            child->len += (size_t)got;
        else if (got == 0 || errno != EINTR)
            return got < 0 && errno == EAGAIN;
    }
    return true;
}

static void has_printed(uint32_t events, void *ctx)
{
    (void)events;
    struct child *child = ctx;
    bool more = drain(child);
    if (child->len > child->max) {
        condemn(child, PRINTED_TOO_MUCH);
    } else if (!more) {
        loop_watch_free(child->output_watch);
        child->output_watch = NULL;
    }
}

/* What it printed last may not have been seen yet; who else holds the pipe is not waited
 * for. */
static void has_ended(uint32_t events, void *ctx)
{
    (void)events;
    struct child *child = ctx;
    if (child->verdict == NOT_KILLED)
        drain(child);
    if (child->len > child->max)
        child->verdict = PRINTED_TOO_MUCH;
    finish(child);
}

static enum dm_code watch(struct child *child, struct dm_error *err)
{
    DM_TRY(loop_watch_new(child->loop, child->output_fd, EPOLLIN, has_printed, child,
                          &child->output_watch, err));
    DM_TRY(loop_watch_new(child->loop, child->pid_fd, EPOLLIN, has_ended, child,
                          &child->end_watch, err));
    return loop_timer_set(child->loop, &child->timer, child->timeout_ms, out_of_time,
                          child, err);
}

enum dm_code child_start(struct dm_loop *loop, const struct child_options *options,
                         child_done_fn done, void *ctx, struct child **ret_child,
                         struct dm_error *err)
{
    DM_AUTO(child) *child = mem_new(sizeof *child + options->max_output + 1);
    if (!child)
        return error_nomem(err);
    child->loop = loop;
    child->done = done;
    child->ctx = ctx;
    child->pid_fd = child->output_fd = -1;
    child->timeout_ms = options->timeout_ms;
    child->max = options->max_output;
    DM_TRY(run(child, options->argv, err));
    DM_TRY(watch(child, err));
    *ret_child = DM_TAKE(child);
    return DM_OK;
}
