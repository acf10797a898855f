/* The tables of a database: their descriptions, kept once read. */
#ifndef DYNAMOD_STORE_SQLITE_TABLES_H
#define DYNAMOD_STORE_SQLITE_TABLES_H

#include "store/sqlite/database.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
enum { TABLE_GLOBAL_MAX = 20, TABLE_LOCAL_MAX = 5, TABLE_INCLUDED_MAX = 100 };
enum { TABLE_INDEX_MAX = TABLE_GLOBAL_MAX + TABLE_LOCAL_MAX };

/* Forgets what was kept. */
void tables_forget(struct database *database);

/* The table's index of that name, or NULL. */
const struct store_index *table_index(const struct table *table, struct dm_str name);

/* DM_E_VALIDATION: no table and no index can have that name. */
DM_MUST_USE enum dm_code table_check_name(struct dm_str name, struct dm_error *err);

/* DM_E_VALIDATION in DynamoDB's words: names, keys, counts of indexes. */
DM_MUST_USE enum dm_code table_check(const struct store_create *request,
                                     struct dm_error *err);

#endif
