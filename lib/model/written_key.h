/* A key as a batch or a transaction writes it. */
#ifndef DYNAMOD_MODEL_WRITTEN_KEY_H
#define DYNAMOD_MODEL_WRITTEN_KEY_H

#include "model/new_item.h"

/* The text of an object of the key attributes. DM_E_INVALID_KEY. */
DM_MUST_USE enum dm_code written_key_read(struct dm_str text,
                                          const struct new_item_place *place,
                                          struct arena *arena, struct key *ret_key,
                                          struct dm_error *err);

#endif
