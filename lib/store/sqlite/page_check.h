/* Whether DynamoDB would read such a page: consistency, filter and projection. */
#ifndef DYNAMOD_STORE_SQLITE_PAGE_CHECK_H
#define DYNAMOD_STORE_SQLITE_PAGE_CHECK_H

#include "store/sqlite/page.h"

/* DM_E_VALIDATION; finds out whether the page fetches. */
DM_MUST_USE enum dm_code page_check(struct page *page, struct dm_error *err);

/* A query's filter is not of the keys that it is queried by. DM_E_VALIDATION. */
DM_MUST_USE enum dm_code page_check_key_filter(const struct page *page,
                                               struct dm_error *err);

#endif
