/* Groups: what may be asked for in one request, and the queue of what waits to be. */
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/coalesce/coalesce_internal.h"
#include "store/copy.h"

/* A table's name and a projection of 4 KB. */
enum { GROUP_ARENA_MAX = 1024 * 1024 };

/* An IAM policy may change. */
enum { DENIED_MS = 5 * 60 * 1000 };

/* --- tables whose batches are denied --- */

struct denial {
    struct hash_node node;
    int64_t until_ms;
    size_t len;
    char table[];
};

static struct denial *find_denial(const struct coalesce *coalesce, struct dm_str table)
{
    struct hash_node *node =
        hash_map_first(&coalesce->denials, siphash(&coalesce->seed, table));
    for (; node; node = hash_map_next(node)) {
        struct denial *denial = DM_CONTAINER(node, struct denial, node);
        if (str_equal((struct dm_str){denial->table, denial->len}, table))
            return denial;
    }
    return NULL;
}

/* NULL: no memory; then it is asked again, and refused again. */
static struct denial *add_denial(struct coalesce *coalesce, struct dm_str table)
{
    struct denial *denial = mem_new(sizeof *denial + table.len);
    if (!denial || !hash_map_add(&coalesce->denials, &denial->node,
                                 siphash(&coalesce->seed, table))) {
        mem_free(denial);
        return NULL;
    }
    denial->len = table.len;
    memcpy(denial->table, table.ptr, table.len);
    return denial;
}

void group_deny(struct group *group)
{
    struct coalesce *coalesce = group->coalesce;
    struct denial *denial = find_denial(coalesce, group->table);
    group->denied_until_ms = loop_now_ms(coalesce->loop) + DENIED_MS;
    if (!denial)
        denial = add_denial(coalesce, group->table);
    if (denial)
        denial->until_ms = group->denied_until_ms;
}

void group_forget_denials(struct coalesce *coalesce)
{
    for (size_t i = 0; i < coalesce->denials.chain_count; i++)
        while (coalesce->denials.chains[i]) {
            struct hash_node *node = coalesce->denials.chains[i];
            hash_map_remove(&coalesce->denials, node);
            mem_free(DM_CONTAINER(node, struct denial, node));
        }
    hash_map_done(&coalesce->denials);
}

/* --- which one --- */

static uint64_t hash_projection(const struct siphash_key *seed,
                                const struct projection *projection)
{
    uint64_t hash = projection->count;
    for (size_t i = 0; i < projection->count; i++)
        for (size_t j = 0; j < projection->paths[i].count; j++)
            hash = hash * 31 + siphash(seed, projection->paths[i].steps[j].name) +
                   projection->paths[i].steps[j].index;
    return hash;
}

static uint64_t hash_of(const struct coalesce *coalesce, const struct store_get *request)
{
    uint64_t hash = siphash(&coalesce->seed, request->table) + request->consistent;
    if (request->projection)
        hash += 2 * hash_projection(&coalesce->seed, request->projection);
    return hash;
}

static bool path_equal(const struct path *a, const struct path *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!path_step_equal(&a->steps[i], &b->steps[i]))
            return false;
    return true;
}

static bool projection_equal(const struct projection *a, const struct projection *b)
{
    if (a->count != (b ? b->count : 0))
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!path_equal(&a->paths[i], &b->paths[i]))
            return false;
    return true;
}

static bool is_of(const struct group *group, const struct store_get *request)
{
    return group->consistent == request->consistent &&
           str_equal(group->table, request->table) &&
           projection_equal(&group->projection, request->projection);
}

/* --- making one --- */

static enum dm_code copy_request(struct group *group, const struct store_get *request,
                                 struct dm_error *err)
{
    struct copy copy = {.arena = &group->arena};
    group->table = copy_str(&copy, request->table);
    if (request->projection)
        group->projection = copy_projection(&copy, request->projection);
    group->consistent = request->consistent;
    return copy_check(&copy, err);
}

static enum dm_code group_new(struct coalesce *coalesce, const struct store_get *request,
                              uint64_t hash, struct group **ret_group,
                              struct dm_error *err)
{
    struct group *group = mem_new(sizeof *group);
    if (!group)
        return error_nomem(err);
    arena_init(&group->arena, GROUP_ARENA_MAX);
    if (copy_request(group, request, err) ||
        !hash_map_add(&coalesce->groups, &group->node, hash)) {
        arena_done(&group->arena);
        mem_free(group);
        return error_nomem(err);
    }
    const struct denial *denial = find_denial(coalesce, group->table);
    group->denied_until_ms = denial ? denial->until_ms : INT64_MIN;
    group->coalesce = coalesce;
    group->limit = BATCH_KEYS_MAX;
    group->last = &group->first;
    *ret_group = group;
    return DM_OK;
}

enum dm_code group_find(struct coalesce *coalesce, const struct store_get *request,
                        struct group **ret_group, struct dm_error *err)
{
    uint64_t hash = hash_of(coalesce, request);
    struct hash_node *node = hash_map_first(&coalesce->groups, hash);
    for (; node; node = hash_map_next(node)) {
        struct group *group = DM_CONTAINER(node, struct group, node);
        if (is_of(group, request)) {
            *ret_group = group;
            return DM_OK;
        }
    }
    return group_new(coalesce, request, hash, ret_group, err);
}

void group_release(struct group *group)
{
    if (group->slot_count)
        return;
    hash_map_remove(&group->coalesce->groups, &group->node);
    loop_task_cancel(&group->task);
    loop_timer_stop(&group->slow);
    arena_done(&group->arena);
    mem_free(group);
}

/* --- its queue --- */

static void on_slow(void *group);

/* Without memory for the timer, what waits waits for an end. */
static void watch_slow(struct group *group)
{
    if (!group->slow.place)
        (void)!loop_timer_set(group->coalesce->loop, &group->slow,
                              group->coalesce->options.slow_ms, on_slow, group, NULL);
}

void group_append(struct group *group, struct slot *slot)
{
    watch_slow(group);
    slot->next = NULL;
    slot->link = group->last;
    *group->last = slot;
    group->last = &slot->next;
    group->waiting++;
}

static bool is_waiting(const struct slot *slot, const void *ctx)
{
    (void)ctx;
    return !slot->flight;
}

/* The key may have been asked for again while it could not be joined. */
static void absorb_waiting(struct group *group, struct slot *slot)
{
    struct slot *waiting = slot_find(group, &slot->key, is_waiting, NULL);
    if (!waiting)
        return;
    group_take(group, waiting);
    waiters_move(waiting, slot);
    slot_free(waiting);
}

void group_prepend(struct group *group, struct slot *slot)
{
    absorb_waiting(group, slot);
    slot->flight = NULL;
    watch_slow(group);
    slot->next = group->first;
    slot->link = &group->first;
    if (slot->next)
        slot->next->link = &slot->next;
    else
        group->last = &slot->next;
    group->first = slot;
    group->waiting++;
}

void group_take(struct group *group, struct slot *slot)
{
    *slot->link = slot->next;
    if (slot->next)
        slot->next->link = slot->link;
    else
        group->last = slot->link;
    group->waiting--;
}

/* --- leaving it --- */

static bool is_denied(const struct group *group)
{
    return loop_now_ms(group->coalesce->loop) < group->denied_until_ms;
}

bool group_is_open(const struct group *group)
{
    return group->in_flight < group->coalesce->options.width || is_denied(group);
}

void group_depart(struct group *group, struct ending *ending)
{
    while (group->first && group_is_open(group)) {
        size_t most = is_denied(group) ? 1 : group->limit;
        flight_depart(group, group->waiting < most ? group->waiting : most, ending);
        if (ending->err.code && group->in_flight)
            break; /* its end is the time to try again */
    }
    group_release(group);
}

static void on_departure(void *ctx)
{
    struct ending ending;
    ending_init(&ending);
    group_depart(ctx, &ending);
    ending_tell(&ending);
}

void group_depart_later(struct group *group)
{
    if (group->first)
        loop_post(group->coalesce->loop, &group->task, on_departure, group);
    else
        group_release(group);
}

static void on_slow(void *ctx)
{
    struct group *group = ctx;
    int64_t now_ms = loop_now_ms(group->coalesce->loop);
    struct flight *next;
    struct ending ending;
    ending_init(&ending);
    if (!group->first)
        return;
    watch_slow(group);
    for (struct flight *at = group->flights; at; at = next) {
        next = at->next;
        if (now_ms - at->left_ms >= group->coalesce->options.slow_ms)
            flight_vacate(at);
    }
    group_depart(group, &ending);
    ending_tell(&ending);
}
