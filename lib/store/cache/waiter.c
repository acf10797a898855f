/* Who waits for an answer: out of the cache, or from a flight. */
#include "base/error.h"
#include "store/cache/flight.h"

static struct waiter *waiter_of(struct cached_call *call)
{
    return DM_CONTAINER(call, struct waiter, call);
}

void waiter_quit(struct waiter *waiter)
{
    struct flight *flight = waiter->flight;
    if (!waiter->link)
        return;
    *waiter->link = waiter->next;
    if (waiter->next)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
    if (!flight->waiters && !flight->refreshes)
        flight_free(flight);
}

static void join(struct waiter *waiter, struct flight *flight)
{
    struct waiter **at = &flight->waiters;
    waiter->flight = flight;
    waiter->joined = *at != NULL || flight->refreshes;
    waiter->next = *at;
    waiter->link = at;
    if (waiter->next)
        waiter->next->link = &waiter->next;
    *at = waiter;
}

static void stop(struct cached_call *call)
{
    struct waiter *waiter = waiter_of(call);
    loop_timer_stop(&waiter->deadline);
    loop_task_cancel(&waiter->task);
    waiter_quit(waiter);
}

/* --- its end --- */

void waiter_fail(struct waiter *waiter, const struct dm_error *err)
{
    cached_call_end(&waiter->call);
    stop(&waiter->call);
    waiter->call.done(err->code, NULL, err, waiter->call.ctx);
}

void waiter_give(struct waiter *waiter, struct cache_entry *entry,
                 const struct store_cache_outcome *outcome, double capacity)
{
    struct dm_error err = {0};
    struct store_result result = entry->result;
    if (entry_lend(entry, waiter->arena, &err)) {
        waiter_fail(waiter, &err);
        return;
    }
    result.consumed_capacity = capacity;
    result.cache = *outcome;
    cached_call_end(&waiter->call);
    stop(&waiter->call);
    waiter->call.done(DM_OK, &result, &err, waiter->call.ctx);
}

static void on_deadline(void *ctx)
{
    struct waiter *waiter = ctx;
    struct flight *flight = waiter->flight;
    struct dm_error err = {0};
    if (!flight_rescues(flight, DM_E_TIMEOUT)) {
        error_set(&err, DM_E_TIMEOUT, "the deadline passed before the table answered");
        waiter_fail(waiter, &err);
        return;
    }
    DM_AUTO(cache_entry) *known = entry_ref(flight->known);
    struct store_cache_outcome outcome =
        question_outcome(flight->cached, STORE_CACHE_HIT, known);
    outcome.rescued = true;
    waiter_give(waiter, known, &outcome, 0);
}

/* --- its beginning --- */

static void on_task(void *ctx)
{
    struct waiter *waiter = ctx;
    waiter_give(waiter, waiter->known, &waiter->outcome, 0);
}

/* Answers later in this turn. */
static enum dm_code give_later(struct cached *cached, struct waiter *waiter,
                               struct cache_entry *entry, bool rescued,
                               struct dm_error *err)
{
    DM_TRY(entry_lend(entry, waiter->arena, err));
    waiter->known = entry;
    waiter->outcome = question_outcome(cached, STORE_CACHE_HIT, entry);
    waiter->outcome.rescued = rescued;
    loop_post(cached->loop, &waiter->task, on_task, waiter);
    return DM_OK;
}

static enum dm_code find_flight(struct cached *cached, const struct question *question,
                                struct cache_entry *known, struct flight **ret_flight,
                                struct dm_error *err)
{
    struct flight *flight = flight_find(cached, question);
    space_count(cached->space, &question->key, flight ? CACHE_JOINED : CACHE_MISSED);
    if (!flight)
        return flight_new(cached, question, known, false, ret_flight, err);
    *ret_flight = flight;
    return DM_OK;
}

/* One that cannot begin may be rescued too. */
static enum dm_code wait_for_flight(struct cached *cached, struct waiter *waiter,
                                    const struct question *question,
                                    struct cache_entry *known, struct dm_error *err)
{
    struct flight *flight;
    int64_t left_ms = question->base->deadline_ms - loop_now_ms(cached->loop);
    enum dm_code code = find_flight(cached, question, known, &flight, err);
    if (code && known && flight_may_rescue(code))
        return give_later(cached, waiter, known, true, err);
    if (code)
        return code;
    join(waiter, flight);
    code = loop_timer_set(cached->loop, &waiter->deadline, left_ms, on_deadline, waiter,
                          err);
    if (code)
        waiter_quit(waiter);
    return code;
}

enum dm_code ask_flight(struct cached *cached, const struct question *question,
                        store_done_fn done, void *ctx, struct store_call **ret_call,
                        struct dm_error *err)
{
    DM_AUTO(cache_entry) *entry = NULL;
    struct waiter *waiter = arena_new(question->base->arena, sizeof *waiter);
    if (!waiter)
        return error_nomem(err);
    waiter->arena = question->base->arena;
    waiter->call.stop = stop;
    enum cache_state state =
        space_look(cached->space, &question->key, loop_now_ms(cached->loop), &entry);
    if (state == CACHE_FRESH || state == CACHE_STALE)
        DM_TRY(give_later(cached, waiter, entry, false, err));
    else
        DM_TRY(wait_for_flight(cached, waiter, question, entry, err));
    if (state == CACHE_STALE)
        flight_refresh(cached, question, entry);
    cached_call_begin(&waiter->call, cached, done, ctx);
    *ret_call = &waiter->call.base;
    return DM_OK;
}
