/* Landings: what becomes of a request's answer. */
#include "base/error.h"
#include "base/str.h"
#include "expr/widen.h"
#include "store/capacity.h"
#include "store/coalesce/coalesce_internal.h"
#include "value/pack.h"
#include "value/size.h"

/* A reply to which no item of 400 KB could be added: what it leaves unprocessed is not
 * throttled. */
enum { FULL_REPLY = 16 * 1024 * 1024 - 400 * 1024 };

/* --- answers --- */

static const struct dm_value *copy_item(const struct dm_value *item, struct arena *arena)
{
    struct pack_size size = {0};
    pack_measure(item, 1, &size);
    char *block = arena_alloc(arena, size.nodes + size.texts);
    if (!block)
        return NULL;
    struct pack pack = {block, block + size.nodes};
    return pack_values(item, 1, &pack);
}

/* The first to come has used the capacity. owner: whose arena the item is in. */
static void answer(struct slot *slot, const struct dm_value *item, double capacity,
                   const struct waiter *owner)
{
    for (struct waiter *at = slot->waiters.first; at; at = at->next) {
        at->item = item && at != owner ? copy_item(item, at->request.base.arena) : item;
        at->starved = item && !at->item;
        at->capacity = capacity;
        capacity = 0;
    }
}

/* --- those that end alike --- */

static bool is_late(const struct flight *flight, enum dm_code code)
{
    return code == DM_E_TIMEOUT &&
           loop_now_ms(flight->group->coalesce->loop) >= flight->deadline_ms;
}

/* The request's deadline was the latest of those who were there when it left: who came
 * later waits again. */
static void end_late(const struct flight *flight, struct slot *slot,
                     struct ending *ending)
{
    struct waiter *next;
    for (struct waiter *at = slot->waiters.first; at; at = next) {
        next = at->next;
        if (at->request.base.deadline_ms <= flight->deadline_ms)
            ending_add(ending, at);
    }
    if (slot->waiters.first)
        group_prepend(flight->group, slot);
    else
        slot_free(slot);
}

static void end_all(const struct flight *flight, const struct dm_error *err,
                    struct ending *ending)
{
    bool late = is_late(flight, err->code);
    ending->err = *err;
    for (size_t i = flight->count; i > 0; i--) {
        struct slot *slot = flight->slots[i - 1];
        if (late)
            end_late(flight, slot, ending);
        else
            ending_take(ending, slot);
    }
}

/* --- GetItem --- */

void landing_of_one(enum dm_code code, const struct store_result *result,
                    const struct dm_error *err, void *ctx)
{
    struct flight *flight = ctx;
    struct group *group = flight->group;
    struct slot *slot = flight->slots[0];
    struct ending ending, stranded;
    ending_init(&ending);
    ending_init(&stranded);
    flight->upstream = NULL;
    if (code) {
        end_all(flight, err, &ending);
    } else {
        answer(slot, result->item, result->consumed_capacity, flight->owner);
        ending_take(&ending, slot);
    }
    flight_end(flight);
    group_depart(group, &stranded);
    ending_tell(&ending);
    ending_tell(&stranded);
}

/* --- BatchGetItem's answer --- */

/* What a reply says of all its items. */
struct sums {
    size_t bytes;
    double units;
};

static bool is_in(const struct slot *slot, const void *flight)
{
    return slot->flight == flight;
}

static enum dm_code find(const struct flight *flight, const struct key *key,
                         struct slot **ret_slot, struct dm_error *err)
{
    *ret_slot = slot_find(flight->group, key, is_in, flight);
    return *ret_slot
               ? DM_OK
               : error_set(err, DM_E_UPSTREAM,
                           "DynamoDB answered with a key that it was not asked for");
}

static enum dm_code read_item(struct flight *flight, const struct dm_value *item,
                              struct sums *sums, struct dm_error *err)
{
    const struct key *like = &flight->slots[0]->key;
    struct key_schema schema = {like->hash_attribute, like->range_attribute};
    struct key key = {.hash.type = DM_NULL};
    struct slot *slot;
    if (!key_of_item(&schema, item, &key))
        return error_set(err, DM_E_UPSTREAM, "DynamoDB answered without a key");
    DM_TRY(find(flight, &key, &slot, err));

    size_t bytes = value_item_size(item);
    struct dm_value *narrow = arena_alloc(&flight->arena, sizeof *narrow);
    if (!narrow)
        return error_nomem(err);
    DM_TRY(projection_narrow(item, flight->added, flight->added_count, &flight->arena,
                             narrow, err));
    slot->item = narrow;
    slot->units = capacity_read(bytes, flight->group->consistent);
    sums->bytes += bytes;
    return DM_OK;
}

static enum dm_code read_result(struct flight *flight, const struct store_result *result,
                                struct sums *sums, struct dm_error *err)
{
    for (size_t i = 0; i < flight->count; i++) {
        struct slot *slot = flight->slots[i];
        slot->item = NULL;
        slot->unprocessed = false;
        slot->units = capacity_read(0, flight->group->consistent);
    }
    for (size_t i = 0; i < result->unprocessed_key_count; i++) {
        struct slot *slot;
        DM_TRY(find(flight, &result->unprocessed_keys[i], &slot, err));
        slot->unprocessed = true;
    }
    for (size_t i = 0; i < result->item_count; i++)
        DM_TRY(read_item(flight, &result->items[i], sums, err));
    for (size_t i = 0; i < flight->count; i++)
        sums->units += flight->slots[i]->unprocessed ? 0 : flight->slots[i]->units;
    return DM_OK;
}

/* More at a time while all are processed, no more than were when they are not. */
static void learn(struct group *group, size_t processed, size_t left)
{
    if (left)
        group->limit = processed ? processed : 1;
    else if (group->limit < BATCH_KEYS_MAX)
        group->limit++;
}

/* Answers what was processed, and keeps in the flight what is left and waited for.
 * Capacity is what DynamoDB says it was in all, to each by its size: with a projection
 * the size itself is not known. Returns how many were processed. */
static size_t answer_processed(struct flight *flight, const struct sums *sums,
                               double told, struct ending *ending)
{
    size_t kept = 0, left = 0, count = flight->count;
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = flight->slots[i];
        left += slot->unprocessed;
        if (slot->unprocessed && slot->waiters.first) {
            flight->slots[kept++] = slot;
            continue;
        }
        answer(slot, slot->item, told * slot->units / sums->units, NULL);
        ending_take(ending, slot);
    }
    flight->count = flight->live = kept;
    learn(flight->group, count - left, left);
    return count - left;
}

static void wait_again(struct flight *flight)
{
    for (size_t i = flight->count; i > 0; i--)
        group_prepend(flight->group, flight->slots[i - 1]);
    flight->count = 0;
}

static void fail_left(struct flight *flight, struct ending *failed)
{
    error_set(&failed->err, DM_E_THROTTLED, "DynamoDB kept leaving the key unprocessed");
    failed->err.retry_after_s = 1;
    for (size_t i = 0; i < flight->count; i++)
        ending_take(failed, flight->slots[i]);
    flight->count = 0;
}

/* False: all of it has ended. */
static bool go_on(struct flight *flight, const struct sums *sums, size_t processed,
                  struct ending *failed)
{
    if (!flight->count)
        return false;
    if (processed && sums->bytes >= FULL_REPLY) {
        wait_again(flight);
        return false;
    }
    if (flight_rest(flight, processed > 0))
        return true;
    fail_left(flight, failed);
    return false;
}

/* --- BatchGetItem's failure --- */

static bool is_denial(const struct dm_error *err)
{
    return err->code == DM_E_REFUSED &&
           str_starts(dm_str(err->upstream_type), STR("AccessDenied"));
}

/* What one of the keys, or their number, may be the cause of: a request that DynamoDB
 * does not take, and a reply that cannot be read or is too large. */
static bool may_be_one_of_them(const struct dm_error *err)
{
    return is_denial(err) || err->code == DM_E_VALIDATION ||
           (err->code == DM_E_UPSTREAM && !*err->upstream_type);
}

/* Each as a GetItem, now. */
static void take_apart(struct flight *flight, const struct dm_error *err,
                       struct ending *failed)
{
    struct group *group = flight->group;
    counter_add(&group->coalesce->stats.apart, 1);
    if (is_denial(err))
        group_deny(group);
    else
        group->limit = (flight->count + 1) / 2;
    for (size_t i = 0; i < flight->count; i++) {
        struct slot *slot = flight->slots[i];
        slot->flight = NULL;
        if (!slot->waiters.first)
            slot_free(slot);
        else if (flight_alone(slot, &failed->err))
            ending_take(failed, slot);
    }
}

/* False: the flight has ended. */
static bool land(struct flight *flight, const struct store_result *result,
                 struct dm_error *why, struct ending *ending, struct ending *failed)
{
    struct sums sums = {0};
    if (!why->code && !read_result(flight, result, &sums, why)) {
        size_t processed =
            answer_processed(flight, &sums, result->consumed_capacity, ending);
        return go_on(flight, &sums, processed, failed);
    }
    if (may_be_one_of_them(why))
        take_apart(flight, why, failed);
    else
        end_all(flight, why, failed);
    return false;
}

void landing_of_many(enum dm_code code, const struct store_result *result,
                     const struct dm_error *err, void *ctx)
{
    struct flight *flight = ctx;
    struct group *group = flight->group;
    struct dm_error why = code ? *err : (struct dm_error){0};
    struct ending ending, failed, stranded;
    ending_init(&ending);
    ending_init(&failed);
    ending_init(&stranded);
    flight->upstream = NULL;
    if (!land(flight, result, &why, &ending, &failed))
        flight_end(flight);
    group_depart(group, &stranded);
    ending_tell(&ending);
    ending_tell(&failed);
    ending_tell(&stranded);
}
