/* Items that are named twice. */
#include "store/sqlite/item_key.h"

#include "base/str.h"
#include "expr/evaluate.h"

static bool equal(const struct item_key *a, const struct item_key *b)
{
    return str_equal(a->table, b->table) && value_equal(&a->key.hash, &b->key.hash) &&
           (!a->key.range_attribute.name.len ||
            value_equal(&a->key.range, &b->key.range));
}

/* At most 100 of them: 4950 comparisons. */
bool item_keys_repeat(const struct item_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (equal(&keys[i], &keys[j]))
                return true;
    return false;
}
