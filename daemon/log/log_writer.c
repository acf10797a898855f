/* The log's thread. */
#include "daemon/log/log_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "daemon/log/journal.h"
#include "daemon/log/log_queue.h"
#include "daemon/run/worker.h"

enum { SWEEP_MS = 60000, STOP_MS = 1000 };

/* Pipes take a line whole, or say that they cannot yet. */
_Static_assert((int)LOG_LINE_MAX <= PIPE_BUF, "a line is one write");

struct log_writer {
    struct worker worker;
    enum log_format format;
    int fd; /* standard error, or a socket to the journal; -1: to be connected anew */
    int64_t sweep_at_ms;
    _Atomic uint64_t written, folded, dropped;
    uint64_t told; /* of those dropped */
    struct log_fold fold;
    struct log_queue queue;
};

static int64_t now_ms(void)
{
    return clock_monotonic_ms(clock_system());
}

/* --- any thread --- */

void log_writer_add(struct log_writer *writer, const struct log_line *line)
{
    struct log_cell *cell = log_queue_claim(&writer->queue);
    if (!cell) {
        atomic_fetch_add(&writer->dropped, 1);
        return;
    }
    cell->len = log_line_write(line, writer->format, cell->text);
    log_queue_commit(cell);
    worker_wake(&writer->worker);
}

bool log_writer_admits(struct log_writer *writer, enum log_level level,
                       const char *message, const struct log_kind *kind)
{
    return log_fold_admits(&writer->fold, level, message, kind);
}

struct log_figures log_writer_figures(const struct log_writer *writer)
{
    return (struct log_figures){
        .written = atomic_load(&writer->written),
        .folded = atomic_load(&writer->folded),
        .dropped = atomic_load(&writer->dropped),
    };
}

/* --- handing lines over --- */

/* The journal may have gone and come again. */
static bool send_to_journal(struct log_writer *writer, const char *text, size_t len)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (writer->fd < 0)
            writer->fd = journal_connect();
        if (writer->fd < 0 || !worker_await_output(&writer->worker, writer->fd))
            return false;
        if (send(writer->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return true;
        close(writer->fd);
        writer->fd = -1;
    }
    return false;
}

static bool write_out(struct log_writer *writer, const char *text, size_t len)
{
    return worker_await_output(&writer->worker, writer->fd) &&
           write(writer->fd, text, len) == (ssize_t)len;
}

static void hand_over(struct log_writer *writer, const char *text, size_t len)
{
    bool good = writer->format == LOG_JOURNAL ? send_to_journal(writer, text, len)
                                              : write_out(writer, text, len);
    atomic_fetch_add(good ? &writer->written : &writer->dropped, 1);
}

/* --- what the log says of itself --- */

/* Past the queue, which may be full. */
static void say(struct log_writer *writer, enum log_level level, const char *message,
                const struct log_field *fields, size_t count)
{
    char text[LOG_LINE_MAX];
    struct log_line line = {clock_wall_ms(clock_system()), level, message, fields, count};
    hand_over(writer, text, log_line_write(&line, writer->format, text));
}

static void tell_folded(const struct log_fold_slot *slot, uint64_t count, void *ctx)
{
    struct log_writer *writer = ctx;
    char message[128], number[24];
    snprintf(message, sizeof message, "%s: more of these", slot->message);
    snprintf(number, sizeof number, "%" PRIu64, count);
    const struct log_field fields[] = {
        {"app", dm_str(slot->app)},
        {"model", dm_str(slot->model)},
        {"type", dm_str(slot->type)},
        {"#count", dm_str(number)},
    };
    atomic_fetch_add(&writer->folded, count);
    say(writer, slot->level, message, fields, DM_COUNT(fields));
}

static void tell_dropped(struct log_writer *writer)
{
    uint64_t dropped = atomic_load(&writer->dropped);
    char number[24];
    if (dropped == writer->told)
        return;
    snprintf(number, sizeof number, "%" PRIu64, dropped - writer->told);
    const struct log_field field = {"#count", dm_str(number)};
    writer->told = dropped;
    say(writer, LOG_WARNING, "lines of the log were dropped", &field, 1);
}

static void sweep(struct log_writer *writer)
{
    log_fold_sweep(&writer->fold, tell_folded, writer);
    writer->sweep_at_ms = now_ms() + SWEEP_MS;
}

/* --- the thread --- */

static void empty(struct log_writer *writer)
{
    const struct log_cell *cell;
    while ((cell = log_queue_first(&writer->queue))) {
        hand_over(writer, cell->text, cell->len);
        log_queue_drop_first(&writer->queue);
    }
    tell_dropped(writer);
}

static void sleep_until_work(struct log_writer *writer)
{
    int64_t wait_ms = writer->sweep_at_ms - now_ms();
    worker_lie_down(&writer->worker);
    if (log_queue_first(&writer->queue) || wait_ms <= 0)
        worker_get_up(&writer->worker);
    else
        worker_sleep(&writer->worker, (int)wait_ms);
}

static void run_writer(void *ctx)
{
    struct log_writer *writer = ctx;
    writer->sweep_at_ms = now_ms() + SWEEP_MS;
    while (!worker_is_stopping(&writer->worker)) {
        empty(writer);
        if (now_ms() >= writer->sweep_at_ms)
            sweep(writer);
        sleep_until_work(writer);
    }
    empty(writer);
    sweep(writer);
}

/* --- life --- */

static enum dm_code open_output(struct log_writer *writer, enum log_format format,
                                struct dm_error *err)
{
    if (format == LOG_AUTO)
        format = journal_is_behind(STDERR_FILENO, getenv("JOURNAL_STREAM")) ? LOG_JOURNAL
                                                                            : LOG_LOGFMT;
    writer->format = format;
    writer->fd = format == LOG_JOURNAL ? journal_connect() : STDERR_FILENO;
    if (writer->fd < 0)
        return error_set(err, DM_E_CONFIG, "log_format: there is no journal: %s",
                         strerror(errno));
    return DM_OK;
}

static void free_writer(struct log_writer *writer)
{
    if (writer->format == LOG_JOURNAL && writer->fd >= 0)
        close(writer->fd);
    mem_free(writer);
}

enum dm_code log_writer_start(enum log_format format, struct log_writer **ret_writer,
                              struct dm_error *err)
{
    struct log_writer *writer = mem_new(sizeof *writer);
    if (!writer)
        return error_nomem(err);
    log_queue_init(&writer->queue);
    enum dm_code code = open_output(writer, format, err);
    if (!code)
        code = worker_start(&writer->worker, "log", run_writer, writer, err);
    if (code)
        free_writer(writer);
    else
        *ret_writer = writer;
    return code;
}

/* One that hangs goes on using what it has. */
void log_writer_stop(struct log_writer *writer)
{
    if (worker_stop(&writer->worker, STOP_MS))
        free_writer(writer);
}
