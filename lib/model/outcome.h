/* What became of a write, for who holds it. */
#ifndef DYNAMOD_MODEL_OUTCOME_H
#define DYNAMOD_MODEL_OUTCOME_H

#include "value/item.h"
#include "value/key.h"

struct dm_outcome {
    bool created;
    bool has_item;
    struct dm_item *item; /* its arena is the whole outcome's */
    struct dm_str hash_key, range_key;
};

/* Without an item; or NULL. dm_outcome_free it. attributes as item_new has them. */
struct dm_outcome *outcome_new(struct attributes *attributes);
DM_AUTO_DEFINE(dm_outcome, dm_outcome_free)

/* The key as clients write it. attributes may be NULL. */
DM_MUST_USE enum dm_code outcome_set_key(struct dm_outcome *outcome,
                                         const struct attributes *attributes,
                                         const struct key *key, struct dm_error *err);

#endif
