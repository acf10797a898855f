/*
 * Plain JSON: S string, N number (digits verbatim), BOOL, NULL, L array, M object, B
 * base64 string, sets as arrays. Both directions; read back, a set is a list and binary a
 * string unless somebody who knows the model says otherwise.
 */
#ifndef DYNAMOD_CODEC_PLAIN_JSON_H
#define DYNAMOD_CODEC_PLAIN_JSON_H

#include "base/buf.h"
#include "codec/json_reader.h"
#include "value/attribute.h"

/* Reads one value at the reader's place; numbers must be DynamoDB numbers and keep their
 * spelling. DM_E_INVALID: a name twice, a number out of range, lists and maps
 * nested deeper than VALUE_MAX_DEPTH. The tree lives
 * in `arena`, its texts may be lent by the reader's text. */
DM_MUST_USE enum dm_code plain_json_read(struct json_reader *reader, struct arena *arena,
                                         struct dm_value *ret_value,
                                         struct dm_error *err);

/* An item (an M) as its model's clients see it: dates, times to live, JSON and templated
 * keys in their own form. attributes may be NULL. */
void plain_json_write_item(const struct attributes *attributes,
                           const struct dm_value *item, struct dm_buf *out);

/* Whether a json attribute's text is JSON, and nests no deeper than can be read back.
 * DM_E_INVALID. */
DM_MUST_USE enum dm_code plain_json_check(struct dm_str text);

/* Appends; a failure stays in the buffer. */
void plain_json_write(const struct dm_value *value, struct dm_buf *out);

#endif
