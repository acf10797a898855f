/*
 * A call's use of what is known of its model's table: waited for while it is not known,
 * and learnt anew, once, when the table may have been made anew.
 */
#ifndef DYNAMOD_MODEL_SCHEMA_USE_H
#define DYNAMOD_MODEL_SCHEMA_USE_H

#include "model/app_internal.h"

/* Embedded in a call; zero but for what the caller gives. */
struct schema_use {
    /* Given. */
    struct dm_app *app;
    struct dm_model *model;
    struct arena *arena; /* the call's */
    int64_t deadline_ms;
    struct dm_str index; /* that must be known too; len 0: none */
    /* Called whenever the schema is known: begins what the call is for. DM_E_INVALID_KEY
     * and DM_E_INDEX_NOT_FOUND may bring it about that it is called once more. */
    enum dm_code (*ready)(void *ctx, struct dm_error *err);
    /* Later, when it cannot be known, or ready failed. */
    void (*fail)(const struct dm_error *err, void *ctx);
    void *ctx;

    struct key_schema schema; /* for `ready`: the table's; its names are in the arena */
    bool refreshed;
    bool joined;          /* a DescribeTable that another call had sent */
    struct dm_error *why; /* it was learnt anew; in the arena */
    struct loop_timer deadline;
    struct schema_waiter waiter;
};

/* Calls ready, or waits. On failure at once, fail is not called. */
DM_MUST_USE enum dm_code schema_use_start(struct schema_use *use, struct dm_error *err);

/* After what the store said: true when the schema is learnt anew because of it, and ready
 * or fail will be called. */
bool schema_use_again(struct schema_use *use, const struct dm_error *why);

void schema_use_stop(struct schema_use *use);

#endif
