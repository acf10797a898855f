/*
 * An answer that is kept: what the table said, in one block of memory. It never changes,
 * so threads share it by counting references; what does change is atomic, or its
 * stripe's.
 */
#ifndef DYNAMOD_STORE_CACHE_ENTRY_H
#define DYNAMOD_STORE_CACHE_ENTRY_H

#include <stdatomic.h>

#include "store/cache/cache_key.h"
#include "store/cache/fence.h"

struct cache_stripe;

enum cache_queue { CACHE_SMALL, CACHE_MAIN, CACHE_QUEUES };

/* Something made of an answer that is worth keeping with it. */
struct cache_form {
    void (*free)(struct cache_form *form);
    size_t size; /* bytes that it takes */
};

struct cache_entry {
    atomic_uint references;
    atomic_bool refreshing; /* somebody asks the table for a newer one */
    _Atomic(struct cache_form *) form;
    struct cache_key key;
    struct store_result result;
    int64_t asked_ms; /* when the table was asked */
    bool absent;      /* of a get: there is no item */
    size_t size;

    /* The stripe's, under its lock. */
    struct cache_stripe *stripe;       /* where it is or was; NULL: it was never kept */
    struct cache_entry *chain;         /* in its bucket */
    struct cache_entry *newer, *older; /* in its queue */
    enum cache_queue queue;
    unsigned char uses;
    struct fence *fence; /* NULL, or valid only while that is as taken */
    uint64_t taken;
};

/* Of a get's or a query's result; copies what it needs. One reference is the caller's. */
DM_MUST_USE enum dm_code entry_new(const struct cache_key *key,
                                   const struct store_result *result, int64_t asked_ms,
                                   struct cache_entry **ret_entry, struct dm_error *err);
struct cache_entry *entry_ref(struct cache_entry *entry);
void entry_unref(struct cache_entry *entry);
DM_AUTO_DEFINE(cache_entry, entry_unref)

/* What was made of it, as long as the entry is there; NULL: nothing yet. */
struct cache_form *entry_form(struct cache_entry *entry);

/* Keeps it with the entry, where it counts in its size; false: another was faster, or the
 * entry is kept no more, and the form is still the caller's. */
bool entry_keep_form(struct cache_entry *entry, struct cache_form *form);

/* The arena holds a reference of its own from now on. */
DM_MUST_USE enum dm_code entry_lend(struct cache_entry *entry, struct arena *arena,
                                    struct dm_error *err);

#endif
