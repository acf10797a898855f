/* DynamoDB JSON, {"id":{"S":"1"}}: every type, without loss. Both directions. */
#ifndef DYNAMOD_CODEC_DDB_JSON_H
#define DYNAMOD_CODEC_DDB_JSON_H

#include "base/buf.h"
#include "codec/json_reader.h"
#include "value/value.h"

/* How deep the reader must let an item's JSON nest, what surrounds it not counted: two
 * for each list or map in a value, and the item, and a set. */
enum { DDB_JSON_DEPTH = 2 * VALUE_MAX_DEPTH + 1 };

/*
 * Reads a map of names to typed values (an item) at the reader's place; the tree lives in
 * `arena`, its texts may be lent by the reader's text. DM_E_INVALID: no such type, two
 * types in one value, a bad number or base64, an empty set or one with equal members, a
 * name twice, lists and maps (the item is one) nested deeper than VALUE_MAX_DEPTH.
 */
DM_MUST_USE enum dm_code ddb_json_read_item(struct json_reader *reader,
                                            struct arena *arena,
                                            struct dm_value *ret_item,
                                            struct dm_error *err);

/* One typed value, {"S":"1"}. */
DM_MUST_USE enum dm_code ddb_json_read_value(struct json_reader *reader,
                                             struct arena *arena,
                                             struct dm_value *ret_value,
                                             struct dm_error *err);

/* Appends; a failure stays in the buffer. `item` is an M. */
void ddb_json_write_item(const struct dm_value *item, struct dm_buf *out);
void ddb_json_write_value(const struct dm_value *value, struct dm_buf *out);

#endif
