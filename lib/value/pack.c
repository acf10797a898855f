/* Packing values. */
#include "value/pack.h"

/* --- how large --- */

void pack_measure_str(struct dm_str str, struct pack_size *size)
{
    size->texts += str.len;
}

static void measure_value(const struct dm_value *value, struct pack_size *size);

static void measure_members(const struct dm_value *map, struct pack_size *size)
{
    size->nodes += map->as.map.count * sizeof(struct value_member);
    for (size_t i = 0; i < map->as.map.count; i++) {
        pack_measure_str(map->as.map.at[i].name, size);
        measure_value(&map->as.map.at[i].value, size);
    }
}

static void measure_set(const struct dm_value *set, struct pack_size *size)
{
    size->nodes += set->as.set.count * sizeof(struct dm_str);
    for (size_t i = 0; i < set->as.set.count; i++)
        pack_measure_str(set->as.set.at[i], size);
}

/* What it points at. */
static void measure_value(const struct dm_value *value, struct pack_size *size)
{
    switch (value->type) {
    case DM_S:
    case DM_N:
    case DM_B:
        pack_measure_str(value->as.text, size);
        break;
    case DM_BOOL:
    case DM_NULL:
        break;
    case DM_L:
        pack_measure(value->as.list.at, value->as.list.count, size);
        break;
    case DM_M:
        measure_members(value, size);
        break;
    case DM_SS:
    case DM_NS:
    case DM_BS:
        measure_set(value, size);
        break;
    }
}

void pack_measure(const struct dm_value *values, size_t count, struct pack_size *size)
{
    if (!values)
        return;
    size->nodes += count * sizeof *values;
    for (size_t i = 0; i < count; i++)
        measure_value(&values[i], size);
}

/* --- copying --- */

struct dm_str pack_str(struct dm_str str, struct pack *pack)
{
    if (!str.ptr)
        return str;
    struct dm_str copy = {pack->texts, str.len};
    if (str.len)
        memcpy(pack->texts, str.ptr, str.len);
    pack->texts += str.len;
    return copy;
}

/* Sizes of nodes are multiples of their alignment, which is a pointer's for all. */
static void *take_nodes(struct pack *pack, size_t size)
{
    void *nodes = pack->nodes;
    pack->nodes += size;
    return nodes;
}

static void pack_value(const struct dm_value *value, struct dm_value *copy,
                       struct pack *pack);

static struct value_member *pack_members(const struct dm_value *map, struct pack *pack)
{
    size_t count = map->as.map.count;
    struct value_member *copies = take_nodes(pack, count * sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i].name = pack_str(map->as.map.at[i].name, pack);
        pack_value(&map->as.map.at[i].value, &copies[i].value, pack);
    }
    return copies;
}

static struct dm_str *pack_set(const struct dm_value *set, struct pack *pack)
{
    size_t count = set->as.set.count;
    struct dm_str *copies = take_nodes(pack, count * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = pack_str(set->as.set.at[i], pack);
    return copies;
}

static void pack_value(const struct dm_value *value, struct dm_value *copy,
                       struct pack *pack)
{
    *copy = *value;
    switch (value->type) {
    case DM_S:
    case DM_N:
    case DM_B:
        copy->as.text = pack_str(value->as.text, pack);
        break;
    case DM_BOOL:
    case DM_NULL:
        break;
    case DM_L:
        copy->as.list.at = pack_values(value->as.list.at, value->as.list.count, pack);
        break;
    case DM_M:
        copy->as.map.at = pack_members(value, pack);
        break;
    case DM_SS:
    case DM_NS:
    case DM_BS:
        copy->as.set.at = pack_set(value, pack);
        break;
    }
}

struct dm_value *pack_values(const struct dm_value *values, size_t count,
                             struct pack *pack)
{
    if (!values)
        return NULL;
    struct dm_value *copies = take_nodes(pack, count * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        pack_value(&values[i], &copies[i], pack);
    return copies;
}
