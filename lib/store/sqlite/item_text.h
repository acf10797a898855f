/* Items as the file holds them: DynamoDB JSON, numbers canonical. */
#ifndef DYNAMOD_STORE_SQLITE_ITEM_TEXT_H
#define DYNAMOD_STORE_SQLITE_ITEM_TEXT_H

#include "store/sqlite/database.h"

/* A copy of the text is the item's, in the arena. DM_E_UPSTREAM when it is no item. */
DM_MUST_USE enum dm_code item_text_read(struct dm_str text, struct arena *arena,
                                        struct dm_value *ret_item, struct dm_error *err);

/* The database's; until the next. */
DM_MUST_USE enum dm_code item_text_write(struct database *database,
                                         const struct dm_value *item,
                                         struct dm_str *ret_text, struct dm_error *err);

#endif
