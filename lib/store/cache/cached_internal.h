/* What the files of the store around a store share. */
#ifndef DYNAMOD_STORE_CACHE_CACHED_INTERNAL_H
#define DYNAMOD_STORE_CACHE_CACHED_INTERNAL_H

#include "store/cache/cached.h"

enum { FLIGHT_BUCKETS = 64 };

struct flight;

struct cached {
    struct dm_store store;
    struct store_ops ops;
    struct cache *cache;
    struct cache_space *space; /* NULL: none */
    struct dm_store *inner;
    struct dm_loop *loop;
    struct cached_call *calls; /* all that are under way */
    struct flight *flights[FLIGHT_BUCKETS];
};

static inline struct cached *cached_of(struct dm_store *store)
{
    return DM_CONTAINER(store, struct cached, store);
}

/* One call under way, whatever its kind; in its request's arena. */
struct cached_call {
    struct store_call base;
    struct cached_call *next, **link;
    void (*stop)(struct cached_call *call); /* ends all that it has begun */
    store_done_fn done;
    void *ctx;
};

void cached_call_begin(struct cached_call *call, struct cached *cached,
                       store_done_fn done, void *ctx);
void cached_call_end(struct cached_call *call);

/* A get or a query, with what decides about its answer. */
struct question {
    const struct store_base *base;
    const struct store_get *get; /* one of the two */
    const struct store_query *query;
    struct cache_key key;
    struct fence *fence; /* what was read before a write that it stands for is not kept */
    uint64_t taken;      /* before the cache was looked into, and the table asked */
    bool of_index;       /* nor given after it */
};

/* In the base's arena. */
DM_MUST_USE enum dm_code question_of_get(struct cached *cached,
                                         const struct store_get *request,
                                         struct question *ret_question,
                                         struct dm_error *err);
DM_MUST_USE enum dm_code question_of_query(struct cached *cached,
                                           const struct store_query *request,
                                           struct question *ret_question,
                                           struct dm_error *err);

/* Has the inner store answer it. */
DM_MUST_USE enum dm_code question_ask(struct cached *cached,
                                      const struct question *question, store_done_fn done,
                                      void *ctx, struct store_call **ret_call,
                                      struct dm_error *err);

/* Keeps the answer, where it may be. The entry is the caller's. */
DM_MUST_USE enum dm_code question_keep(struct cached *cached,
                                       const struct question *question,
                                       const struct store_result *result,
                                       int64_t asked_ms, struct cache_entry **ret_entry,
                                       bool *ret_stored, struct dm_error *err);

/* What is told of an answer. */
struct store_cache_outcome question_outcome(const struct cached *cached,
                                            enum store_cache_status status,
                                            struct cache_entry *entry);

/* The ways of a question. ask_flight: out of the cache, or else with others that ask the
 * same; ask_past: of the table alone. */
DM_MUST_USE enum dm_code ask_flight(struct cached *cached,
                                    const struct question *question, store_done_fn done,
                                    void *ctx, struct store_call **ret_call,
                                    struct dm_error *err);
DM_MUST_USE enum dm_code ask_past(struct cached *cached, const struct question *question,
                                  store_done_fn done, void *ctx,
                                  struct store_call **ret_call, struct dm_error *err);

/* Gets a newer one, unless somebody does; nobody waits for it. */
void flight_refresh(struct cached *cached, const struct question *question,
                    struct cache_entry *entry);
void flight_free_all(struct cached *cached);

/* Whether a table that fails like that is one that cannot be reached. */
bool flight_may_rescue(enum dm_code code);

/* store_ops. */
#define CACHED_OPERATION(name)                                                           \
    enum dm_code cached_##name(                                                          \
        struct dm_store *store, const struct store_##name *request, store_done_fn done,  \
        void *ctx, struct store_call **ret_call, struct dm_error *err)

enum dm_code cached_get_now(struct dm_store *store, const struct store_get *request,
                            bool *ret_given, struct store_result *ret_result,
                            struct dm_error *err);
CACHED_OPERATION(get);
CACHED_OPERATION(query);
CACHED_OPERATION(put);
CACHED_OPERATION(update);
CACHED_OPERATION(delete);
CACHED_OPERATION(batch_write);
CACHED_OPERATION(transact_write);

#endif
