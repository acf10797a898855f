/*
 * A line of a seed file: an item as DynamoDB JSON or as plain JSON. It is DynamoDB JSON
 * if every attribute is an object of one member that is named as a type; there is no
 * other way to read it then, because in plain JSON a key is a string or a number.
 */
#ifndef DYNAMOD_STORE_SQLITE_SEED_LINE_H
#define DYNAMOD_STORE_SQLITE_SEED_LINE_H

#include "value/attribute.h"

/* Plain JSON takes the form that is declared; DynamoDB JSON is stored as it is.
 * DM_E_INVALID, DM_E_INVALID_ITEM. The texts may be lent by the line. */
DM_MUST_USE enum dm_code seed_line_read(struct dm_str line,
                                        const struct attributes *attributes,
                                        struct arena *arena, struct dm_value *ret_item,
                                        struct dm_error *err);

#endif
