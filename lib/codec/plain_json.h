/*
 * Plain JSON: S string, N number (digits verbatim), BOOL, NULL, L array, M object, B
 * base64 string, sets as arrays. Both directions; read back, a set is a list and binary a
 * string unless somebody who knows the model says otherwise.
 */
#ifndef DYNAMOD_CODEC_PLAIN_JSON_H
#define DYNAMOD_CODEC_PLAIN_JSON_H

#include "base/buf.h"
#include "codec/json_reader.h"
#include "value/value.h"

/* Reads one value at the reader's place; numbers must be DynamoDB numbers and keep their
 * spelling. DM_E_INVALID: a name twice, a number out of range, lists and maps
 * nested deeper than VALUE_MAX_DEPTH. The tree lives
 * in `arena`, its texts may be lent by the reader's text. */
DM_MUST_USE enum dm_code plain_json_read(struct json_reader *reader, struct arena *arena,
                                         struct dm_value *ret_value,
                                         struct dm_error *err);

/* Appends; a failure stays in the buffer. */
void plain_json_write(const struct dm_value *value, struct dm_buf *out);

#endif
