/*
 * The log's queue: any thread adds a line, one takes them out, and nobody ever waits.
 * Bounded, after D. Vyukov: a cell's turn says whether it is to be written or read.
 * https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue
 */
#ifndef DYNAMOD_DAEMON_LOG_LOG_QUEUE_H
#define DYNAMOD_DAEMON_LOG_LOG_QUEUE_H

#include <stdatomic.h>

#include "daemon/log/log_line.h"

enum { LOG_QUEUE_CELLS = 256 }; /* a power of two */

struct log_cell {
    atomic_size_t turn;
    size_t len;
    char text[LOG_LINE_MAX];
};

/* Embedded; half a megabyte. */
struct log_queue {
    atomic_size_t next; /* to be written */
    size_t first;       /* to be read; the reader's */
    struct log_cell cells[LOG_QUEUE_CELLS];
};

void log_queue_init(struct log_queue *queue);

/* A cell to be filled in, or NULL: it is full. Commit it at once. */
struct log_cell *log_queue_claim(struct log_queue *queue);
void log_queue_commit(struct log_cell *cell);

/* The oldest line, or NULL: there is none. It stays until it is dropped. */
const struct log_cell *log_queue_first(struct log_queue *queue);
void log_queue_drop_first(struct log_queue *queue);

#endif
