/* Keys as a model's clients write them. */
#ifndef DYNAMOD_MODEL_REQUEST_KEY_H
#define DYNAMOD_MODEL_REQUEST_KEY_H

#include "value/attribute.h"
#include "value/key.h"

/* key_parse, of texts without their template, and of dates in ISO 8601 where a key is
 * one. attributes may be NULL. */
DM_MUST_USE enum dm_code request_key_parse(const struct attributes *attributes,
                                           const struct key_schema *schema,
                                           struct dm_str hash, struct dm_str range,
                                           struct arena *arena, struct key *ret_key,
                                           struct dm_error *err);

#endif
