/* What an index holds of an item. */
#ifndef DYNAMOD_STORE_SQLITE_INDEX_VIEW_H
#define DYNAMOD_STORE_SQLITE_INDEX_VIEW_H

#include "store/sqlite/database.h"

/* Whether the index (NULL: the table, which holds all) holds the attribute. */
bool index_holds(const struct table *table, const struct store_index *index,
                 struct dm_str name);

/* The item without what the index does not hold; values are the item's own. */
DM_MUST_USE enum dm_code index_view(const struct table *table,
                                    const struct store_index *index,
                                    const struct dm_value *item, struct arena *arena,
                                    struct dm_value *ret_view, struct dm_error *err);

#endif
