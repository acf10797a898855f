/*
 * The inside of coalescing. A get is a waiter; waiters of one key share a slot; the slots
 * of a group wait in its queue, or are in a flight: one request to the inner store.
 */
#ifndef DYNAMOD_STORE_COALESCE_INTERNAL_H
#define DYNAMOD_STORE_COALESCE_INTERNAL_H

#include "base/hash_map.h"
#include "base/siphash.h"
#include "net/retry.h"
#include "store/coalesce/coalesce.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
enum { BATCH_KEYS_MAX = 100 };

/* A flight that left longer ago is joined by nobody: its answer may be as old. */
enum { JOIN_MS = 1000 };

struct coalesce {
    struct dm_store store;
    struct dm_store *inner;
    struct dm_loop *loop;
    struct coalesce_options options;
    struct siphash_key seed;
    struct retry_policy retry;
    struct hash_map groups, slots;
    struct hash_map denials; /* tables of which BatchGetItem may not read */
    struct coalesce_stats stats;
};

/* --- one get --- */

/* In its request's arena. */
struct waiter {
    struct store_call call;
    struct waiter *next, **link; /* in its slot, or among those that are being answered */
    struct slot *slot;           /* NULL: it is being answered */
    struct store_get request;
    store_done_fn done;
    void *ctx;
    struct loop_timer deadline;
    const struct dm_value *item; /* its answer */
    double capacity;
    bool starved; /* there was no memory for it */
};

/* Waiters in their order. Where it stands it stays: its last is found by its address. */
struct waiters {
    struct waiter *first, **last;
};

void waiters_init(struct waiters *waiters);
void waiters_add(struct waiters *waiters, struct waiter *waiter);
/* waiters: those that it is among, or NULL once none is added any more. */
void waiters_remove(struct waiters *waiters, struct waiter *waiter);

/* From the one slot to the end of the other. */
void waiters_move(struct slot *from, struct slot *to);

/* Out of its slot, which ends if nobody is left. */
void waiter_leave(struct waiter *waiter);

/* Has its deadline end it. */
DM_MUST_USE enum dm_code waiter_watch(struct waiter *waiter, struct dm_error *err);

/* Those who are told how it ended, all alike. They may be cancelled meanwhile, by those
 * who were told before. */
struct ending {
    struct waiters waiters;
    struct dm_error err;
};

void ending_init(struct ending *ending);

/* From its slot. */
void ending_add(struct ending *ending, struct waiter *waiter);

/* All that are left in the slot; the slot goes. */
void ending_take(struct ending *ending, struct slot *slot);

/* Last, as everything may be gone afterwards. */
void ending_tell(struct ending *ending);

/* --- one key --- */

struct slot {
    struct hash_node node; /* among the store's */
    struct group *group;
    struct slot *next, **link; /* in the group's queue */
    struct flight *flight;     /* NULL: it is in the queue */
    struct waiters waiters;
    struct key key;
    unsigned attempt; /* how often it was left unprocessed */
    bool unprocessed; /* by the reply that is being read, which has this of it: */
    const struct dm_value *item;
    double units;
};

/* Has a copy of the key, and is in no queue. */
DM_MUST_USE enum dm_code slot_new(struct group *group, const struct key *key,
                                  struct slot **ret_slot, struct dm_error *err);

/* In no queue, with nobody left. */
void slot_free(struct slot *slot);

/* One of the group for this key that satisfies the filter, or NULL. */
typedef bool (*slot_filter_fn)(const struct slot *slot, const void *ctx);
struct slot *slot_find(struct group *group, const struct key *key, slot_filter_fn filter,
                       const void *ctx);

/* --- one group --- */

struct group {
    struct hash_node node; /* among the store's */
    struct coalesce *coalesce;
    struct arena arena; /* of: */
    struct dm_str table;
    struct projection projection;
    bool consistent;
    int64_t denied_until_ms; /* until then all leave as GetItem, at once */
    struct flight *flights;  /* under way, and not for long */
    unsigned in_flight;      /* how many they are */
    size_t slot_count;       /* in the queue and elsewhere */
    size_t limit;            /* keys of the next request; 1 … BATCH_KEYS_MAX */
    struct slot *first, **last;
    size_t waiting;
    struct loop_task task;
    struct loop_timer slow; /* set while something waits */
};

/* What the request belongs to. group_release it. */
DM_MUST_USE enum dm_code group_find(struct coalesce *coalesce,
                                    const struct store_get *request,
                                    struct group **ret_group, struct dm_error *err);

/* Ends it unless it has slots. */
void group_release(struct group *group);

/* Whether a request may leave now. */
bool group_is_open(const struct group *group);

/* BatchGetItem may not read this table: for a while nobody asks it to. */
void group_deny(struct group *group);
void group_forget_denials(struct coalesce *coalesce);

/* The slot waits, behind the others; or, out of its flight, before them, together with
 * the one for its key that waits already: no key is twice in a request. */
void group_append(struct group *group, struct slot *slot);
void group_prepend(struct group *group, struct slot *slot);
void group_take(struct group *group, struct slot *slot);

/* What waits leaves, as far as it may; whoever cannot is added to the ending. The group
 * is released. */
void group_depart(struct group *group, struct ending *ending);

/* The same, soon. */
void group_depart_later(struct group *group);

/* --- one request --- */

struct flight {
    struct group *group;
    struct flight *next, **link; /* among the group's; link NULL: it is slow, or rests */
    struct arena arena;          /* of a BatchGetItem */
    struct store_call *upstream;
    struct waiter *owner; /* of a GetItem: whose request and arena it uses */
    struct loop_timer rest;
    bool resting; /* its slots go again after a while */
    int64_t left_ms, deadline_ms;
    struct dm_str added[2]; /* attributes that are read only to know items again */
    size_t added_count;
    size_t live; /* slots that somebody waits for */
    size_t count;
    struct slot *slots[]; /* BATCH_KEYS_MAX at most */
};

/* The first so many of the queue leave; if they cannot, they are added to the ending. */
void flight_depart(struct group *group, size_t count, struct ending *ending);

/* A slot that is in no queue leaves alone; if it fails it is as before. */
DM_MUST_USE enum dm_code flight_alone(struct slot *slot, struct dm_error *err);

/* The waiter has left the slot. */
void flight_left(struct flight *flight, struct slot *slot, const struct waiter *waiter);

/* Its slots go again after a while; false: they cannot, and all is as before. */
bool flight_rest(struct flight *flight, bool progress);

/* Others may leave in its stead. */
void flight_vacate(struct flight *flight);

/* Ends the request and all that it has begun. Its slots are elsewhere, or nowhere. */
void flight_end(struct flight *flight);

/* store_done_fn of a GetItem and of a BatchGetItem. */
void landing_of_one(enum dm_code code, const struct store_result *result,
                    const struct dm_error *err, void *ctx);
void landing_of_many(enum dm_code code, const struct store_result *result,
                     const struct dm_error *err, void *ctx);

#endif
