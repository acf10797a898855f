/* A cache, two stores around a store that answers when a test says so, and a clock. */
#ifndef DYNAMOD_TESTS_CACHE_FIXTURE_H
#define DYNAMOD_TESTS_CACHE_FIXTURE_H

#include "store/cache/cached.h"
#include "support/loop_fixture.h"

enum { ASKED_MAX = 64 };

/* The inner store: what it was asked, in order. */
struct inner_call {
    struct store_call base;
    const void *request; /* NULL: answered or cancelled */
    store_done_fn done;
    void *ctx;
};

struct inner {
    struct dm_store store;
    struct store_ops ops;
    struct inner_call calls[ASKED_MAX];
    size_t count;
    size_t cancelled;
    enum dm_code refuses; /* at once */
    const char *at_hand;  /* get_now gives an item with that v; NULL: it declines */
};

/* One request of a test and what came of it. */
struct asked {
    struct arena arena;
    struct key key;
    struct key_condition condition;
    struct store_call *call;
    bool done;
    enum dm_code code;
    struct store_result result;
    struct dm_error err;
};

struct cache_fixture {
    struct fixture *base;
    struct cache *cache;
    struct cache_space *space;
    struct inner inner;
    struct dm_store *a, *b; /* two threads' */
    struct asked asked[ASKED_MAX];
    size_t asked_count;
};

/* Of a fresh second, with options of the test's; the model's table is "t". */
struct cache_fixture *cache_up(struct cache_options options);
void cache_down(struct cache_fixture *f);

/* 1 MB. */
struct cache_options options_of(unsigned ttl_ms);

void pass_ms(struct cache_fixture *f, int64_t ms);

/* Requests; deadlines are 1000 ms from now. A failure at once is in ->code, done. */
struct asked *do_get(struct cache_fixture *f, struct dm_store *store, const char *id);
struct asked *do_get_strongly(struct cache_fixture *f, struct dm_store *store,
                              const char *id);
struct asked *do_get_part(struct cache_fixture *f, struct dm_store *store, const char *id,
                          const char *projection);
/* As the daemon does: at once or else later. */
struct asked *do_get_now(struct cache_fixture *f, struct dm_store *store, const char *id);
struct asked *do_query(struct cache_fixture *f, struct dm_store *store, const char *index,
                       const char *hash, unsigned limit);
struct asked *do_put(struct cache_fixture *f, struct dm_store *store, const char *id,
                     const char *v);
struct asked *do_update(struct cache_fixture *f, struct dm_store *store, const char *id);
struct asked *do_delete(struct cache_fixture *f, struct dm_store *store, const char *id);

/* The inner store answers the nth question, from 0: an item or a page whose v is that;
 * NULL: none. */
void inner_answer(struct cache_fixture *f, size_t nth, const char *v);
void inner_fail(struct cache_fixture *f, size_t nth, enum dm_code code);

/* From now on it has every item at hand. */
void inner_has_at_hand(struct cache_fixture *f);

/* Runs what was posted. */
void settle(struct cache_fixture *f);

/* The v of the item that was answered, or of the page's one; "": none. */
struct dm_str v_of(const struct asked *asked);

/* Asked and answered; the answer is kept. */
void warm(struct cache_fixture *f, const char *id, const char *v);

/* Asks, and has it answered out of the cache with that v. */
#define assert_hit(f, store, id, expected)                                               \
    do {                                                                                 \
        size_t before_ = (f)->inner.count;                                               \
        struct asked *hit_ = do_get(f, store, id);                                       \
        settle(f);                                                                       \
        cr_assert_eq((f)->inner.count, before_, "the table was asked");                  \
        cr_assert(hit_->done && hit_->code == DM_OK);                                    \
        assert_str(v_of(hit_), expected);                                                \
    } while (0)

/* Asks, and the table is asked. */
#define assert_miss(f, store, id)                                                        \
    do {                                                                                 \
        size_t before_ = (f)->inner.count;                                               \
        struct asked *miss_ = do_get(f, store, id);                                      \
        settle(f);                                                                       \
        cr_assert_eq((f)->inner.count, before_ + 1, "the table was not asked");          \
        cr_assert_not(miss_->done);                                                      \
    } while (0)

/* A key {"id":{"S":id}}. */
struct key text_key(const char *id);

#endif
