/* A table's description: keys, indexes, status. */
#ifndef DYNAMOD_STORE_DYNAMODB_DESCRIPTION_H
#define DYNAMOD_STORE_DYNAMODB_DESCRIPTION_H

#include "store/store.h"

/* Reads a TableDescription into result's schema, indexes and status, in the arena.
 * DM_E_INVALID: it is none. */
DM_MUST_USE enum dm_code description_read(struct dm_str json, struct arena *arena,
                                          struct store_result *result,
                                          struct dm_error *err);

#endif
