/*
 * A write of one item, from its beginning to its end, whatever its kind: read first where
 * it must be, written on its conditions, again when what was read has changed, and its
 * outcome told.
 */
#ifndef DYNAMOD_MODEL_WRITE_H
#define DYNAMOD_MODEL_WRITE_H

#include "model/app_internal.h"
#include "model/difference.h"
#include "model/guard.h"
#include "model/outcome.h"
#include "model/schema_use.h"
#include "net/retry.h"

/* What was asked: an item of 400 KB or a patch, as a tree, and its texts. */
enum { WRITE_ARENA_MAX = 64 * 1024 * 1024 };

struct write_call;

/* What each kind of write has of its own. */
struct write_kind {
    /* Reads what was asked, once the schema is known; may come twice. */
    enum dm_code (*prepare)(struct write_call *write, struct dm_error *err);
    /* What it demands of the item, beside the guard. */
    enum dm_code (*demand)(struct write_call *write, struct dm_error *err);
    /* Makes the entry, all but its table, key and condition; may demand that what it made
     * it of is still as it was read. DM_E_CONDITION: it must not be made of this item. */
    enum dm_code (*make)(struct write_call *write, struct dm_error *err);
    size_t size; /* of its call, which begins with a write_call */
};

/* Who asks. */
struct write_request {
    struct dm_app *app;
    struct dm_str model;
    const struct call_context *context;
    bool lends; /* the body lives as long as the call */
    dm_outcome_fn done;
    void *ctx;
};

struct write_call {
    struct dm_call call;
    const struct write_kind *kind;
    struct schema_use use;
    struct arena arena; /* what was asked */
    struct dm_outcome *outcome;
    bool lends;
    const struct scope *scope; /* the caller's */
    dm_outcome_fn done;
    void *ctx;

    /* Given by the kind before it begins; texts are copied, the body unless it is lent.
     */
    struct dm_str body;
    struct dm_str key_texts[2]; /* hash and range; ptr NULL: none */
    struct dm_guard asked_guard;
    struct dm_str message, token, traceparent;
    bool creates; /* what stands there is DM_E_EXISTS */
    bool misses;  /* what does not is DM_E_NOT_FOUND */
    bool upserts; /* an update that makes the item */
    bool returns; /* the item is to be told */

    /* Known once it is prepared. */
    struct guard guard;
    struct key key;
    bool once;  /* not to be sent again where it may have been done */
    bool reads; /* the item must be known */

    struct retry_policy policy;
    unsigned attempts;
    struct loop_timer again;
    struct call_meter meter;
    struct store_call *upstream;

    /* One attempt's, in write_arena. */
    int64_t now_s;
    const struct dm_value *stored; /* what was read; NULL: there is none */
    bool is_expired;               /* it is to be seen as none */
    struct demands demands;
    struct store_transact_entry entry;
};

/* Of one attempt; the outcome's in the end. */
static inline struct arena *write_arena(const struct write_call *write)
{
    return &write->outcome->item->arena;
}

static inline const struct model_config *write_model(const struct write_call *write)
{
    return write->use.model->config;
}

/* Whether whoever writes is told of what stands there. */
static inline bool write_may_tell(const struct write_call *write)
{
    return write_model(write)->allow_read && scope_reads(write->scope);
}

/* The hash key of a write that must have one: what is not given is empty, and refused. */
static inline struct dm_str write_key_text(struct dm_str hash_key)
{
    return hash_key.ptr ? hash_key : dm_str("");
}

/* What was read as clients see it; NULL: there is none. */
static inline const struct dm_value *write_seen(const struct write_call *write)
{
    return write->is_expired ? NULL : write->stored;
}

/* Demands that these attributes are still as they were read, or that there is still no
 * item. NULL: all that it has, and all that are declared. */
DM_MUST_USE enum dm_code write_demand_as_read(struct write_call *write,
                                              const struct name_list *names,
                                              struct dm_error *err);

/* A call that has not begun, zero but for what the request says: write_begin it.
 * DM_E_MODEL_NOT_FOUND, DM_E_FORBIDDEN. */
DM_MUST_USE enum dm_code write_new(const struct write_kind *kind,
                                   const struct write_request *request,
                                   struct write_call **ret_write, struct dm_error *err);

/* Goes on its way, and is freed when it ends. Takes the call, whatever happens. */
DM_MUST_USE enum dm_code write_begin(struct write_call *write, unsigned timeout_ms,
                                     struct dm_call **ret_call, struct dm_error *err);

#endif
