/*
 * What clients write as plain JSON, put into the form that the model declares: an array
 * becomes a set, a string binary or a date, any JSON the text of a json attribute. What
 * is not declared is what JSON says it is.
 */
#ifndef DYNAMOD_CODEC_PLAIN_ITEM_H
#define DYNAMOD_CODEC_PLAIN_ITEM_H

#include "value/attribute.h"

/*
 * One attribute's value as plain_json_read made it. attribute may be NULL.
 * DM_E_INVALID_ITEM names the attribute, what it expects and what it got; an empty set, a
 * set with equal members, a date that is none, an empty key.
 */
DM_MUST_USE enum dm_code plain_item_attribute(const struct attribute *attribute,
                                              const struct dm_value *plain,
                                              struct arena *arena,
                                              struct dm_value *ret_stored,
                                              struct dm_error *err);

/* An item (an M), attribute by attribute. */
DM_MUST_USE enum dm_code plain_item_read(const struct attributes *attributes,
                                         const struct dm_value *plain,
                                         struct arena *arena, struct dm_value *ret_item,
                                         struct dm_error *err);

/* Whether one typed value is of the declared type, and a date, JSON or templated key of
 * its form. attribute may be NULL. DM_E_INVALID_ITEM likewise. */
DM_MUST_USE enum dm_code plain_item_check_attribute(const struct attribute *attribute,
                                                    const struct dm_value *stored,
                                                    struct dm_error *err);

#endif
