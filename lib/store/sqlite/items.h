/* Items in a table, their rows and their index rows, inside the caller's transaction. */
#ifndef DYNAMOD_STORE_SQLITE_ITEMS_H
#define DYNAMOD_STORE_SQLITE_ITEMS_H

#include "store/sqlite/database.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
enum { ITEM_SIZE_MAX = 400 * 1024 };

/* The item of that key in the arena, NULL for none. DM_E_VALIDATION: a key that is not of
 * the schema. */
DM_MUST_USE enum dm_code items_get(struct database *database, const struct table *table,
                                   const struct key *key, struct arena *arena,
                                   const struct dm_value **ret_item,
                                   struct dm_error *err);

/* The primary key of an item about to be written. DM_E_VALIDATION in DynamoDB's words:
 * missing, wrong type, empty, too long; also an index key of the wrong type, and an item
 * over 400 KB. */
DM_MUST_USE enum dm_code items_key(const struct table *table, const struct dm_value *item,
                                   struct key *ret_key, struct dm_error *err);

/* Makes `item` (NULL: nothing) stand where `old` (NULL: nothing) stood; same primary key.
 * Index rows follow. Numbers are stored as `item` spells them, which is canonical.
 * *ret_units: write capacity by DynamoDB's rules, indexes included. */
DM_MUST_USE enum dm_code items_replace(struct database *database,
                                       const struct table *table,
                                       const struct dm_value *old,
                                       const struct dm_value *item, double *ret_units,
                                       struct dm_error *err);

/* query and scan: one page, as store.h has it, in the request's arena. */
DM_MUST_USE enum dm_code items_query(struct database *database,
                                     const struct store_query *request,
                                     struct store_result *ret_result,
                                     struct dm_error *err);
DM_MUST_USE enum dm_code items_scan(struct database *database,
                                    const struct store_scan *request,
                                    struct store_result *ret_result,
                                    struct dm_error *err);

#endif
