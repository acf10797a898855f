/* Item sizes. */
#include "value/size.h"

#include "value/decimal.h"

/* A list or map, and each of its elements. */
enum { CONTAINER_OVERHEAD = 3, ELEMENT_OVERHEAD = 1 };

/*
 * A byte for every two digits, one for the exponent and one for a minus. Two digits are
 * two of base 100, so that 1.5 has two such pairs (01.50): AWS says "approximately", and
 * DynamoDB Local counts so.
 */
static size_t number_size(struct dm_str text)
{
    struct decimal_shape number = decimal_shape(text);
    if (number.digits == 0)
        return 1;
    bool odd = number.magnitude % 2 != 0;
    size_t pairs = (number.digits + !odd + 1) / 2;
    return pairs + 1 + number.negative;
}

static size_t value_size(const struct dm_value *value);

static size_t set_size(const struct dm_value *set)
{
    size_t size = 0;
    for (size_t i = 0; i < set->as.set.count; i++) {
        struct dm_str member = set->as.set.at[i];
        size += set->type == DM_NS ? number_size(member) : member.len;
    }
    return size;
}

static size_t list_size(const struct dm_value *list)
{
    size_t size = CONTAINER_OVERHEAD + list->as.list.count * ELEMENT_OVERHEAD;
    for (size_t i = 0; i < list->as.list.count; i++)
        size += value_size(&list->as.list.at[i]);
    return size;
}

static size_t members_size(const struct dm_value *map)
{
    size_t size = 0;
    for (size_t i = 0; i < map->as.map.count; i++)
        size += map->as.map.at[i].name.len + value_size(&map->as.map.at[i].value);
    return size;
}

static size_t value_size(const struct dm_value *value)
{
    switch (value->type) {
    case DM_S:
    case DM_B:
        return value->as.text.len;
    case DM_N:
        return number_size(value->as.text);
    case DM_BOOL:
    case DM_NULL:
        return 1;
    case DM_L:
        return list_size(value);
    case DM_M:
        return CONTAINER_OVERHEAD + value->as.map.count * ELEMENT_OVERHEAD +
               members_size(value);
    case DM_SS:
    case DM_NS:
    case DM_BS:
        return set_size(value);
    }
    return 0;
}

size_t value_item_size(const struct dm_value *item)
{
    return members_size(item);
}
