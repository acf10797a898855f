/* Comparing values as DynamoDB does. */
#include <assert.h>

#include "base/str.h"
#include "expr/evaluate.h"
#include "expr/lookup.h"
#include "value/decimal.h"

static int compare_bytes(struct dm_str a, struct dm_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

int value_compare(const struct dm_value *a, const struct dm_value *b)
{
    assert(a->type == b->type && a->type <= DM_B);
    if (a->type == DM_N)
        return decimal_compare(a->as.text, b->as.text);
    return compare_bytes(a->as.text, b->as.text);
}

static bool list_equal(const struct dm_value *a, const struct dm_value *b)
{
    if (a->as.list.count != b->as.list.count)
        return false;
    for (size_t i = 0; i < a->as.list.count; i++)
        if (!value_equal(&a->as.list.at[i], &b->as.list.at[i]))
            return false;
    return true;
}

static bool map_equal(const struct dm_value *a, const struct dm_value *b)
{
    if (a->as.map.count != b->as.map.count)
        return false;
    DM_AUTO_DONE(lookup) names;
    lookup_init_map(&names, b);
    for (size_t i = 0; i < a->as.map.count; i++) {
        const struct value_member *member = lookup_member(&names, a->as.map.at[i].name);
        if (!member || !value_equal(&a->as.map.at[i].value, &member->value))
            return false;
    }
    return true;
}

static bool set_equal(const struct dm_value *a, const struct dm_value *b)
{
    if (a->as.set.count != b->as.set.count)
        return false;
    DM_AUTO_DONE(lookup) members;
    lookup_init_set(&members, b);
    for (size_t i = 0; i < a->as.set.count; i++)
        if (!lookup_has(&members, a->as.set.at[i]))
            return false;
    return true;
}

bool value_equal(const struct dm_value *a, const struct dm_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case DM_S:
    case DM_B:
        return str_equal(a->as.text, b->as.text);
    case DM_N:
        return decimal_compare(a->as.text, b->as.text) == 0;
    case DM_BOOL:
        return a->as.boolean == b->as.boolean;
    case DM_NULL:
        return true;
    case DM_L:
        return list_equal(a, b);
    case DM_M:
        return map_equal(a, b);
    case DM_SS:
    case DM_NS:
    case DM_BS:
        return set_equal(a, b);
    }
    return false;
}
