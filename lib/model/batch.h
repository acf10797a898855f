/*
 * Many entries of one table, sent to its store in chunks, four of them at a time; what
 * the store leaves unprocessed is sent again, ever more slowly, until the time is over.
 */
#ifndef DYNAMOD_MODEL_BATCH_H
#define DYNAMOD_MODEL_BATCH_H

#include "model/schema_use.h"
#include "net/retry.h"

enum { BATCH_LANES = 4, BATCH_CHUNK_MAX = 100 };

struct batch;

/* Sends one chunk after the other. Embedded in its batch. */
struct batch_lane {
    struct batch *batch;
    struct arena arena; /* of one request */
    struct store_call *upstream;
    struct loop_timer backoff;
    struct call_meter meter;
    size_t entries[BATCH_CHUNK_MAX]; /* that are not done yet: 0 to batch->count - 1 */
    size_t count;
    unsigned attempt; /* since one was done */
};

/* What a batch of one kind does. */
struct batch_ops {
    size_t chunk_max;
    /* Whether the first failure ends it all, and what it does. */
    bool whole, writes;
    /* What an entry takes of a request's size; NULL: nothing. */
    size_t (*size)(struct batch *batch, size_t entry);
    /* Asks the store for the lane's entries; batch_on_answer is told, with the lane. */
    enum dm_code (*send)(struct batch_lane *lane, const struct store_base *base,
                         struct dm_error *err);
    /* Takes those that are done out of the lane, and what the store said of them. */
    enum dm_code (*take)(struct batch_lane *lane, const struct store_result *result,
                         struct dm_error *err);
    /* Nothing is under way any more: batch->why says why not all are done. */
    void (*end)(struct batch *batch);
};

/* Embedded in a call; zero but for what is given. */
struct batch {
    /* Given. */
    const struct batch_ops *ops;
    struct schema_use *use;
    struct dm_str traceparent;
    struct call_cost *cost;
    struct arena_room *room;
    struct arena *kept; /* where replies stay; NULL: they go after `take` */
    size_t count;

    size_t next; /* the first that no lane has had */
    size_t done;
    struct retry_policy retry;
    struct batch_lane lanes[BATCH_LANES];
    struct loop_task nothing;
    struct dm_error why; /* of the first failure; code DM_OK: none */
};

/* From the beginning. On failure at once, `end` is not called. */
DM_MUST_USE enum dm_code batch_start(struct batch *batch, struct dm_error *err);
void batch_stop(struct batch *batch);

/* store_done_fn; ctx: the lane. */
void batch_on_answer(enum dm_code code, const struct store_result *result,
                     const struct dm_error *err, void *ctx);

/* Whether the lane has the entry. */
bool batch_lane_has(const struct batch_lane *lane, size_t entry);

#endif
