/* Stripes: the table and the two queues. */
#include "store/cache/stripe.h"

#include "base/error.h"
#include "base/mem.h"

/* Of the paper: the small queue's share, how often a use is counted, and the uses that
 * bring what is in it into the main one. */
enum { SMALL_SHARE = 10, USES_MAX = 3, USES_OF_MAIN = 2 };

/* Bytes that an entry is guessed to take, for the size of the ghost queue. */
enum { GHOST_ENTRY = 1024 };

/* What has a share of more than that is not kept at all. */
enum { ENTRY_SHARE = 2 };

/* Answers of one group, which are in one bucket: the oldest goes. */
enum { GROUP_MAX = 128 };

enum { FIRST_BUCKETS = 64 };

void stripe_init(struct cache_stripe *stripe, size_t max)
{
    *stripe = (struct cache_stripe){.max = max};
    pthread_mutex_init(&stripe->lock, NULL);
}

/* --- the table --- */

static struct cache_entry **bucket(struct cache_stripe *stripe, uint64_t hash)
{
    return &stripe->buckets[hash & (stripe->bucket_count - 1)];
}

static void chain(struct cache_stripe *stripe, struct cache_entry *entry)
{
    struct cache_entry **at = bucket(stripe, entry->key.hash);
    entry->chain = *at;
    *at = entry;
}

static void unchain(struct cache_stripe *stripe, struct cache_entry *entry)
{
    struct cache_entry **at = bucket(stripe, entry->key.hash);
    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
}

static size_t table_bytes(const struct cache_stripe *stripe)
{
    return stripe->bucket_count * sizeof(struct cache_entry *);
}

static void rehash(struct cache_stripe *stripe, struct cache_entry **old, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (struct cache_entry *entry = old[i], *next; entry; entry = next) {
            next = entry->chain;
            chain(stripe, entry);
        }
    }
}

/* Room for one more. A table that cannot grow is only slower. */
static bool grow(struct cache_stripe *stripe)
{
    if (stripe->figures.entries < stripe->bucket_count)
        return true;
    if (!stripe->ghost.prints &&
        ghost_init(&stripe->ghost, stripe->max / GHOST_ENTRY, NULL))
        return false;
    struct cache_entry **old = stripe->buckets;
    size_t count = stripe->bucket_count;
    size_t more = count ? 2 * count : FIRST_BUCKETS;
    struct cache_entry **buckets = mem_new(more * sizeof(struct cache_entry *));
    if (!buckets)
        return old != NULL;
    stripe->figures.bytes -= table_bytes(stripe);
    stripe->buckets = buckets;
    stripe->bucket_count = more;
    stripe->figures.bytes += table_bytes(stripe);
    rehash(stripe, old, count);
    mem_free(old);
    return true;
}

static struct cache_entry *find(struct cache_stripe *stripe, const struct cache_key *key)
{
    struct cache_entry *entry = stripe->bucket_count ? *bucket(stripe, key->hash) : NULL;
    while (entry && !cache_key_equal(&entry->key, key))
        entry = entry->chain;
    return entry;
}

/* --- the queues --- */

static void join(struct cache_stripe *stripe, struct cache_entry *entry,
                 enum cache_queue which)
{
    struct entry_queue *queue = &stripe->queues[which];
    entry->queue = which;
    entry->newer = NULL;
    entry->older = queue->newest;
    if (queue->newest)
        queue->newest->newer = entry;
    else
        queue->oldest = entry;
    queue->newest = entry;
    queue->bytes += entry->size;
}

static void leave(struct cache_stripe *stripe, struct cache_entry *entry)
{
    struct entry_queue *queue = &stripe->queues[entry->queue];
    *(entry->newer ? &entry->newer->older : &queue->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &queue->oldest) = entry->newer;
    queue->bytes -= entry->size;
}

void stripe_drop(struct cache_stripe *stripe, struct cache_entry *entry)
{
    unchain(stripe, entry);
    leave(stripe, entry);
    stripe->figures.entries--;
    stripe->figures.bytes -= entry->size;
    entry_unref(entry);
}

static void remember(struct cache_stripe *stripe, const struct cache_entry *entry)
{
    ghost_add(&stripe->ghost, entry->key.full);
}

static void evict(struct cache_stripe *stripe, struct cache_entry *entry)
{
    stripe->figures.evictions++;
    stripe_drop(stripe, entry);
}

/* One that was asked for since it came there last goes round again. */
static void evict_main(struct cache_stripe *stripe)
{
    struct cache_entry *entry;
    while ((entry = stripe->queues[CACHE_MAIN].oldest) && entry->uses) {
        entry->uses--;
        leave(stripe, entry);
        join(stripe, entry, CACHE_MAIN);
    }
    if (entry)
        evict(stripe, entry);
}

/* Moves what was asked for into the main queue, and throws out the first that was not. */
static void evict_small(struct cache_stripe *stripe)
{
    struct cache_entry *entry;
    while ((entry = stripe->queues[CACHE_SMALL].oldest) && entry->uses >= USES_OF_MAIN) {
        entry->uses = 0;
        leave(stripe, entry);
        join(stripe, entry, CACHE_MAIN);
    }
    if (!entry)
        return;
    remember(stripe, entry);
    evict(stripe, entry);
}

static void make_room(struct cache_stripe *stripe)
{
    while (stripe->figures.bytes > stripe->max && stripe->figures.entries) {
        bool small = stripe->queues[CACHE_SMALL].bytes >= stripe->max / SMALL_SHARE;
        if (small || !stripe->queues[CACHE_MAIN].oldest)
            evict_small(stripe);
        else
            evict_main(stripe);
    }
}

/* --- what others ask for --- */

struct cache_entry *stripe_find(struct cache_stripe *stripe, const struct cache_key *key)
{
    pthread_mutex_lock(&stripe->lock);
    return find(stripe, key);
}

void stripe_use(struct cache_entry *entry)
{
    entry->uses += entry->uses < USES_MAX;
}

/* The oldest of the group, where it is full. */
static struct cache_entry *find_surplus(struct cache_stripe *stripe,
                                        const struct cache_key *key)
{
    size_t count = 0;
    struct cache_entry *oldest = NULL;
    for (struct cache_entry *at = *bucket(stripe, key->hash); at; at = at->chain) {
        if (!cache_key_in_group(&at->key, key))
            continue;
        if (!oldest || at->asked_ms < oldest->asked_ms)
            oldest = at;
        count++;
    }
    return count >= GROUP_MAX ? oldest : NULL;
}

/* What is got again, or was lately thrown out, is known to be asked for more than once.
 */
static void add(struct cache_stripe *stripe, struct cache_entry *entry)
{
    struct cache_entry *before = find(stripe, &entry->key);
    bool known = ghost_take(&stripe->ghost, entry->key.full) || before;
    if (before) {
        entry->uses = before->uses;
        stripe_drop(stripe, before);
    } else if (stripe->figures.entries) {
        struct cache_entry *surplus = find_surplus(stripe, &entry->key);
        if (surplus)
            evict(stripe, surplus);
    }
    entry->stripe = stripe;
    chain(stripe, entry_ref(entry));
    join(stripe, entry, known ? CACHE_MAIN : CACHE_SMALL);
    stripe->figures.entries++;
    stripe->figures.bytes += entry->size;
    make_room(stripe);
}

static bool fits(struct cache_stripe *stripe, const struct cache_entry *entry)
{
    return entry->size <= stripe->max / ENTRY_SHARE && grow(stripe);
}

bool stripe_put(struct cache_stripe *stripe, struct cache_entry *entry,
                struct fence *fence, uint64_t taken, bool keep)
{
    pthread_mutex_lock(&stripe->lock);
    struct cache_entry *before = find(stripe, &entry->key);
    bool newer = !before || before->asked_ms <= entry->asked_ms;
    bool good = newer && fence_holds(fence, taken);
    bool kept = good && keep && fits(stripe, entry);
    if (kept)
        add(stripe, entry);
    else if (good && before)
        stripe_drop(stripe, before);
    pthread_mutex_unlock(&stripe->lock);
    return kept;
}

bool stripe_put_written(struct cache_stripe *stripe, struct cache_entry *entry,
                        struct fence *fence, uint64_t begun)
{
    pthread_mutex_lock(&stripe->lock);
    bool kept = fence_alone(fence, begun) && fits(stripe, entry);
    if (kept)
        add(stripe, entry);
    pthread_mutex_unlock(&stripe->lock);
    return kept;
}

/* What was there before a write is got again after it: so it is remembered. */
void stripe_remove_group(struct cache_stripe *stripe, const struct cache_key *group)
{
    pthread_mutex_lock(&stripe->lock);
    struct cache_entry *entry =
        stripe->bucket_count ? *bucket(stripe, group->hash) : NULL;
    for (struct cache_entry *next; entry; entry = next) {
        next = entry->chain;
        if (!cache_key_in_group(&entry->key, group))
            continue;
        remember(stripe, entry);
        stripe_drop(stripe, entry);
    }
    pthread_mutex_unlock(&stripe->lock);
}

void stripe_grown(struct cache_stripe *stripe, struct cache_entry *entry, size_t bytes)
{
    pthread_mutex_lock(&stripe->lock);
    struct cache_entry *kept = find(stripe, &entry->key);
    if (kept && kept == entry) {
        entry->size += bytes;
        stripe->queues[entry->queue].bytes += bytes;
        stripe->figures.bytes += bytes;
        make_room(stripe);
    }
    pthread_mutex_unlock(&stripe->lock);
}

/* --- its end --- */

static void drop_all(struct cache_stripe *stripe)
{
    for (size_t i = 0; i < CACHE_QUEUES; i++)
        while (stripe->queues[i].oldest)
            stripe_drop(stripe, stripe->queues[i].oldest);
    mem_free(DM_TAKE(stripe->buckets));
    stripe->bucket_count = 0;
    ghost_done(&stripe->ghost);
}

void stripe_empty(struct cache_stripe *stripe)
{
    pthread_mutex_lock(&stripe->lock);
    drop_all(stripe);
    stripe->figures = (struct cache_figures){0};
    stripe->max = 0;
    pthread_mutex_unlock(&stripe->lock);
}

void stripe_limit(struct cache_stripe *stripe, size_t max)
{
    pthread_mutex_lock(&stripe->lock);
    stripe->max = max;
    pthread_mutex_unlock(&stripe->lock);
}

void stripe_done(struct cache_stripe *stripe)
{
    drop_all(stripe);
    pthread_mutex_destroy(&stripe->lock);
}
