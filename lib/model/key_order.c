/* Ordering keys. By sorting and not by hashing: nobody can choose keys that make it slow.
 */
#include "model/key_order.h"

#include <stdlib.h>

#include "base/error.h"
#include "expr/evaluate.h"

/* Of one type, but where two models have it that their table is not the same. */
static int compare_halves(const struct dm_value *a, const struct dm_value *b)
{
    return a->type == b->type ? value_compare(a, b) : a->type < b->type ? -1 : 1;
}

int key_compare(const struct key *a, const struct key *b)
{
    int order = compare_halves(&a->hash, &b->hash);
    if (order || !a->range_attribute.name.len || !b->range_attribute.name.len)
        return order;
    return compare_halves(&a->range, &b->range);
}

static int compare_places(const void *a, const void *b)
{
    return key_compare(*(const struct key *const *)a, *(const struct key *const *)b);
}

enum dm_code key_order_make(const struct key *keys, size_t count, struct arena *arena,
                            struct key_order *ret_order, struct dm_error *err)
{
    const struct key **at = arena_alloc(arena, (count + 1) * sizeof(const struct key *));
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        at[i] = &keys[i];
    qsort(at, count, sizeof(const struct key *), compare_places);
    *ret_order = (struct key_order){at, count};
    return DM_OK;
}

static int compare_to_place(const void *key, const void *place)
{
    return key_compare(key, *(const struct key *const *)place);
}

const struct key *key_order_find(const struct key_order *order, const struct key *key)
{
    const struct key **found = bsearch(key, order->at, order->count,
                                       sizeof(const struct key *), compare_to_place);
    return found ? *found : NULL;
}

size_t key_order_twin(const struct key_order *order)
{
    for (size_t i = 1; i < order->count; i++)
        if (key_compare(order->at[i - 1], order->at[i]) == 0)
            return i;
    return order->count;
}
