/* Pages, for who holds one. */
#include "model/page.h"

#include "base/error.h"
#include "base/mem.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"

/* 1 MB of items, each character of it escaped, or each value a NULL. */
enum { PAGE_JSON_MAX = 32 * 1024 * 1024 };

struct dm_page *page_new(struct attributes *attributes)
{
    struct dm_page *page = mem_new(sizeof *page);
    if (!page)
        return NULL;
    arena_init(&page->arena, PAGE_ARENA_MAX);
    if (attributes && !attributes->as_stored)
        page->attributes = attributes_ref(attributes);
    return page;
}

void dm_page_free(struct dm_page *page)
{
    if (!page)
        return;
    attributes_unref(page->attributes);
    arena_done(&page->arena);
    mem_free(page);
}

size_t dm_page_count(const struct dm_page *page)
{
    return page->count;
}

const struct dm_value *dm_page_item(const struct dm_page *page, size_t index)
{
    return index < page->item_count ? &page->items[index] : NULL;
}

struct dm_str dm_page_next(const struct dm_page *page)
{
    return page->next;
}

enum dm_code dm_page_json(const struct dm_page *page, enum dm_format format,
                          char **ret_json, size_t *ret_len, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) json;
    buf_init(&json, PAGE_JSON_MAX);
    buf_add_char(&json, '[');
    for (size_t i = 0; i < page->item_count; i++) {
        if (i)
            buf_add_char(&json, ',');
        if (format == DM_TYPED)
            ddb_json_write_item(&page->items[i], &json);
        else
            plain_json_write_item(page->attributes, &page->items[i], &json);
    }
    buf_add_char(&json, ']');
    DM_TRY(buf_check(&json, "page", err));

    char *text = buf_take(&json, ret_len);
    if (!text)
        return error_nomem(err);
    *ret_json = text;
    return DM_OK;
}
