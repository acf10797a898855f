/*
 * The writer: one thread, one connection, and the queue before it. All that has gathered
 * in the queue goes into one transaction, each piece of work in a savepoint of its own;
 * it is done once the transaction is durable, and when the transaction fails none of it
 * has happened.
 */
#ifndef DYNAMOD_STORE_SQLITE_WRITER_H
#define DYNAMOD_STORE_SQLITE_WRITER_H

#include <stdatomic.h>

#include "store/sqlite/database.h"

struct writer;

/* What is to be written. Embedded in who asks; the writer's from writer_put until done.
 */
struct work {
    /* On the writer's thread, in a savepoint; what it did stays only if it succeeds. */
    enum dm_code (*run)(struct work *work, struct database *database,
                        struct dm_error *err);
    /* On the writer's thread, at last and once: code and err say how it went. */
    void (*done)(struct work *work);
    size_t size; /* bytes it holds, for the queue's ceiling */
    const struct clock *clock;
    int64_t deadline_ms; /* on that clock: work that has not begun by then is not done */
    atomic_bool cancelled; /* work that has not begun need not be done */
    enum dm_code code;
    struct dm_error err;
    struct work *next;
};

/* How many transactions were committed; one more before any of its work is done. */
uint64_t writer_commits(const struct writer *writer);

/* Opens the file for writing and starts the thread. Errors are database_open's. */
DM_MUST_USE enum dm_code writer_new(const char *path, bool relaxed,
                                    struct writer **ret_writer, struct dm_error *err);

/* Ends what is queued, then the thread. */
void writer_free(struct writer *writer);
DM_AUTO_DEFINE(writer, writer_free)

/* From any thread. DM_E_OVERLOADED when too much waits; then the work is not the
 * writer's. */
DM_MUST_USE enum dm_code writer_put(struct writer *writer, struct work *work,
                                    struct dm_error *err);

/* Puts work whose `run` alone matters, and waits until it is done. Any thread but the
 * writer's. */
DM_MUST_USE enum dm_code writer_wait(struct writer *writer, struct work *work,
                                     struct dm_error *err);

#endif
