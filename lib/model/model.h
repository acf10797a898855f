/* A model at work: its table's key schema, learnt when the file does not give it, and its
 * store. */
#ifndef DYNAMOD_MODEL_MODEL_H
#define DYNAMOD_MODEL_MODEL_H

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
    struct dm_loop *loop;
    struct dm_store *store;          /* lent */
    bool schema_known, schema_given; /* given: by the file, which is never asked again */
    struct key_schema schema;
    int64_t doubted_ms; /* when model_doubts_schema last said so; 0: never */
    struct arena schema_names;
    struct schema_waiter *waiters; /* for the DescribeTable under way */
    struct store_call *describe;
    struct arena describe_arena;
};

void model_init(struct dm_model *model, const struct model_config *config,
                struct dm_loop *loop, struct dm_store *store);
void model_done(struct dm_model *model);

/* The schema when it is known now, else NULL: wait for it. */
const struct key_schema *model_schema(const struct dm_model *model);

/* Asks DynamoDB, or joins whoever asks already. On failure at once, waiter is not called.
 */
DM_MUST_USE enum dm_code model_learn_schema(struct dm_model *model,
                                            struct schema_waiter *waiter,
                                            struct dm_error *err);
void schema_unwait(struct schema_waiter *waiter);

/* Whether the table, made anew, may have other keys than were learnt. */
bool model_key_mismatch(const struct dm_model *model, const struct dm_error *err);

/* Whether a key that the learnt schema refuses is a reason to learn it anew: true at most
 * once in 5 s, so that wrong keys cost DynamoDB little. */
bool model_doubts_schema(struct dm_model *model);

/* The next use learns it anew, unless the file gives it. */
void model_forget_schema(struct dm_model *model);

/* DM_E_TABLE_NOT_FOUND, in the model's words; what DynamoDB said stays. */
enum dm_code model_no_table(const struct dm_model *model, struct dm_error *err);

/* The item is not there: the request's message, else the model's with the keys in it,
 * else a plain sentence. Keys are the request's texts, empty for :first. */
enum dm_code model_not_found(const struct dm_model *model, struct dm_str hash,
                             struct dm_str range, struct dm_str message,
                             struct dm_error *err);

#endif
