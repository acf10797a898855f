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

#include "expr/condition.h"
#include "expr/key_condition.h"
#include "expr/projection.h"
#include "expr/update.h"
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

/* What every request begins with. */
struct store_base {
    int64_t deadline_ms; /* loop_now_ms's clock */
    struct arena *arena;
    struct dm_str traceparent; /* passed on, where there is somebody to pass it on to; len
                                  0: none */
};

/* --- one item --- */

struct store_get {
    struct store_base base;
    struct dm_str table;
    const struct key *key;
    const struct projection *projection; /* NULL: all */
    bool consistent;
    bool anew; /* not what a request brings that has left already */
};

struct store_put {
    struct store_base base;
    struct dm_str table;
    const struct dm_value *item;       /* M, with its key */
    const struct key *key;             /* the item's; NULL: not told, here and below */
    const struct condition *condition; /* NULL: none */
    bool return_old;
    bool return_present; /* with DM_E_CONDITION, here and below: the item that stands
                            there */
};

enum store_return {
    RETURN_NONE,
    RETURN_ALL_OLD,
    RETURN_ALL_NEW,
    RETURN_UPDATED_OLD,
    RETURN_UPDATED_NEW
};

struct store_update {
    struct store_base base;
    struct dm_str table;
    const struct key *key;
    const struct update *update; /* NULL or no action: makes the item if there is none */
    const struct condition *condition;
    enum store_return return_values;
    bool return_present;
    bool once; /* an attempt that may have reached the table is not sent again */
};

struct store_delete {
    struct store_base base;
    struct dm_str table;
    const struct key *key;
    const struct condition *condition;
    bool return_old;
    bool return_present;
};

/* --- pages --- */

struct store_query {
    struct store_base base;
    struct dm_str table, index; /* index.len 0: the table */
    const struct key_condition *keys;
    const struct condition *filter;      /* NULL: none */
    const struct projection *projection; /* NULL: all that the table or index holds */
    bool consistent, descending, count_only;
    unsigned limit; /* items examined; 0: a page of 1 MB */
    const struct dm_value
        *after; /* LastEvaluatedKey of the page before (an M), or NULL */
};

struct store_scan {
    struct store_base base;
    struct dm_str table, index;
    const struct condition *filter;
    const struct projection *projection;
    bool consistent, count_only;
    unsigned limit;
    unsigned segment, total_segments; /* total 0: not parallel */
    const struct dm_value *after;
};

/* --- many at once --- */

/* One table; up to 100 keys, no two equal. */
struct store_batch_get {
    struct store_base base;
    struct dm_str table;
    const struct key *keys;
    size_t key_count;
    const struct projection *projection;
    bool consistent;
};

/* One table; up to 25 in all, no key twice. */
struct store_batch_write {
    struct store_base base;
    struct dm_str table;
    const struct dm_value *puts; /* array of M */
    const struct key *put_keys;  /* one each */
    size_t put_count;
    const struct key *deletes;
    size_t delete_count;
};

struct store_transact_get_entry {
    struct dm_str table;
    const struct key *key;
    const struct projection *projection;
};

struct store_transact_get {
    struct store_base base;
    const struct store_transact_get_entry *entries; /* up to 100 */
    size_t count;
};

enum transact_kind { TRANSACT_PUT, TRANSACT_UPDATE, TRANSACT_DELETE, TRANSACT_CHECK };

struct store_transact_entry {
    enum transact_kind kind;
    struct dm_str table;
    const struct dm_value *item;       /* PUT */
    const struct key *key;             /* the item's */
    const struct update *update;       /* UPDATE */
    const struct condition *condition; /* demanded by CHECK */
};

struct store_transact_write {
    struct store_base base;
    const struct store_transact_entry *entries; /* up to 100, no item twice */
    size_t count;
    struct dm_str token; /* ClientRequestToken, up to 36 bytes; len 0: none */
};

/* --- tables --- */

enum index_projection { PROJECT_ALL, PROJECT_KEYS_ONLY, PROJECT_INCLUDE };

struct store_index {
    struct dm_str name;
    struct key_schema schema;
    bool global;
    enum index_projection projection;
    const struct dm_str *included; /* PROJECT_INCLUDE */
    size_t included_count;
};

struct store_describe {
    struct store_base base;
    struct dm_str table;
};

struct store_create {
    struct store_base base;
    struct dm_str table;
    const struct key_schema *schema;
    const struct store_index *indexes;
    size_t index_count;
    unsigned read_capacity_units, write_capacity_units; /* both 0: on demand */
};

enum table_status { TABLE_ACTIVE, TABLE_NOT_YET, TABLE_GOING };

/* --- results --- */

/* Why a transaction was cancelled: one an entry. */
struct store_reason {
    enum dm_code code; /* DM_OK: this entry was not the cause */
    struct dm_str message;
};

/* What a cache on the way did with a get or a query. */
enum store_cache_status {
    STORE_CACHE_NONE,  /* there is none */
    STORE_CACHE_HIT,   /* it had the answer */
    STORE_CACHE_MISS,  /* it had none: the table was asked */
    STORE_CACHE_PASSED /* it was not looked into: the read was consistent */
};

struct store_cache_outcome {
    enum store_cache_status status;
    bool stored;    /* the answer is in the cache from now on */
    bool joined;    /* another's request to the table brought it */
    bool rescued;   /* the table was asked and failed: this is what was known before */
    int64_t age_ms; /* since the table was asked for what is answered */
    int64_t ttl_ms; /* how long such an answer is fresh; age may be beyond it */
    struct cache_entry *entry; /* NULL, or what holds the result; lent while the
                                  request's arena lives */
};

/* What came back. Which members are set depends on the operation. */
struct store_result {
    const struct dm_value *item; /* get: NULL when there is none; put, update, delete: the
                                    attributes asked for, or what stands there */
    const struct dm_value *items; /* query, scan, batch_get: array of M; transact_get: one
                                     an entry, an empty M for none */
    size_t item_count;
    size_t count, scanned_count; /* query, scan; item_count is 0 when only the count was
                                    asked for */
    const struct dm_value *last; /* query, scan: LastEvaluatedKey, NULL at the end */
    const struct key *unprocessed_keys; /* batch_get, batch_write's deletes */
    size_t unprocessed_key_count;
    const struct dm_value *unprocessed_puts; /* batch_write */
    size_t unprocessed_put_count;
    double consumed_capacity; /* units, all tables of the request together; half units
                                 occur */
    struct key_schema schema; /* describe, create */
    const struct store_index *indexes;
    size_t index_count;
    enum table_status status;
    const struct store_reason
        *reasons; /* transact_write that was cancelled: one an entry */
    size_t reason_count;
    struct store_cache_outcome cache; /* get, query */
};

/* result is NULL unless code is DM_OK, or DM_E_CONFLICT of a transaction, which has
 * reasons, or DM_E_CONDITION of a put, update or delete; err is lent until return, and
 * empty when code is DM_OK. */
typedef void (*store_done_fn)(enum dm_code code, const struct store_result *result,
                              const struct dm_error *err, void *ctx);

#define STORE_OPERATION(name)                                                            \
    enum dm_code (*name)(struct dm_store * store, const struct store_##name *request,    \
                         store_done_fn done, void *ctx, struct store_call **ret_call,    \
                         struct dm_error *err)

struct store_ops {
    STORE_OPERATION(get);
    /* As get where the answer is at hand: then it is given at once, and there is no call.
     * DM_OK and *ret_given false: it is not, and nothing was done; ask get. NULL in a
     * store that always has to wait. */
    enum dm_code (*get_now)(struct dm_store *store, const struct store_get *request,
                            bool *ret_given, struct store_result *ret_result,
                            struct dm_error *err);
    STORE_OPERATION(batch_get);
    STORE_OPERATION(query);
    STORE_OPERATION(scan);
    STORE_OPERATION(put);
    STORE_OPERATION(update);
    STORE_OPERATION(delete);
    STORE_OPERATION(batch_write);
    STORE_OPERATION(transact_get);
    STORE_OPERATION(transact_write);
    STORE_OPERATION(describe);
    STORE_OPERATION(create);
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
