/*
 * A line of a seed file: an item as DynamoDB JSON or as plain JSON. It is DynamoDB JSON
 * if every attribute is an object of one member that is named as a type; there is no
 * other way to read it then, because in plain JSON a key is a string or a number.
 */
#ifndef DYNAMOD_STORE_SQLITE_SEED_LINE_H
#define DYNAMOD_STORE_SQLITE_SEED_LINE_H

#include "store/sqlite/database.h"

/* Plain JSON has no binary: where a key of the table's or of an index's is B, a string is
 * base64. DM_E_INVALID. The texts may be lent by the line. */
DM_MUST_USE enum dm_code seed_line_read(struct dm_str line, const struct table *table,
                                        struct arena *arena, struct dm_value *ret_item,
                                        struct dm_error *err);

#endif
