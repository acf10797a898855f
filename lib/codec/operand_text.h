/*
 * A value written as text in a URL: `42`, `true`, `"42"`, `open`. Its type is what the
 * model declares of the attribute, else what it looks like: true, false and null are
 * themselves, DynamoDB numbers are numbers, anything else and anything quoted is a
 * string.
 */
#ifndef DYNAMOD_CODEC_OPERAND_TEXT_H
#define DYNAMOD_CODEC_OPERAND_TEXT_H

#include "value/attribute.h"

/* Unquoted already; `quoted`: it was in double quotes. */
struct operand_text {
    struct dm_str text;
    bool quoted;
};

/*
 * S as it is; N canonical; B from base64 or base64url; BOOL true, false; NULL null; L, M
 * as plain JSON; SS, NS, BS as a JSON array; dates and the like by attribute_store.
 * attribute NULL: by its look. DM_E_INVALID names the attribute and what it expects.
 */
DM_MUST_USE enum dm_code operand_text_read(const struct attribute *attribute,
                                           const struct operand_text *operand,
                                           struct arena *arena,
                                           struct dm_value *ret_value,
                                           struct dm_error *err);

/* What `contains` looks for: a member of an SS, NS or BS, a part of an S or B as it is
 * stored; in anything else by its look. */
DM_MUST_USE enum dm_code operand_text_read_member(const struct attribute *attribute,
                                                  const struct operand_text *operand,
                                                  struct arena *arena,
                                                  struct dm_value *ret_value,
                                                  struct dm_error *err);

#endif
