/* Flights: requests to the inner store. */
#include "base/error.h"
#include "base/mem.h"
#include "expr/widen.h"
#include "store/coalesce/coalesce_internal.h"

/* 16 MB of items, as text and as a tree. */
enum { FLIGHT_ARENA_MAX = 256 * 1024 * 1024 };

static struct flight *flight_new(struct group *group, size_t count)
{
    struct flight *flight = mem_new(sizeof *flight + count * sizeof(struct slot *));
    if (!flight)
        return NULL;
    flight->group = group;
    flight->left_ms = loop_now_ms(group->coalesce->loop);
    arena_init(&flight->arena, FLIGHT_ARENA_MAX);
    flight->next = group->flights;
    flight->link = &group->flights;
    if (flight->next)
        flight->next->link = &flight->next;
    group->flights = flight;
    group->in_flight++;
    return flight;
}

void flight_vacate(struct flight *flight)
{
    if (!flight->link)
        return;
    *flight->link = flight->next;
    if (flight->next)
        flight->next->link = flight->link;
    flight->link = NULL;
    flight->group->in_flight--;
}

static void board(struct flight *flight, struct slot *slot)
{
    slot->flight = flight;
    flight->slots[flight->count++] = slot;
    flight->live++;
}

void flight_end(struct flight *flight)
{
    store_cancel(flight->upstream);
    loop_timer_stop(&flight->rest);
    flight_vacate(flight);
    arena_done(&flight->arena);
    mem_free(flight);
}

/* --- leaving --- */

static int64_t last_deadline_ms(const struct flight *flight)
{
    int64_t last_ms = INT64_MIN;
    for (size_t i = 0; i < flight->count; i++) {
        const struct waiter *waiter = flight->slots[i]->waiters.first;
        for (; waiter; waiter = waiter->next)
            if (waiter->request.base.deadline_ms > last_ms)
                last_ms = waiter->request.base.deadline_ms;
    }
    return last_ms;
}

static enum dm_code send_get(struct flight *flight, struct dm_error *err)
{
    struct dm_store *inner = flight->group->coalesce->inner;
    flight->owner = flight->slots[0]->waiters.first;
    flight->deadline_ms = flight->owner->request.base.deadline_ms;
    return inner->ops->get(inner, &flight->owner->request, landing_of_one, flight,
                           &flight->upstream, err);
}

/* The keys, as they are in the slots. */
static struct key *copy_keys_of(struct flight *flight)
{
    struct key *keys = arena_alloc(&flight->arena, flight->count * sizeof *keys);
    for (size_t i = 0; keys && i < flight->count; i++)
        keys[i] = flight->slots[i]->key;
    return keys;
}

static enum dm_code widen(struct flight *flight, struct projection *projection,
                          struct dm_error *err)
{
    const struct key *key = &flight->slots[0]->key;
    struct dm_str names[] = {key->hash_attribute.name, key->range_attribute.name};
    return projection_widen(projection, names, key->range_attribute.name.len ? 2 : 1,
                            &flight->arena, flight->added, &flight->added_count, err);
}

/* A trace has room for one of those who wait. */
static enum dm_code copy_traceparent(struct flight *flight, struct dm_str *ret_copy,
                                     struct dm_error *err)
{
    struct dm_str traceparent = flight->slots[0]->waiters.first->request.base.traceparent;
    struct dm_str copy = {NULL, 0};
    if (traceparent.len)
        copy = arena_str(&flight->arena, traceparent);
    if (copy.len != traceparent.len)
        return error_nomem(err);
    *ret_copy = copy;
    return DM_OK;
}

static enum dm_code send_batch(struct flight *flight, struct dm_error *err)
{
    const struct group *group = flight->group;
    struct dm_store *inner = group->coalesce->inner;
    struct projection projection = group->projection;
    flight->deadline_ms = last_deadline_ms(flight);
    struct store_batch_get request = {
        .base = {.deadline_ms = flight->deadline_ms, .arena = &flight->arena},
        .table = group->table,
        .keys = copy_keys_of(flight),
        .key_count = flight->count,
        .projection = &projection,
        .consistent = group->consistent,
    };
    if (!request.keys)
        return error_nomem(err);
    DM_TRY(widen(flight, &projection, err));
    DM_TRY(copy_traceparent(flight, &request.base.traceparent, err));
    return inner->ops->batch_get(inner, &request, landing_of_many, flight,
                                 &flight->upstream, err);
}

static enum dm_code send(struct flight *flight, struct dm_error *err)
{
    DM_TRY(flight->count == 1 ? send_get(flight, err) : send_batch(flight, err));
    coalesce_stats_left(&flight->group->coalesce->stats, flight->count);
    return DM_OK;
}

enum dm_code flight_alone(struct slot *slot, struct dm_error *err)
{
    struct flight *flight = flight_new(slot->group, 1);
    if (!flight)
        return error_nomem(err);
    board(flight, slot);
    enum dm_code code = send(flight, err);
    if (code) {
        slot->flight = NULL;
        flight_end(flight);
    }
    return code;
}

static void fail_first(struct group *group, size_t count, struct ending *ending)
{
    while (count--) {
        struct slot *slot = group->first;
        group_take(group, slot);
        ending_take(ending, slot);
    }
}

void flight_depart(struct group *group, size_t count, struct ending *ending)
{
    struct flight *flight = flight_new(group, count);
    if (!flight) {
        error_nomem(&ending->err);
        fail_first(group, count, ending);
        return;
    }
    while (flight->count < count) {
        struct slot *slot = group->first;
        group_take(group, slot);
        board(flight, slot);
    }
    if (send(flight, &ending->err)) {
        for (size_t i = 0; i < flight->count; i++)
            ending_take(ending, flight->slots[i]);
        flight_end(flight);
    }
}

/* --- left by those who waited --- */

/* Its GetItem is another's no more than its owner's. */
static void lose_owner(struct flight *flight, struct slot *slot)
{
    struct group *group = flight->group;
    if (slot->waiters.first)
        group_prepend(group, slot);
    else
        slot_free(slot);
    flight_end(flight);
    group_depart_later(group);
}

void flight_left(struct flight *flight, struct slot *slot, const struct waiter *waiter)
{
    struct group *group = flight->group;
    if (waiter == flight->owner) {
        lose_owner(flight, slot);
        return;
    }
    if (slot->waiters.first || --flight->live)
        return;
    for (size_t i = 0; i < flight->count; i++)
        slot_free(flight->slots[i]);
    flight_end(flight);
    group_depart_later(group);
}

/* --- what was left unprocessed --- */

static void drop_abandoned(struct flight *flight)
{
    size_t kept = 0;
    for (size_t i = 0; i < flight->count; i++) {
        struct slot *slot = flight->slots[i];
        if (slot->waiters.first)
            flight->slots[kept++] = slot;
        else
            slot_free(slot);
    }
    flight->count = kept;
}

/* Those that were left go first, in their order. */
static void on_rested(void *ctx)
{
    struct flight *flight = ctx;
    struct group *group = flight->group;
    struct ending ending;
    ending_init(&ending);
    drop_abandoned(flight);
    for (size_t i = flight->count; i > 0; i--)
        group_prepend(group, flight->slots[i - 1]);
    flight_end(flight);
    group_depart(group, &ending);
    ending_tell(&ending);
}

static unsigned next_attempt(const struct flight *flight, bool progress)
{
    unsigned attempt = 1;
    for (size_t i = 0; i < flight->count && !progress; i++)
        if (flight->slots[i]->attempt >= attempt)
            attempt = flight->slots[i]->attempt + 1;
    return attempt;
}

bool flight_rest(struct flight *flight, bool progress)
{
    struct coalesce *coalesce = flight->group->coalesce;
    unsigned attempt = next_attempt(flight, progress), cost;
    int64_t delay_ms;
    if (!retry_next(&coalesce->retry, attempt, true, -1, &delay_ms, &cost))
        return false;
    if (loop_now_ms(coalesce->loop) + delay_ms >= last_deadline_ms(flight) ||
        loop_timer_set(coalesce->loop, &flight->rest, delay_ms, on_rested, flight,
                       NULL)) {
        retry_unused(&coalesce->retry, cost);
        return false;
    }
    if (progress)
        retry_succeeded(&coalesce->retry, cost);
    for (size_t i = 0; i < flight->count; i++)
        flight->slots[i]->attempt = attempt;
    flight->resting = true;
    flight_vacate(flight);
    arena_done(&flight->arena);
    return true;
}
