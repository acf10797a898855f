/* The access log's rings, and the thread that empties them. */
#include "daemon/log/access_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counter.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/log/access_format.h"
#include "daemon/log/byte_ring.h"
#include "daemon/log/log.h"
#include "daemon/run/worker.h"

enum {
    RING_SIZE = 1024 * 1024, /* of a shard */
    GATHER_MS = 20,          /* lines gather for so long */
    STOP_MS = 1000,
    FORMAT_ARENA_MAX = 1024 * 1024
};

struct access_lane {
    struct access_log *log;
    struct byte_ring ring;
    struct counter written, dropped; /* the shard's */
    struct counter lost;             /* the thread's: those that the file did not take */
};

struct access_log {
    struct worker worker;
    struct arena arena;
    const char *path; /* NULL: standard output */
    const struct access_format *format;
    int fd;
    size_t chunk;    /* what one write may take without waiting for a reader of ours */
    bool has_failed; /* the last write, which was told */
    atomic_bool reopen;
    struct access_lane *lanes;
    size_t lane_count, most;
};

/* --- on a shard --- */

void access_log_add(struct access_lane *lane, const struct access_record *record)
{
    char text[ACCESS_LINE_MAX];
    size_t len = access_format_write(lane->log->format, record, text);
    bool added = byte_ring_add(&lane->ring, (struct dm_str){text, len});
    counter_add(added ? &lane->written : &lane->dropped, 1);
    if (added)
        worker_wake(&lane->log->worker);
}

struct access_figures access_log_figures(const struct access_lane *lane)
{
    return (struct access_figures){
        .written = counter_get(&lane->written),
        .dropped = counter_get(&lane->dropped) + counter_get(&lane->lost),
    };
}

/* --- the file --- */

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

/* A pipe takes PIPE_BUF bytes once it says that it takes any. */
static void use_file(struct access_log *log, int fd)
{
    struct stat status;
    bool is_regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    log->fd = fd;
    log->chunk = is_regular ? RING_SIZE : PIPE_BUF;
}

static void reopen(struct access_log *log)
{
    if (!log->path)
        return;
    int fd = open_file(log->path);
    if (fd < 0) {
        log_text(LOG_ERROR, "the access log stays where it was: %s: %s", log->path,
                 strerror(errno));
        return;
    }
    close(log->fd);
    use_file(log, fd);
}

/* --- the thread --- */

static size_t count_lines(struct dm_str bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes.len; i++)
        count += bytes.ptr[i] == '\n';
    return count;
}

/* A write that fails loses what it was to write, and is told once. */
static size_t write_some(struct access_log *log, struct access_lane *lane,
                         struct dm_str bytes)
{
    ssize_t len = write(log->fd, bytes.ptr, bytes.len);
    bool failed = len <= 0;
    if (failed && !log->has_failed)
        log_text(LOG_ERROR, "the access log cannot be written: %s", strerror(errno));
    log->has_failed = failed;
    if (failed)
        counter_add(&lane->lost, count_lines(bytes));
    return failed ? bytes.len : (size_t)len;
}

/* What is there now, to the end of a line: lines of several shards never mix. */
static bool empty_lane(struct access_log *log, struct access_lane *lane)
{
    struct byte_ring *ring = &lane->ring;
    char last = '\n';
    size_t taken = 0;
    for (struct dm_str bytes; (bytes = byte_ring_first(ring)).len;) {
        if (last == '\n' && taken >= ring->size)
            break;
        if (!worker_await_output(&log->worker, log->fd))
            return false;
        bytes.len = bytes.len < log->chunk ? bytes.len : log->chunk;
        size_t len = write_some(log, lane, bytes);
        last = bytes.ptr[len - 1];
        taken += len;
        byte_ring_drop(ring, len);
    }
    return true;
}

static bool empty_lanes(struct access_log *log)
{
    for (size_t i = 0; i < log->most; i++)
        if (!empty_lane(log, &log->lanes[i]))
            return false;
    return true;
}

static bool has_work(struct access_log *log)
{
    for (size_t i = 0; i < log->most; i++)
        if (byte_ring_first(&log->lanes[i].ring).len)
            return true;
    return atomic_load(&log->reopen);
}

/* A moment after it is woken, so that one write takes the lines of many requests. */
static void sleep_until_work(struct access_log *log)
{
    worker_lie_down(&log->worker);
    if (has_work(log))
        worker_get_up(&log->worker);
    else
        worker_sleep(&log->worker, -1);
    worker_nap(&log->worker, GATHER_MS);
}

static void run_writer(void *ctx)
{
    struct access_log *log = ctx;
    while (!worker_is_stopping(&log->worker)) {
        if (atomic_exchange(&log->reopen, false))
            reopen(log);
        empty_lanes(log);
        sleep_until_work(log);
    }
    empty_lanes(log);
}

void access_log_reopen(struct access_log *log)
{
    if (!log)
        return;
    atomic_store(&log->reopen, true);
    worker_wake(&log->worker);
}

/* --- life --- */

static enum dm_code open_first(struct access_log *log, struct dm_str file,
                               struct dm_error *err)
{
    if (str_equal(file, STR("-"))) {
        use_file(log, STDOUT_FILENO);
        return DM_OK;
    }
    log->path = arena_str(&log->arena, file).ptr;
    if (!log->path)
        return error_nomem(err);
    int fd = open_file(log->path);
    if (fd < 0)
        return error_set(err, DM_E_CONFIG, "access_log: %s: %s", log->path,
                         strerror(errno));
    use_file(log, fd);
    return DM_OK;
}

static enum dm_code make_lanes(struct access_log *log, size_t most, struct dm_error *err)
{
    log->lanes = mem_new(most * sizeof *log->lanes);
    if (!log->lanes)
        return error_nomem(err);
    for (; log->most < most; log->most++) {
        log->lanes[log->most].log = log;
        DM_TRY(byte_ring_init(&log->lanes[log->most].ring, RING_SIZE, err));
    }
    return DM_OK;
}

static void free_parts(struct access_log *log)
{
    for (size_t i = 0; i < log->most; i++)
        byte_ring_done(&log->lanes[i].ring);
    mem_free(log->lanes);
    if (log->path && log->fd >= 0)
        close(log->fd);
    arena_done(&log->arena);
    mem_free(log);
}

static enum dm_code make_parts(struct access_log *log, struct dm_str file,
                               struct dm_str format, size_t most, struct dm_error *err)
{
    DM_TRY(access_format_parse(format, &log->arena, &log->format, err));
    DM_TRY(make_lanes(log, most, err));
    DM_TRY(open_first(log, file, err));
    return worker_start(&log->worker, "access log", run_writer, log, err);
}

enum dm_code access_log_new(struct dm_str file, struct dm_str format, size_t most,
                            struct access_log **ret_log, struct dm_error *err)
{
    struct access_log *log = mem_new(sizeof *log);
    if (!log)
        return error_nomem(err);
    log->fd = -1;
    arena_init(&log->arena, FORMAT_ARENA_MAX);
    enum dm_code code = make_parts(log, file, format, most, err);
    if (code)
        free_parts(log);
    else
        *ret_log = log;
    return code;
}

/* A thread that hangs goes on using what it has. */
void access_log_free(struct access_log *log)
{
    if (log && worker_stop(&log->worker, STOP_MS))
        free_parts(log);
}

struct access_lane *access_log_join(struct access_log *log)
{
    return log && log->lane_count < log->most ? &log->lanes[log->lane_count++] : NULL;
}
