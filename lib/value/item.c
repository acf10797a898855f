/* Items: made, looked into, freed. */
#include "value/item.h"

#include "base/mem.h"

struct dm_item *item_new(struct attributes *attributes)
{
    struct dm_item *item = mem_new(sizeof *item);
    if (!item)
        return NULL;
    arena_init(&item->arena, ITEM_ARENA_MAX);
    item->value.type = DM_M;
    if (attributes && (!attributes->as_stored || attributes->version))
        item->attributes = attributes_ref(attributes);
    return item;
}

const struct dm_value *dm_item_value(const struct dm_item *item)
{
    return &item->value;
}

const struct dm_value *dm_item_attr(const struct dm_item *item, const char *name)
{
    return dm_value_member(&item->value, name);
}

void dm_item_free(struct dm_item *item)
{
    if (!item)
        return;
    attributes_unref(item->attributes);
    arena_done(&item->arena);
    mem_free(item);
}

void dm_free(void *memory)
{
    mem_free(memory);
}
