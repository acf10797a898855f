/* Lookups: sorted when there are many. */
#include "expr/lookup.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "value/decimal.h"

/* Up to here comparing with all is quicker than sorting. */
enum { FEW = 16 };

static int compare_bytes(const struct dm_str *a, const struct dm_str *b)
{
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return a->len ? memcmp(a->ptr, b->ptr, a->len) : 0;
}

static int order_of_bytes(const void *a, const void *b)
{
    const struct dm_str *const *left = a, *const *right = b;
    return compare_bytes(*left, *right);
}

static int order_of_numbers(const void *a, const void *b)
{
    const struct dm_str *const *left = a, *const *right = b;
    return decimal_compare(**left, **right);
}

static const struct dm_str *text_at(const struct lookup *lookup, size_t index)
{
    return (const void *)(lookup->first + index * lookup->stride);
}

static int (*order_of(const struct lookup *lookup))(const void *, const void *)
{
    return lookup->numbers ? order_of_numbers : order_of_bytes;
}

static void sort(struct lookup *lookup)
{
    if (lookup->count <= FEW)
        return;
    lookup->sorted = mem_new(lookup->count * sizeof(struct dm_str *));
    if (!lookup->sorted)
        return;
    for (size_t i = 0; i < lookup->count; i++)
        lookup->sorted[i] = text_at(lookup, i);
    qsort(lookup->sorted, lookup->count, sizeof *lookup->sorted, order_of(lookup));
}

void lookup_init_set(struct lookup *lookup, const struct dm_value *set)
{
    *lookup = (struct lookup){.first = (const char *)set->as.set.at,
                              .stride = sizeof(struct dm_str),
                              .count = set->as.set.count,
                              .numbers = set->type == DM_NS};
    sort(lookup);
}

void lookup_init_map(struct lookup *lookup, const struct dm_value *map)
{
    const struct value_member *at = map->as.map.at;
    size_t count = map->as.map.count;
    *lookup = (struct lookup){.first = count ? (const char *)&at->name : NULL,
                              .stride = sizeof *at,
                              .count = count};
    sort(lookup);
}

void lookup_done(struct lookup *lookup)
{
    mem_free(lookup->sorted);
}

static bool equal(const struct lookup *lookup, struct dm_str a, struct dm_str b)
{
    return lookup->numbers ? decimal_compare(a, b) == 0 : str_equal(a, b);
}

static const struct dm_str *find(const struct lookup *lookup, struct dm_str text)
{
    const struct dm_str *wanted = &text;
    if (lookup->sorted) {
        const struct dm_str **found = bsearch(&wanted, lookup->sorted, lookup->count,
                                              sizeof wanted, order_of(lookup));
        return found ? *found : NULL;
    }
    for (size_t i = 0; i < lookup->count; i++)
        if (equal(lookup, *text_at(lookup, i), text))
            return text_at(lookup, i);
    return NULL;
}

bool lookup_has(const struct lookup *lookup, struct dm_str text)
{
    return find(lookup, text) != NULL;
}

const struct value_member *lookup_member(const struct lookup *lookup, struct dm_str name)
{
    const struct dm_str *found = find(lookup, name);
    if (!found)
        return NULL;
    return (const void *)((const char *)found - offsetof(struct value_member, name));
}
