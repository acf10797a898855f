/* An app's caches, by their tables. */
#include "store/cache/cache.h"

#include <pthread.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

/* So many keys may be written at once before they meet often; so many tables have a
 * bucket of their own. */
enum { FENCES = 4096, TABLE_BUCKETS = 1024 };

struct cache_table {
    struct fence fence;
    _Atomic(struct cache_space *) spaces; /* the latest first */
    struct cache_table *next;             /* in its bucket */
    struct dm_str name;
    char text[]; /* the name */
};

/*
 * Tables and spaces are only added, at the front of lists that others walk meanwhile
 * without a lock, and go with the cache. A space that is removed is emptied, and the next
 * one of its table takes its place.
 */
struct cache {
    atomic_uint references;
    struct siphash_key seed;
    pthread_mutex_t lock; /* of who adds or removes */
    _Atomic(struct cache_table *) buckets[TABLE_BUCKETS];
    struct fence fences[FENCES];
};

enum dm_code cache_new(struct cache **ret_cache, struct dm_error *err)
{
    struct siphash_key seed;
    DM_TRY(siphash_key_new(&seed, err));
    struct cache *cache = mem_new(sizeof *cache);
    if (!cache)
        return error_nomem(err);
    atomic_init(&cache->references, 1);
    cache->seed = seed;
    pthread_mutex_init(&cache->lock, NULL);
    *ret_cache = cache;
    return DM_OK;
}

struct cache *cache_ref(struct cache *cache)
{
    atomic_fetch_add(&cache->references, 1);
    return cache;
}

static void table_free(struct cache_table *table)
{
    struct cache_space *space = atomic_load(&table->spaces);
    for (struct cache_space *next; space; space = next) {
        next = space->next;
        space_free(space);
    }
    mem_free(table);
}

void cache_unref(struct cache *cache)
{
    if (!cache || atomic_fetch_sub(&cache->references, 1) != 1)
        return;
    for (size_t i = 0; i < TABLE_BUCKETS; i++) {
        struct cache_table *table = atomic_load(&cache->buckets[i]);
        for (struct cache_table *next; table; table = next) {
            next = table->next;
            table_free(table);
        }
    }
    pthread_mutex_destroy(&cache->lock);
    mem_free(cache);
}

const struct siphash_key *cache_seed(const struct cache *cache)
{
    return &cache->seed;
}

/* --- tables --- */

static _Atomic(struct cache_table *) *bucket_of(struct cache *cache, struct dm_str name)
{
    return &cache->buckets[siphash(&cache->seed, name) % TABLE_BUCKETS];
}

struct cache_table *cache_find_table(struct cache *cache, struct dm_str name)
{
    struct cache_table *table = atomic_load(bucket_of(cache, name));
    while (table && !str_equal(table->name, name))
        table = table->next;
    return table;
}

/* Under the lock. */
static struct cache_table *add_table(struct cache *cache, struct dm_str name)
{
    struct cache_table *table = mem_new(sizeof *table + name.len);
    if (!table)
        return NULL;
    memcpy(table->text, name.ptr, name.len);
    table->name = (struct dm_str){table->text, name.len};
    _Atomic(struct cache_table *) *bucket = bucket_of(cache, name);
    table->next = atomic_load(bucket);
    atomic_store(bucket, table);
    return table;
}

/* --- spaces --- */

/* In the place of one that was removed, if there is one. Under the lock. */
static struct cache_space *add_space(struct cache_table *table,
                                     const struct cache_options *options)
{
    struct cache_space *first = atomic_load(&table->spaces), *space = first;
    while (space && space->is_used)
        space = space->next;
    if (space) {
        space_fill(space, options);
        return space;
    }
    space = space_new(options);
    if (!space)
        return NULL;
    space->next = first;
    atomic_store(&table->spaces, space);
    return space;
}

enum dm_code cache_add(struct cache *cache, struct dm_str name,
                       const struct cache_options *options,
                       struct cache_space **ret_space, struct dm_error *err)
{
    pthread_mutex_lock(&cache->lock);
    struct cache_table *table = cache_find_table(cache, name);
    if (!table)
        table = add_table(cache, name);
    struct cache_space *space = table ? add_space(table, options) : NULL;
    pthread_mutex_unlock(&cache->lock);
    if (!space)
        return error_nomem(err);
    *ret_space = space;
    return DM_OK;
}

void cache_remove(struct cache *cache, struct cache_space *space)
{
    if (!space)
        return;
    pthread_mutex_lock(&cache->lock);
    space_empty(space);
    pthread_mutex_unlock(&cache->lock);
}

/* --- writes --- */

struct fence *cache_fence(struct cache *cache, const struct cache_key *group)
{
    return &cache->fences[group->hash % FENCES];
}

struct fence *cache_table_fence(struct cache_table *table)
{
    return &table->fence;
}

void cache_table_remove(struct cache_table *table, const struct cache_groups *groups)
{
    struct cache_space *space = atomic_load(&table->spaces);
    for (; space; space = space->next) {
        space_remove_group(space, &groups->item);
        space_remove_group(space, &groups->partition);
    }
}
