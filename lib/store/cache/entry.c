/* Entries: made, shared, freed. */
#include "store/cache/entry.h"

#include "base/error.h"
#include "base/mem.h"
#include "store/cache/stripe.h"
#include "value/pack.h"

static struct pack_size measure(const struct cache_key *key,
                                const struct store_result *result)
{
    struct pack_size size = {.nodes = sizeof(struct cache_entry)};
    pack_measure_str(key->bytes, &size);
    pack_measure(result->item, 1, &size);
    pack_measure(result->items, result->item_count, &size);
    pack_measure(result->last, 1, &size);
    return size;
}

/* Of a get and a query there is no more. */
static struct store_result copy_result(const struct store_result *result,
                                       struct pack *pack)
{
    return (struct store_result){
        .item = pack_values(result->item, 1, pack),
        .items = pack_values(result->items, result->item_count, pack),
        .item_count = result->item_count,
        .count = result->count,
        .scanned_count = result->scanned_count,
        .last = pack_values(result->last, 1, pack),
    };
}

enum dm_code entry_new(const struct cache_key *key, const struct store_result *result,
                       int64_t asked_ms, struct cache_entry **ret_entry,
                       struct dm_error *err)
{
    struct pack_size size = measure(key, result);
    char *memory = mem_resize(NULL, size.nodes + size.texts);
    if (!memory)
        return error_nomem(err);
    struct cache_entry *entry = (struct cache_entry *)(void *)memory;
    struct pack pack = {memory + sizeof *entry, memory + size.nodes};
    *entry = (struct cache_entry){
        .key = *key,
        .asked_ms = asked_ms,
        .absent = !result->item && !result->item_count && !result->count && !result->last,
        .size = size.nodes + size.texts,
    };
    atomic_init(&entry->references, 1);
    entry->key.bytes = pack_str(key->bytes, &pack);
    entry->result = copy_result(result, &pack);
    *ret_entry = entry;
    return DM_OK;
}

struct cache_entry *entry_ref(struct cache_entry *entry)
{
    atomic_fetch_add_explicit(&entry->references, 1, memory_order_relaxed);
    return entry;
}

void entry_unref(struct cache_entry *entry)
{
    if (!entry ||
        atomic_fetch_sub_explicit(&entry->references, 1, memory_order_acq_rel) != 1)
        return;
    struct cache_form *form = atomic_load(&entry->form);
    if (form)
        form->free(form);
    mem_free(entry);
}

struct cache_form *entry_form(struct cache_entry *entry)
{
    return atomic_load_explicit(&entry->form, memory_order_acquire);
}

bool entry_keep_form(struct cache_entry *entry, struct cache_form *form)
{
    struct cache_form *none = NULL;
    size_t size = form->size;
    if (!entry->stripe || !atomic_compare_exchange_strong(&entry->form, &none, form))
        return false;
    stripe_grown(entry->stripe, entry, size);
    return true;
}

static void release(void *object)
{
    entry_unref(object);
}

enum dm_code entry_lend(struct cache_entry *entry, struct arena *arena,
                        struct dm_error *err)
{
    if (!arena_hold(arena, release, entry))
        return error_nomem(err);
    entry_ref(entry);
    return DM_OK;
}
