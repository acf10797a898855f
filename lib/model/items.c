/* Items in the order in which they were asked for, for who holds them. */
#include "model/items.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"

/* What is asked for is at most 32 MB; each character of it may be escaped. */
enum { ITEMS_JSON_MAX = 256 * 1024 * 1024 };

struct dm_items *items_new(void)
{
    struct dm_items *items = mem_new(sizeof *items);
    if (items)
        arena_init(&items->arena, ITEMS_ARENA_MAX);
    return items;
}

static void drop_all(struct dm_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        attributes_unref(items->at[i].attributes);
    items->count = 0;
}

void dm_items_free(struct dm_items *items)
{
    if (!items)
        return;
    drop_all(items);
    arena_done(&items->arena);
    mem_free(items);
}

enum dm_code items_reserve(struct dm_items *items, size_t count, struct dm_error *err)
{
    struct items_entry *at = arena_new(&items->arena, (count + 1) * sizeof *at);
    if (!at)
        return error_nomem(err);
    drop_all(items);
    items->at = at;
    items->count = count;
    return DM_OK;
}

void items_set(struct dm_items *items, size_t index, const struct dm_value *item,
               struct attributes *attributes)
{
    struct items_entry *entry = &items->at[index];
    attributes_unref(entry->attributes);
    *entry = (struct items_entry){.item = item};
    if (item && attributes && !attributes->as_stored)
        entry->attributes = attributes_ref(attributes);
}

size_t dm_items_count(const struct dm_items *items)
{
    return items->count;
}

const struct dm_value *dm_items_at(const struct dm_items *items, size_t index)
{
    return index < items->count ? items->at[index].item : NULL;
}

static void write_entry(const struct items_entry *entry, enum dm_format format,
                        struct dm_buf *json)
{
    if (!entry->item)
        buf_add_str(json, STR("null"));
    else if (format == DM_TYPED)
        ddb_json_write_item(entry->item, json);
    else
        plain_json_write_item(entry->attributes, entry->item, json);
}

enum dm_code dm_items_json(const struct dm_items *items, enum dm_format format,
                           char **ret_json, size_t *ret_len, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) json;
    buf_init(&json, ITEMS_JSON_MAX);
    buf_add_char(&json, '[');
    for (size_t i = 0; i < items->count; i++) {
        if (i)
            buf_add_char(&json, ',');
        write_entry(&items->at[i], format, &json);
    }
    buf_add_char(&json, ']');
    DM_TRY(buf_check(&json, "items", err));

    char *text = buf_take(&json, ret_len);
    if (!text)
        return error_nomem(err);
    *ret_json = text;
    return DM_OK;
}
