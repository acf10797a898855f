/* Finding twins. */
#include "value/twin.h"

#include <stdlib.h>

#include "base/str.h"

/* Up to here comparing all with all is quicker than sorting. */
enum { FEW = 16 };

static int compare(const void *left, const void *right)
{
    const struct dm_str *a = left, *b = right;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return a->len ? memcmp(a->ptr, b->ptr, a->len) : 0;
}

static const struct dm_str *find_of_few(const struct dm_str *texts, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (str_equal(texts[i], texts[j]))
                return &texts[i];
    return NULL;
}

const struct dm_str *twin_find(struct dm_str *texts, size_t count)
{
    if (count <= FEW)
        return find_of_few(texts, count);
    qsort(texts, count, sizeof *texts, compare);
    for (size_t i = 1; i < count; i++)
        if (str_equal(texts[i], texts[i - 1]))
            return &texts[i];
    return NULL;
}
