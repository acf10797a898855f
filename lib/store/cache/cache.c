/* An app's caches, by their tables. */
#include "store/cache/cache.h"

#include <pthread.h>

#include "base/error.h"
#include "base/mem.h"

/* So many keys may be written at once before they meet often. */
enum { FENCES = 4096 };

struct cache_table {
    struct cache *cache;
    struct fence fence;
    struct cache_space **spaces;
    size_t count;
    struct dm_str name;
    char text[]; /* the name */
};

struct cache {
    atomic_uint references;
    struct siphash_key seed;
    pthread_rwlock_t lock;       /* of: */
    struct cache_table **tables; /* sorted by name, and their spaces */
    size_t count;
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
    pthread_rwlock_init(&cache->lock, NULL);
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
    for (size_t i = 0; i < table->count; i++)
        space_free(table->spaces[i]);
    mem_free(table->spaces);
    mem_free(table);
}

void cache_unref(struct cache *cache)
{
    if (!cache || atomic_fetch_sub(&cache->references, 1) != 1)
        return;
    for (size_t i = 0; i < cache->count; i++)
        table_free(cache->tables[i]);
    mem_free(cache->tables);
    pthread_rwlock_destroy(&cache->lock);
    mem_free(cache);
}

const struct siphash_key *cache_seed(const struct cache *cache)
{
    return &cache->seed;
}

/* --- tables --- */

static int compare(struct dm_str a, struct dm_str b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Where it is, or would be. */
static size_t place_of(const struct cache *cache, struct dm_str name)
{
    size_t low = 0, high = cache->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(cache->tables[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct cache_table *find(const struct cache *cache, struct dm_str name)
{
    size_t place = place_of(cache, name);
    if (place == cache->count || compare(cache->tables[place]->name, name) != 0)
        return NULL;
    return cache->tables[place];
}

struct cache_table *cache_find_table(struct cache *cache, struct dm_str name)
{
    pthread_rwlock_rdlock(&cache->lock);
    struct cache_table *table = find(cache, name);
    pthread_rwlock_unlock(&cache->lock);
    return table;
}

static struct cache_table *add_table(struct cache *cache, struct dm_str name)
{
    struct cache_table **tables =
        mem_resize(cache->tables, (cache->count + 1) * sizeof(struct cache_table *));
    if (!tables)
        return NULL;
    cache->tables = tables;
    struct cache_table *table = mem_new(sizeof *table + name.len);
    if (!table)
        return NULL;
    memcpy(table->text, name.ptr, name.len);
    table->name = (struct dm_str){table->text, name.len};
    table->cache = cache;
    size_t place = place_of(cache, name);
    memmove(&tables[place + 1], &tables[place],
            (cache->count - place) * sizeof(struct cache_table *));
    tables[place] = table;
    cache->count++;
    return table;
}

/* --- spaces --- */

static struct cache_space *add_space(struct cache *cache, struct dm_str name,
                                     const struct cache_options *options)
{
    struct cache_table *table = find(cache, name);
    if (!table && !(table = add_table(cache, name)))
        return NULL;
    struct cache_space **spaces =
        mem_resize(table->spaces, (table->count + 1) * sizeof(struct cache_space *));
    if (!spaces)
        return NULL;
    table->spaces = spaces;
    struct cache_space *space = space_new(options);
    if (space)
        spaces[table->count++] = space;
    return space;
}

enum dm_code cache_add(struct cache *cache, struct dm_str name,
                       const struct cache_options *options,
                       struct cache_space **ret_space, struct dm_error *err)
{
    pthread_rwlock_wrlock(&cache->lock);
    struct cache_space *space = add_space(cache, name, options);
    pthread_rwlock_unlock(&cache->lock);
    if (!space)
        return error_nomem(err);
    *ret_space = space;
    return DM_OK;
}

static void forget(struct cache_table *table, const struct cache_space *space)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->spaces[i] == space)
            table->spaces[i] = table->spaces[--table->count];
}

void cache_remove(struct cache *cache, struct cache_space *space)
{
    if (!space)
        return;
    pthread_rwlock_wrlock(&cache->lock);
    for (size_t i = 0; i < cache->count; i++)
        forget(cache->tables[i], space);
    pthread_rwlock_unlock(&cache->lock);
    space_free(space);
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
    pthread_rwlock_rdlock(&table->cache->lock);
    for (size_t i = 0; i < table->count; i++) {
        space_remove_group(table->spaces[i], &groups->item);
        space_remove_group(table->spaces[i], &groups->partition);
    }
    pthread_rwlock_unlock(&table->cache->lock);
}
