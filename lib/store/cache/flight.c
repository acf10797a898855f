/* Flights: one question to the table for all who ask it. */
#include "store/cache/flight.h"

#include "base/error.h"
#include "base/mem.h"
#include "store/copy.h"

/* A question's copy, and the answer: a page of 1 MB of items as a tree. */
enum { FLIGHT_ARENA_MAX = 64 * 1024 * 1024 };

/* How long a flight lasts for which nobody waits. */
enum { REFRESH_MS = 20000 };

bool flight_may_rescue(enum dm_code code)
{
    return code == DM_E_UPSTREAM || code == DM_E_TIMEOUT || code == DM_E_THROTTLED ||
           code == DM_E_OVERLOADED || code == DM_E_UNAVAILABLE;
}

bool flight_rescues(const struct flight *flight, enum dm_code code)
{
    struct cached *cached = flight->cached;
    return flight->known && flight_may_rescue(code) &&
           fence_same(flight->question.fence, flight->question.taken) &&
           space_rescues(cached->space, flight->known, loop_now_ms(cached->loop));
}

/* --- the flights of a store --- */

static struct flight **bucket(struct cached *cached, uint64_t hash)
{
    return &cached->flights[hash % FLIGHT_BUCKETS];
}

static void add(struct flight *flight)
{
    struct flight **at = bucket(flight->cached, flight->question.key.full);
    flight->next = *at;
    flight->link = at;
    if (flight->next)
        flight->next->link = &flight->next;
    *at = flight;
}

static void leave(struct flight *flight)
{
    if (!flight->link)
        return;
    *flight->link = flight->next;
    if (flight->next)
        flight->next->link = flight->link;
    flight->link = NULL;
}

struct flight *flight_find(struct cached *cached, const struct question *question)
{
    for (struct flight *at = *bucket(cached, question->key.full); at; at = at->next)
        if (cache_key_equal(&at->question.key, &question->key) &&
            at->deadline_ms >= question->base->deadline_ms &&
            fence_same(question->fence, at->question.taken))
            return at;
    return NULL;
}

void flight_free(struct flight *flight)
{
    leave(flight);
    store_cancel(DM_TAKE(flight->upstream));
    if (flight->known && flight->refreshes)
        atomic_store(&flight->known->refreshing, false);
    entry_unref(flight->known);
    arena_done(&flight->arena);
    mem_free(flight);
}

void flight_free_all(struct cached *cached)
{
    for (size_t i = 0; i < FLIGHT_BUCKETS; i++)
        while (cached->flights[i])
            flight_free(cached->flights[i]);
}

/* --- its end --- */

static struct waiter *take_waiter(struct flight *flight)
{
    struct waiter *waiter = flight->waiters;
    if (!waiter)
        return NULL;
    flight->waiters = waiter->next;
    if (waiter->next)
        waiter->next->link = &flight->waiters;
    waiter->link = NULL;
    return waiter;
}

static void land(struct flight *flight, struct cache_entry *entry,
                 const struct store_cache_outcome *outcome, double capacity)
{
    struct waiter *waiter;
    while ((waiter = take_waiter(flight))) {
        struct store_cache_outcome own = *outcome;
        own.joined = waiter->joined;
        waiter_give(waiter, entry, &own, capacity);
        capacity = 0; /* the others cost nothing more */
    }
}

static void fail(struct flight *flight, const struct dm_error *err)
{
    struct waiter *waiter;
    while ((waiter = take_waiter(flight)))
        waiter_fail(waiter, err);
}

static void rescue(struct flight *flight)
{
    struct store_cache_outcome outcome =
        question_outcome(flight->cached, STORE_CACHE_HIT, flight->known);
    outcome.rescued = true;
    land(flight, flight->known, &outcome, 0);
}

static enum dm_code keep(struct flight *flight, const struct store_result *result,
                         struct dm_error *err)
{
    bool stored;
    DM_AUTO(cache_entry) *entry = NULL;
    DM_TRY(question_keep(flight->cached, &flight->question, result, flight->asked_ms,
                         &entry, &stored, err));
    struct store_cache_outcome outcome =
        question_outcome(flight->cached, STORE_CACHE_MISS, entry);
    outcome.stored = stored;
    land(flight, entry, &outcome, result->consumed_capacity);
    return DM_OK;
}

/* Nobody joins it any more, whatever those do who are told. */
static void on_answer(enum dm_code code, const struct store_result *result,
                      const struct dm_error *err, void *ctx)
{
    struct flight *flight = ctx;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    flight->upstream = NULL;
    leave(flight);
    if (!code)
        code = keep(flight, result, &failure);
    if (code && flight_rescues(flight, code))
        rescue(flight);
    else if (code)
        fail(flight, &failure);
    flight_free(flight);
}

/* --- its beginning --- */

static const struct store_get *copy_get(struct copy *copy,
                                        const struct store_get *request,
                                        const struct store_base *base)
{
    struct store_get *get = arena_new(copy->arena, sizeof *get);
    struct projection *projection = arena_new(copy->arena, sizeof *projection);
    if (!get || !projection)
        return NULL;
    if (request->projection)
        *projection = copy_projection(copy, request->projection);
    *get = (struct store_get){.base = *base,
                              .table = copy_str(copy, request->table),
                              .key = copy_keys(copy, request->key, 1),
                              .projection = projection,
                              .anew = true}; /* than any write of ours that ended */
    return get;
}

static const struct store_query *copy_query(struct copy *copy,
                                            const struct store_query *request,
                                            const struct store_base *base)
{
    struct store_query *query = arena_new(copy->arena, sizeof *query);
    struct projection *projection = arena_new(copy->arena, sizeof *projection);
    if (!query || !projection)
        return NULL;
    if (request->projection)
        *projection = copy_projection(copy, request->projection);
    *query = *request;
    query->base = *base;
    query->table = copy_str(copy, request->table);
    query->index = copy_str(copy, request->index);
    query->keys = copy_key_condition(copy, request->keys);
    query->filter = copy_condition(copy, request->filter);
    query->projection = projection;
    query->after = copy_values(copy, request->after, 1);
    return query;
}

/* All of the question, so that whoever asked it may leave. */
static enum dm_code copy_question(struct flight *flight, const struct question *question,
                                  struct dm_error *err)
{
    struct copy copy = {.arena = &flight->arena};
    struct store_base base = {flight->deadline_ms, &flight->arena,
                              copy_str(&copy, question->base->traceparent)};
    flight->question = *question;
    flight->question.base = NULL;
    DM_TRY(cache_key_copy(&question->key, &flight->arena, &flight->question.key, err));
    if (question->get)
        flight->question.get = copy_get(&copy, question->get, &base);
    else
        flight->question.query = copy_query(&copy, question->query, &base);
    if (!flight->question.get && !flight->question.query)
        return error_nomem(err);
    return copy_check(&copy, err);
}

static enum dm_code depart(struct flight *flight, const struct question *question,
                           struct dm_error *err)
{
    struct cached *cached = flight->cached;
    int64_t now_ms = loop_now_ms(cached->loop);
    /* Twice as long as the first one waits, so that others may join. */
    flight->deadline_ms = flight->refreshes ? now_ms + REFRESH_MS
                                            : 2 * question->base->deadline_ms - now_ms;
    flight->asked_ms = now_ms;
    DM_TRY(copy_question(flight, question, err));
    return question_ask(cached, &flight->question, on_answer, flight, &flight->upstream,
                        err);
}

enum dm_code flight_new(struct cached *cached, const struct question *question,
                        struct cache_entry *known, bool refreshes,
                        struct flight **ret_flight, struct dm_error *err)
{
    struct flight *flight = mem_new(sizeof *flight);
    if (!flight)
        return error_nomem(err);
    arena_init(&flight->arena, FLIGHT_ARENA_MAX);
    flight->cached = cached;
    flight->known = known ? entry_ref(known) : NULL;
    flight->refreshes = refreshes;
    enum dm_code code = depart(flight, question, err);
    if (code) {
        flight_free(flight);
        return code;
    }
    add(flight);
    *ret_flight = flight;
    return DM_OK;
}

/* What cannot be refreshed now is when it is asked for again. */
void flight_refresh(struct cached *cached, const struct question *question,
                    struct cache_entry *entry)
{
    struct flight *flight;
    if (atomic_exchange(&entry->refreshing, true))
        return;
    if (flight_new(cached, question, entry, true, &flight, NULL))
        atomic_store(&entry->refreshing, false);
}
