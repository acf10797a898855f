/* Bytes from one thread to one other, without a lock: what does not fit is not taken. */
#ifndef DYNAMOD_DAEMON_LOG_BYTE_RING_H
#define DYNAMOD_DAEMON_LOG_BYTE_RING_H

#include <stdatomic.h>

#include "base/macros.h"

/* Embedded. Places only grow; they are taken modulo the size. */
struct byte_ring {
    char *bytes;
    size_t size;           /* a power of two */
    atomic_size_t written; /* the writer's */
    atomic_size_t read;    /* the reader's */
};

DM_MUST_USE enum dm_code byte_ring_init(struct byte_ring *ring, size_t size,
                                        struct dm_error *err);
void byte_ring_done(struct byte_ring *ring);

/* The writer: all of it, or false. */
bool byte_ring_add(struct byte_ring *ring, struct dm_str bytes);

/* The reader: what is there, as far as it lies in one piece; lent until it is dropped. */
struct dm_str byte_ring_first(struct byte_ring *ring);
void byte_ring_drop(struct byte_ring *ring, size_t len);

#endif
