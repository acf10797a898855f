/* Keys of one table in an order of their own: to find one, and those that come twice. */
#ifndef DYNAMOD_MODEL_KEY_ORDER_H
#define DYNAMOD_MODEL_KEY_ORDER_H

#include "value/key.h"

/* The order of a total order; 0 for the same item. Both are of one table. */
int key_compare(const struct key *a, const struct key *b);

/* Keys where they stand, in order. */
struct key_order {
    const struct key **at; /* in the arena */
    size_t count;
};

/* The keys stay where they are, as long as the order. */
DM_MUST_USE enum dm_code key_order_make(const struct key *keys, size_t count,
                                        struct arena *arena, struct key_order *ret_order,
                                        struct dm_error *err);

/* One of those that are equal to this, or NULL. */
const struct key *key_order_find(const struct key_order *order, const struct key *key);

/* The place in the order of the first key that is equal to the one before it; count when
 * there is none. */
size_t key_order_twin(const struct key_order *order);

#endif
