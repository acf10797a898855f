/* ExclusiveStartKey, and LastEvaluatedKey, which becomes one. */
#ifndef DYNAMOD_STORE_SQLITE_START_KEY_H
#define DYNAMOD_STORE_SQLITE_START_KEY_H

#include "store/sqlite/page.h"

/* The place that the key (an M) names; of a table, both places are the item's.
 * DM_E_VALIDATION: the key is not of the page's schemas. */
DM_MUST_USE enum dm_code start_key_read(const struct page *page,
                                        const struct dm_value *key,
                                        struct entry *ret_entry, struct dm_error *err);

/* Makes it the next place that there could be. */
void start_key_next(const struct page *page, struct entry *entry);

/* Of the page's last item, in its arena. */
DM_MUST_USE enum dm_code start_key_make(const struct page *page,
                                        const struct dm_value **ret_key,
                                        struct dm_error *err);

#endif
