/* One page of a query or a scan, while it is gathered. */
#ifndef DYNAMOD_STORE_SQLITE_PAGE_H
#define DYNAMOD_STORE_SQLITE_PAGE_H

#include "base/buf.h"
#include "store/sqlite/place.h"
#include "store/sqlite/statement.h"

/* Of what is examined, before any filter: API_Query, API_Scan. */
enum { PAGE_SIZE_MAX = 1024 * 1024 };

/* What query and scan share. Embedded; all zero but what was asked for. */
struct page {
    struct arena *arena;
    const struct table *table;
    const struct store_index *index;     /* NULL: the table itself */
    const struct condition *filter;      /* NULL: none */
    const struct projection *projection; /* NULL: none */
    bool consistent, count_only;
    unsigned limit;                   /* items examined; 0: none */
    unsigned segment, total_segments; /* total 0: all */

    bool fetches;       /* shows what its local index does not hold */
    struct dm_buf kept; /* array of M */
    size_t count, scanned, size;
    double fetch_units;
    struct dm_value last; /* the last item examined */
    struct arena scratch; /* it lives here when most items will not be kept */
};

/* Finds table and index. DM_E_TABLE_NOT_FOUND, DM_E_VALIDATION. page_done it then. */
DM_MUST_USE enum dm_code page_init(struct page *page, struct database *database,
                                   struct dm_str table, struct dm_str index,
                                   struct dm_error *err);
void page_done(struct page *page);
DM_AUTO_DONE_DEFINE(page, page_done)

/* The schema whose order the page has. */
const struct key_schema *page_schema(const struct page *page);

/* Whether the statement's rows belong to that partition's segment. */
bool page_has_partition(const struct page *page, struct dm_str hash);

/* Binds `table` and `index`, parameters 1 and 2. */
void page_bind(const struct page *page, struct statement *statement);

/* Gathers the statement's rows (hash, item) up to the limit and the size. */
DM_MUST_USE enum dm_code page_read(struct page *page, struct statement *statement,
                                   struct store_result *ret_result, struct dm_error *err);

#endif
