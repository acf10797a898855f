/* Keys of answers: requests, written as bytes that no other request makes. */
#include "store/cache/cache_key.h"

#include "base/error.h"
#include "base/str.h"

/* Counts, and writes where there is room: each key is written twice. */
struct writer {
    char *at; /* NULL: it only counts */
    size_t len;
    size_t group_len;
};

typedef void (*write_fn)(const void *request, struct writer *writer);

static void put(struct writer *writer, const void *bytes, size_t len)
{
    if (writer->at && len)
        memcpy(writer->at + writer->len, bytes, len);
    writer->len += len;
}

static void put_byte(struct writer *writer, unsigned byte)
{
    char c = (char)byte;
    put(writer, &c, 1);
}

static void put_count(struct writer *writer, size_t count)
{
    put(writer, &count, sizeof count);
}

static void put_text(struct writer *writer, struct dm_str text)
{
    put_count(writer, text.len);
    put(writer, text.ptr, text.len);
}

/* --- values --- */

static void put_value(struct writer *writer, const struct dm_value *value);

static void put_members(struct writer *writer, const struct dm_value *map)
{
    put_count(writer, map->as.map.count);
    for (size_t i = 0; i < map->as.map.count; i++) {
        put_text(writer, map->as.map.at[i].name);
        put_value(writer, &map->as.map.at[i].value);
    }
}

static void put_set(struct writer *writer, const struct dm_value *set)
{
    put_count(writer, set->as.set.count);
    for (size_t i = 0; i < set->as.set.count; i++)
        put_text(writer, set->as.set.at[i]);
}

static void put_list(struct writer *writer, const struct dm_value *list)
{
    put_count(writer, list->as.list.count);
    for (size_t i = 0; i < list->as.list.count; i++)
        put_value(writer, &list->as.list.at[i]);
}

static void put_value(struct writer *writer, const struct dm_value *value)
{
    put_byte(writer, value->type);
    switch (value->type) {
    case DM_S:
    case DM_N:
    case DM_B:
        put_text(writer, value->as.text);
        break;
    case DM_BOOL:
        put_byte(writer, value->as.boolean);
        break;
    case DM_NULL:
        break;
    case DM_L:
        put_list(writer, value);
        break;
    case DM_M:
        put_members(writer, value);
        break;
    case DM_SS:
    case DM_NS:
    case DM_BS:
        put_set(writer, value);
        break;
    }
}

/* --- expressions --- */

static void put_path(struct writer *writer, const struct path *path)
{
    put_count(writer, path->count);
    for (size_t i = 0; i < path->count; i++) {
        put_byte(writer, path->steps[i].name.ptr ? 'n' : 'i');
        if (path->steps[i].name.ptr)
            put_text(writer, path->steps[i].name);
        else
            put_count(writer, path->steps[i].index);
    }
}

static void put_projection(struct writer *writer, const struct projection *projection)
{
    size_t count = projection ? projection->count : 0;
    put_count(writer, count);
    for (size_t i = 0; i < count; i++)
        put_path(writer, &projection->paths[i]);
}

/* Conditions have none but these three kinds of operands. */
static void put_operand(struct writer *writer, const struct operand *operand)
{
    put_byte(writer, operand->kind);
    if (operand->kind == OPERAND_VALUE)
        put_value(writer, &operand->value);
    else
        put_path(writer, &operand->path);
}

static void put_condition(struct writer *writer, const struct condition *condition)
{
    put_byte(writer, condition->kind);
    put_byte(writer, condition->type);
    put_count(writer, condition->child_count);
    for (size_t i = 0; i < condition->child_count; i++)
        put_condition(writer, &condition->children[i]);
    put_count(writer, condition->operand_count);
    for (size_t i = 0; i < condition->operand_count; i++)
        put_operand(writer, &condition->operands[i]);
}

static void put_range(struct writer *writer, const struct key_condition *keys)
{
    put_byte(writer, keys->range);
    if (keys->range == RANGE_ALL)
        return;
    put_text(writer, keys->range_name);
    put_value(writer, &keys->low);
    if (keys->range == RANGE_BETWEEN)
        put_value(writer, &keys->high);
}

/* --- requests --- */

static void put_item_group(struct writer *writer, const struct key *key)
{
    put_byte(writer, 'I');
    put_value(writer, &key->hash);
    if (key->range_attribute.name.len)
        put_value(writer, &key->range);
}

static void put_partition(struct writer *writer, const struct dm_value *hash)
{
    put_byte(writer, 'P');
    put_value(writer, hash);
}

static void write_item_group(const void *key, struct writer *writer)
{
    put_item_group(writer, key);
    writer->group_len = writer->len;
}

static void write_partition(const void *key, struct writer *writer)
{
    put_partition(writer, &((const struct key *)key)->hash);
    writer->group_len = writer->len;
}

static void write_get(const void *of, struct writer *writer)
{
    const struct store_get *request = of;
    write_item_group(request->key, writer);
    if (request->projection && request->projection->count)
        put_projection(writer, request->projection);
}

static void put_page(struct writer *writer, const struct store_query *request)
{
    put_range(writer, request->keys);
    put_byte(writer, request->descending);
    put_byte(writer, request->count_only);
    put_count(writer, request->limit);
    put_projection(writer, request->projection);
    put_byte(writer, request->filter != NULL);
    if (request->filter)
        put_condition(writer, request->filter);
    put_byte(writer, request->after != NULL);
    if (request->after)
        put_value(writer, request->after);
}

static void write_query(const void *of, struct writer *writer)
{
    const struct store_query *request = of;
    put_partition(writer, &request->keys->hash);
    writer->group_len = writer->len;
    put_page(writer, request);
}

static void write_index_query(const void *of, struct writer *writer)
{
    const struct store_query *request = of;
    put_byte(writer, 'X');
    put_text(writer, request->index);
    put_text(writer, request->keys->hash_name);
    put_value(writer, &request->keys->hash);
    put_page(writer, request);
    writer->group_len = writer->len;
}

/* --- keys --- */

static struct cache_key key_of(const struct siphash_key *seed, struct dm_str bytes,
                               size_t group_len)
{
    struct cache_key key = {.bytes = bytes, .group_len = group_len};
    key.hash = siphash(seed, cache_key_group(&key));
    key.full = group_len == bytes.len ? key.hash : siphash(seed, bytes);
    return key;
}

static enum dm_code make(const struct siphash_key *seed, write_fn write,
                         const void *request, struct arena *arena,
                         struct cache_key *ret_key, struct dm_error *err)
{
    struct writer counter = {.at = NULL};
    write(request, &counter);
    struct writer writer = {.at = arena_alloc(arena, counter.len)};
    if (!writer.at)
        return error_nomem(err);
    write(request, &writer);
    *ret_key = key_of(seed, (struct dm_str){writer.at, writer.len}, writer.group_len);
    return DM_OK;
}

enum dm_code cache_key_of_get(const struct siphash_key *seed,
                              const struct store_get *request, struct arena *arena,
                              struct cache_key *ret_key, struct dm_error *err)
{
    return make(seed, write_get, request, arena, ret_key, err);
}

enum dm_code cache_key_of_query(const struct siphash_key *seed,
                                const struct store_query *request, struct arena *arena,
                                struct cache_key *ret_key, struct dm_error *err)
{
    return make(seed, request->index.len ? write_index_query : write_query, request,
                arena, ret_key, err);
}

enum dm_code cache_groups_of(const struct siphash_key *seed, const struct key *key,
                             struct arena *arena, struct cache_groups *ret_groups,
                             struct dm_error *err)
{
    struct cache_groups groups;
    DM_TRY(make(seed, write_item_group, key, arena, &groups.item, err));
    DM_TRY(make(seed, write_partition, key, arena, &groups.partition, err));
    *ret_groups = groups;
    return DM_OK;
}

enum dm_code cache_key_copy(const struct cache_key *key, struct arena *arena,
                            struct cache_key *ret_copy, struct dm_error *err)
{
    struct cache_key copy = *key;
    copy.bytes = arena_str(arena, key->bytes);
    if (!copy.bytes.ptr)
        return error_nomem(err);
    *ret_copy = copy;
    return DM_OK;
}

bool cache_key_equal(const struct cache_key *a, const struct cache_key *b)
{
    return a->full == b->full && str_equal(a->bytes, b->bytes);
}

bool cache_key_in_group(const struct cache_key *key, const struct cache_key *group)
{
    return key->hash == group->hash &&
           str_equal(cache_key_group(key), cache_key_group(group));
}
