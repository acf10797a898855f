/*
 * The store: where items are. An interface; stores stand around stores (a cache around a
 * table). Requests and results are values and expression trees, never JSON.
 *
 * Every operation: what the request points at lives until the call is done or cancelled;
 * done is called exactly once, from the loop, never before the operation returned, with
 * the result in request->arena. After a failure at once (the return code) done is not
 * called.
 */
#ifndef DYNAMOD_STORE_STORE_H
#define DYNAMOD_STORE_STORE_H

#include <stdint.h>

#include "expr/projection.h"
#include "net/loop.h"
#include "value/key.h"

/* Embedded at the start of every store. */
struct dm_store {
    const struct store_ops *ops;
};

/* Embedded at the start of every store's own call. */
struct store_call {
    struct dm_store *store;
};

struct store_get {
    struct dm_str table;
    const struct key *key;
    const struct projection *projection; /* NULL: all */
    bool consistent;
    int64_t deadline_ms; /* loop_now_ms's clock */
    struct arena *arena;
};

struct store_scan {
    struct dm_str table;
    const struct projection *projection;
    bool consistent;
    unsigned limit; /* items examined; 0: DynamoDB's page */
    const struct dm_value
        *after; /* LastEvaluatedKey of the page before (an M), or NULL */
    int64_t deadline_ms;
    struct arena *arena;
};

struct store_describe {
    struct dm_str table;
    int64_t deadline_ms;
    struct arena *arena;
};

struct store_create {
    struct dm_str table;
    const struct key_schema *schema;
    unsigned read_capacity_units, write_capacity_units; /* both 0: on demand */
    int64_t deadline_ms;
    struct arena *arena;
};

enum table_status { TABLE_ACTIVE, TABLE_NOT_YET, TABLE_GOING };

/* What came back. Which members are set depends on the operation. */
struct store_result {
    const struct dm_value *item;  /* get: the item (an M), NULL when there is none */
    const struct dm_value *items; /* scan: array of M, item_count of them */
    size_t item_count;
    const struct dm_value *last; /* scan: LastEvaluatedKey, NULL at the end */
    struct key_schema schema;    /* describe, create */
    enum table_status status;    /* describe, create */
};

/* result is NULL unless code is DM_OK; err is lent until return. */
typedef void (*store_done_fn)(enum dm_code code, const struct store_result *result,
                              const struct dm_error *err, void *ctx);

struct store_ops {
    enum dm_code (*get)(struct dm_store *store, const struct store_get *request,
                        store_done_fn done, void *ctx, struct store_call **ret_call,
                        struct dm_error *err);
    enum dm_code (*scan)(struct dm_store *store, const struct store_scan *request,
                         store_done_fn done, void *ctx, struct store_call **ret_call,
                         struct dm_error *err);
    enum dm_code (*describe_table)(struct dm_store *store,
                                   const struct store_describe *request,
                                   store_done_fn done, void *ctx,
                                   struct store_call **ret_call, struct dm_error *err);
    enum dm_code (*create_table)(struct dm_store *store,
                                 const struct store_create *request, store_done_fn done,
                                 void *ctx, struct store_call **ret_call,
                                 struct dm_error *err);
    void (*cancel)(struct store_call *call);
    void (*free)(struct dm_store *store);
};

static inline void store_cancel(struct store_call *call)
{
    if (call)
        call->store->ops->cancel(call);
}

static inline void store_free(struct dm_store *store)
{
    if (store)
        store->ops->free(store);
}

#endif
