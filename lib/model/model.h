/* A model at work: its table's key schema and indexes, learnt where the file does not
 * give them, and its store. */
#ifndef DYNAMOD_MODEL_MODEL_H
#define DYNAMOD_MODEL_MODEL_H

#include "base/hash_map.h"
#include "model/model_config.h"
#include "store/store.h"

/* Who waits for a key schema. Embedded; zero it once. */
struct schema_waiter {
    struct schema_waiter *next, **link;
    /* Once, from the loop; err is lent until return, and empty when code is DM_OK. */
    void (*done)(enum dm_code code, const struct dm_error *err, void *ctx);
    void *ctx;
};

/* Embedded in its app. */
struct dm_model {
    const struct model_config *config;
    struct hash_node by_name; /* in its app */
    struct dm_loop *loop;
    struct dm_store *store;          /* lent */
    struct dm_store *upstream;       /* whose connection it stands on, lent likewise */
    bool schema_known, schema_given; /* given: by the file, which is never asked again */
    struct key_schema schema;
    bool described;                    /* the table's own indexes are known too */
    const struct store_index *indexes; /* the file's, then what else the table has */
    size_t index_count;
    uint64_t generation;           /* of what is known of the table */
    int64_t doubted_ms;            /* when model_doubts last said so; 0: never */
    struct arena learnt;           /* what DescribeTable said */
    struct schema_waiter *waiters; /* for the DescribeTable under way */
    struct store_call *describe;
    struct arena describe_arena;
};

void model_init(struct dm_model *model, const struct model_config *config,
                struct dm_loop *loop, struct dm_store *store, struct dm_store *upstream);
void model_done(struct dm_model *model);

/* The schema when it is known now, else NULL: wait for it. */
const struct key_schema *model_schema(const struct dm_model *model);

/* The index of that name as far as is known, or NULL. */
const struct store_index *model_find_index(const struct dm_model *model,
                                           struct dm_str name);

/* Asks DynamoDB, or joins whoever asks already. On failure at once, waiter is not called.
 */
DM_MUST_USE enum dm_code model_learn_schema(struct dm_model *model,
                                            struct schema_waiter *waiter,
                                            struct dm_error *err);
void schema_unwait(struct schema_waiter *waiter);

/* Whether the table, made anew, may have other keys than were learnt. */
bool model_key_mismatch(const struct dm_model *model, const struct dm_error *err);

/* Whether a request refused by what was learnt (DM_E_INVALID_KEY, DM_E_INDEX_NOT_FOUND)
 * is a reason to learn it anew: true at most once in 5 s, so that wrong requests cost
 * DynamoDB little. */
bool model_doubts(struct dm_model *model, enum dm_code code);

/* The next use learns it anew, as far as the file does not give it. */
void model_forget_schema(struct dm_model *model);

/* DM_E_TABLE_NOT_FOUND, in the model's words; what DynamoDB said stays. */
enum dm_code model_no_table(const struct dm_model *model, struct dm_error *err);

/* The item is not there: the request's message, else the model's with the keys in it,
 * else a plain sentence. Keys are the request's texts, empty for :first. */
enum dm_code model_not_found(const struct dm_model *model, struct dm_str hash,
                             struct dm_str range, struct dm_str message,
                             struct dm_error *err);

#endif
