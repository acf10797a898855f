/*
 * The access log: a line a request, into a file or standard output. A shard writes into a
 * ring of its own and never waits; one thread empties the rings. What does not fit into
 * its ring is dropped, and counted.
 */
#ifndef DYNAMOD_DAEMON_LOG_ACCESS_LOG_H
#define DYNAMOD_DAEMON_LOG_ACCESS_LOG_H

#include <stdint.h>

#include "base/macros.h"

struct access_log;
struct access_lane; /* one shard's ring */
struct access_record;

/* The file, "-" for standard output, is made where it is missing (mode 0640) and added
 * to. The format is checked already. Up to `most` shards. Texts are copied.
 * DM_E_CONFIG: the file cannot be opened. */
DM_MUST_USE enum dm_code access_log_new(struct dm_str file, struct dm_str format,
                                        size_t most, struct access_log **ret_log,
                                        struct dm_error *err);

/* After the shards: writes what is there, and gives up after a second when nobody takes
 * it. */
void access_log_free(struct access_log *log);
DM_AUTO_DEFINE(access_log, access_log_free)

/* The main thread, for each shard before it starts; NULL when log is. Lent. */
struct access_lane *access_log_join(struct access_log *log);

/* Closes the file and opens it by its name again. From any thread; NULL is nothing. */
void access_log_reopen(struct access_log *log);

/* On the lane's own shard. */
void access_log_add(struct access_lane *lane, const struct access_record *record);

/* Lines, since the start. From any thread. */
struct access_figures {
    uint64_t written; /* into the ring */
    uint64_t dropped; /* the ring was full, or the file could not be written */
};
struct access_figures access_log_figures(const struct access_lane *lane);

#endif
