/* Between write.c, which knows when, and write_ask.c, which knows what. */
#ifndef DYNAMOD_MODEL_WRITE_INTERNAL_H
#define DYNAMOD_MODEL_WRITE_INTERNAL_H

#include "model/write.h"

/* Reads the item, all of it, strongly. */
DM_MUST_USE enum dm_code write_look(struct write_call *write, store_done_fn done,
                                    struct dm_error *err);

/* Writes the entry that was made, on condition of all that is demanded. */
DM_MUST_USE enum dm_code write_ask(struct write_call *write, store_done_fn done,
                                   struct dm_error *err);

#endif
