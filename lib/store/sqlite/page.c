/* Gathering a page. */
#include "store/sqlite/page.h"

#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "expr/validation.h"
#include "store/capacity.h"
#include "store/sqlite/index_view.h"
#include "store/sqlite/item_text.h"
#include "store/sqlite/page_check.h"
#include "store/sqlite/start_key.h"
#include "store/sqlite/tables.h"
#include "value/item.h"
#include "value/quote.h"
#include "value/size.h"

/* The smallest items have two bytes. */
enum { KEPT_MAX = (PAGE_SIZE_MAX / 2 + 1) * (int)sizeof(struct dm_value) };

enum dm_code page_init(struct page *page, struct database *database, struct dm_str table,
                       struct dm_str index, struct dm_error *err)
{
    buf_init(&page->kept, KEPT_MAX);
    arena_init(&page->scratch, ITEM_ARENA_MAX);
    DM_TRY(database_table(database, table, &page->table, err));
    if (!str_empty(index)) {
        page->index = table_index(page->table, index);
        if (!page->index)
            return validation_error(err,
                                    "The table does not have the specified index: %s",
                                    quote(index).text);
    }
    return page_check(page, err);
}

void page_done(struct page *page)
{
    buf_done(&page->kept);
    arena_done(&page->scratch);
}

const struct key_schema *page_schema(const struct page *page)
{
    return page->index ? &page->index->schema : &page->table->schema;
}

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), folded. */
static unsigned hash_bytes(struct dm_str bytes)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * 1099511628211u;
    return (unsigned)(hash ^ hash >> 32);
}

bool page_has_partition(const struct page *page, struct dm_str hash)
{
    return !page->total_segments ||
           hash_bytes(hash) % page->total_segments == page->segment;
}

void page_bind(const struct page *page, struct statement *statement)
{
    statement_bind_int(statement, 1, page->table->id);
    if (page->index)
        statement_bind_int(statement, 2, page->index - page->table->indexes);
}

/* All that an index or a projection leaves, as the arena's. */
static enum dm_code show(const struct page *page, const struct dm_value *item,
                         const struct dm_value *view, struct dm_value *ret_shown,
                         struct dm_error *err)
{
    struct dm_value shown = *view;
    if (page->projection)
        DM_TRY(projection_apply(page->projection, page->fetches ? item : view,
                                page->arena, &shown, err));
    if (page->filter)
        return value_copy(&shown, page->arena, ret_shown, err);
    *ret_shown = shown;
    return DM_OK;
}

static enum dm_code keep(struct page *page, const struct dm_value *item,
                         const struct dm_value *view, struct dm_error *err)
{
    struct dm_value shown;
    DM_TRY(show(page, item, view, &shown, err));
    if (page->fetches)
        page->fetch_units += capacity_read(value_item_size(item), page->consistent);
    buf_add(&page->kept, &shown, sizeof shown);
    return buf_check(&page->kept, "page", err);
}

static enum dm_code examine(struct page *page, struct dm_str text, struct dm_error *err)
{
    struct dm_value item, view;
    bool passing = page->filter || page->count_only;
    struct arena *arena = passing ? &page->scratch : page->arena;
    arena_done(&page->scratch);
    DM_TRY(item_text_read(text, arena, &item, err));
    DM_TRY(index_view(page->table, page->index, &item, arena, &view, err));
    page->last = item;
    page->scanned++;
    page->size += value_item_size(&view);
    if (page->filter && !condition_holds(page->filter, &view))
        return DM_OK;
    page->count++;
    return page->count_only ? DM_OK : keep(page, &item, &view, err);
}

/* Items so small that their tree outgrows the arena end a page early. */
static bool is_full(const struct page *page)
{
    return page->size > PAGE_SIZE_MAX ||
           (page->scanned && page->arena->used > page->arena->max / 2);
}

/* Whether it ended before its rows did: at the limit even when no more would follow, as
 * DynamoDB does. */
static enum dm_code gather(struct page *page, struct statement *statement, bool *ret_more,
                           struct dm_error *err)
{
    bool row = true;
    while (row && !(page->limit && page->scanned == page->limit)) {
        DM_TRY(statement_step(statement, &row, err));
        if (row && is_full(page))
            break;
        if (row && page_has_partition(page, statement_bytes(statement, 0)))
            DM_TRY(examine(page, statement_bytes(statement, 1), err));
    }
    *ret_more = row;
    return DM_OK;
}

static enum dm_code take_kept(struct page *page, struct store_result *result,
                              struct dm_error *err)
{
    struct dm_str items = arena_str(page->arena, buf_str(&page->kept));
    if (!items.ptr)
        return error_nomem(err);
    result->items = (const struct dm_value *)(const void *)items.ptr;
    result->item_count = items.len / sizeof *result->items;
    return DM_OK;
}

enum dm_code page_read(struct page *page, struct statement *statement,
                       struct store_result *ret_result, struct dm_error *err)
{
    bool more;
    struct store_result result = {0};
    DM_TRY(gather(page, statement, &more, err));
    DM_TRY(take_kept(page, &result, err));
    if (more)
        DM_TRY(start_key_make(page, &result.last, err));
    result.count = page->count;
    result.scanned_count = page->scanned;
    result.consumed_capacity =
        capacity_read(page->size, page->consistent) + page->fetch_units;
    *ret_result = result;
    return DM_OK;
}
