/* Query: a page of one partition of a table or an index. */
#include "store/sqlite/bounds.h"
#include "store/sqlite/items.h"
#include "store/sqlite/page.h"
#include "store/sqlite/page_check.h"
#include "store/sqlite/start_key.h"

/* Rows from `from` up to, not with, `to`; of a table the item's place is not asked. */
struct stretch {
    struct entry from, to;
};

static enum dm_code start_after(const struct page *page,
                                const struct store_query *request,
                                const struct bounds *bounds, struct stretch *stretch,
                                struct dm_error *err)
{
    struct entry *start = request->descending ? &stretch->to : &stretch->from;
    DM_TRY(start_key_read(page, request->after, start, err));
    DM_TRY(bounds_check(bounds, &start->at, err));
    if (!request->descending)
        start_key_next(page, start);
    return DM_OK;
}

static enum dm_code read_stretch(const struct page *page,
                                 const struct store_query *request,
                                 struct stretch *stretch, struct dm_error *err)
{
    struct bounds bounds;
    DM_TRY(bounds_read(page, request->keys, &bounds, err));
    stretch->from.at = (struct place){bounds.hash, bounds.low};
    stretch->to.at = (struct place){bounds.hash, bounds.high};
    stretch->from.item.hash.len = stretch->from.item.range.len = 0;
    stretch->to.item.hash.len = stretch->to.item.range.len = 0;
    return request->after ? start_after(page, request, &bounds, stretch, err) : DM_OK;
}

static void bind_entry(struct statement *statement, int index, const struct entry *entry)
{
    statement_bind_blob(statement, index, encoded_str(&entry->at.range));
    statement_bind_blob(statement, index + 1, encoded_str(&entry->item.hash));
    statement_bind_blob(statement, index + 2, encoded_str(&entry->item.range));
}

static enum statement_id statement_of(const struct store_query *request)
{
    if (request->index.len)
        return request->descending ? STATEMENT_ENTRIES_DESCENDING
                                   : STATEMENT_ENTRIES_ASCENDING;
    return request->descending ? STATEMENT_ITEMS_DESCENDING : STATEMENT_ITEMS_ASCENDING;
}

static enum dm_code run(struct page *page, struct database *database,
                        const struct store_query *request,
                        struct store_result *ret_result, struct dm_error *err)
{
    struct stretch stretch;
    DM_TRY(page_check_key_filter(page, err));
    DM_TRY(read_stretch(page, request, &stretch, err));
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, statement_of(request), err));
    page_bind(page, &statement);
    statement_bind_blob(&statement, 3, encoded_str(&stretch.from.at.hash));
    bind_entry(&statement, 4, &stretch.from);
    bind_entry(&statement, 7, &stretch.to);
    return page_read(page, &statement, ret_result, err);
}

enum dm_code items_query(struct database *database, const struct store_query *request,
                         struct store_result *ret_result, struct dm_error *err)
{
    DM_AUTO_DONE(page)
    page = {
        .arena = request->base.arena,
        .filter = request->filter,
        .projection = request->projection,
        .consistent = request->consistent,
        .count_only = request->count_only,
        .limit = request->limit,
    };
    DM_TRY(page_init(&page, database, request->table, request->index, err));
    return run(&page, database, request, ret_result, err);
}
