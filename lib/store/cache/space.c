/* Spaces: which answers are good, and where they are. */
#include "store/cache/space.h"

#include "base/mem.h"

struct cache_space *space_new(const struct cache_options *options)
{
    struct cache_space *space = mem_new(sizeof *space);
    if (!space)
        return NULL;
    for (size_t i = 0; i < CACHE_STRIPES; i++)
        stripe_init(&space->stripes[i], 0);
    space_fill(space, options);
    return space;
}

void space_free(struct cache_space *space)
{
    for (size_t i = 0; i < CACHE_STRIPES; i++)
        stripe_done(&space->stripes[i]);
    mem_free(space);
}

void space_empty(struct cache_space *space)
{
    for (size_t i = 0; i < CACHE_STRIPES; i++)
        stripe_empty(&space->stripes[i]);
    space->is_used = false;
}

void space_fill(struct cache_space *space, const struct cache_options *options)
{
    space->options = *options;
    for (size_t i = 0; i < CACHE_STRIPES; i++)
        stripe_limit(&space->stripes[i], options->size / CACHE_STRIPES);
    space->is_used = true;
}

/* The table of the stripe goes by the low bits. */
static struct cache_stripe *stripe_of(struct cache_space *space,
                                      const struct cache_key *key)
{
    return &space->stripes[(key->hash >> 32) % CACHE_STRIPES];
}

/* --- time --- */

unsigned space_ttl_ms(const struct cache_space *space, const struct cache_entry *entry)
{
    return entry->absent ? space->options.negative_ttl_ms : space->options.ttl_ms;
}

static int64_t past_ttl(const struct cache_space *space, const struct cache_entry *entry,
                        int64_t now_ms)
{
    return now_ms - entry->asked_ms - space_ttl_ms(space, entry);
}

static enum cache_state state_of(const struct cache_space *space,
                                 const struct cache_entry *entry, int64_t now_ms)
{
    int64_t past_ms = past_ttl(space, entry, now_ms);
    if (past_ms < 0)
        return CACHE_FRESH;
    if (past_ms < space->options.stale_while_revalidate_ms)
        return CACHE_STALE;
    return past_ms < space->options.stale_if_error_ms ? CACHE_LAST_RESORT : CACHE_NOTHING;
}

bool space_rescues(const struct cache_space *space, const struct cache_entry *entry,
                   int64_t now_ms)
{
    return past_ttl(space, entry, now_ms) < space->options.stale_if_error_ms;
}

/* --- reading --- */

static void count_answer(struct cache_stripe *stripe, const struct cache_entry *entry,
                         enum cache_state state)
{
    if (state == CACHE_STALE)
        stripe->figures.stale++;
    else if (entry->absent)
        stripe->figures.negative++;
    else
        stripe->figures.hits++;
}

/* Under the lock. */
static enum cache_state judge(struct cache_space *space, struct cache_stripe *stripe,
                              struct cache_entry *entry, int64_t now_ms)
{
    bool valid = !entry->fence || fence_holds(entry->fence, entry->taken);
    enum cache_state state = valid ? state_of(space, entry, now_ms) : CACHE_NOTHING;
    if (state == CACHE_NOTHING) {
        stripe_drop(stripe, entry);
        return state;
    }
    stripe_use(entry);
    if (state != CACHE_LAST_RESORT)
        count_answer(stripe, entry, state);
    return state;
}

enum cache_state space_look(struct cache_space *space, const struct cache_key *key,
                            int64_t now_ms, struct cache_entry **ret_entry)
{
    struct cache_stripe *stripe = stripe_of(space, key);
    struct cache_entry *entry = stripe_find(stripe, key);
    enum cache_state state = entry ? judge(space, stripe, entry, now_ms) : CACHE_NOTHING;
    if (state != CACHE_NOTHING)
        *ret_entry = entry_ref(entry);
    stripe_leave(stripe);
    return state;
}

/* --- keeping --- */

/* One that is not fresh for a moment is not kept, though it might do in need. */
bool space_put(struct cache_space *space, struct cache_entry *entry, struct fence *fence,
               uint64_t taken)
{
    return stripe_put(stripe_of(space, &entry->key), entry, fence, taken,
                      space_ttl_ms(space, entry) > 0);
}

bool space_put_written(struct cache_space *space, struct cache_entry *entry,
                       struct fence *fence, uint64_t begun)
{
    return space_ttl_ms(space, entry) &&
           stripe_put_written(stripe_of(space, &entry->key), entry, fence, begun);
}

void space_remove_group(struct cache_space *space, const struct cache_key *group)
{
    stripe_remove_group(stripe_of(space, group), group);
}

/* --- figures --- */

void space_count(struct cache_space *space, const struct cache_key *key,
                 enum cache_asked asked)
{
    struct cache_stripe *stripe = stripe_of(space, key);
    pthread_mutex_lock(&stripe->lock);
    if (asked == CACHE_PASSED)
        stripe->figures.passed++;
    else
        stripe->figures.misses++;
    stripe->figures.joined += asked == CACHE_JOINED;
    pthread_mutex_unlock(&stripe->lock);
}

static void add(struct cache_figures *sum, const struct cache_figures *more)
{
    sum->hits += more->hits;
    sum->stale += more->stale;
    sum->negative += more->negative;
    sum->misses += more->misses;
    sum->joined += more->joined;
    sum->passed += more->passed;
    sum->evictions += more->evictions;
    sum->entries += more->entries;
    sum->bytes += more->bytes;
}

void space_figures(struct cache_space *space, struct cache_figures *ret_figures)
{
    *ret_figures = (struct cache_figures){0};
    for (size_t i = 0; i < CACHE_STRIPES; i++) {
        pthread_mutex_lock(&space->stripes[i].lock);
        add(ret_figures, &space->stripes[i].figures);
        pthread_mutex_unlock(&space->stripes[i].lock);
    }
}
