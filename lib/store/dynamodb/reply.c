/* Reading replies. */
#include "store/dynamodb/reply.h"

#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"

/* An array that doubles in the arena; what it outgrows is freed with the arena. */
struct growing {
    char *at;
    size_t size, count, cap;
};

/* Room for one more. */
static char *grow(struct growing *array, struct arena *arena)
{
    if (array->count == array->cap) {
        size_t cap = array->cap ? array->cap * 2 : 1;
        char *at = arena_alloc(arena, cap * array->size);
        if (!at)
            return NULL;
        if (array->count)
            memcpy(at, array->at, array->count * array->size);
        array->at = at;
        array->cap = cap;
    }
    return array->at + array->count * array->size;
}

enum dm_code read_reply_array(struct reply *reply, size_t size,
                              read_reply_element_fn read, void *ret_array,
                              size_t *ret_count, struct dm_error *err)
{
    struct growing array = {.size = size};
    DM_TRY(reader_array_begin(&reply->reader, err));
    for (;; array.count++) {
        bool more;
        DM_TRY(reader_array_next(&reply->reader, &more, err));
        if (!more)
            break;
        void *element = grow(&array, reply->arena);
        if (!element)
            return error_nomem(err);
        DM_TRY(read(reply, element, err));
    }
    memcpy(ret_array, &array.at, sizeof array.at);
    *ret_count = array.count;
    return DM_OK;
}

enum dm_code read_reply_object(struct reply *reply, struct dm_str name,
                               read_reply_element_fn read, void *ret_element,
                               bool *ret_found, struct dm_error *err)
{
    bool found = false;
    DM_TRY(reader_object_begin(&reply->reader, err));
    for (;;) {
        struct dm_str member;
        bool more;
        DM_TRY(reader_object_next(&reply->reader, &member, &more, err));
        if (!more)
            break;
        if (!str_equal(member, name)) {
            DM_TRY(reader_skip(&reply->reader, err));
            continue;
        }
        DM_TRY(read(reply, ret_element, err));
        found = true;
    }
    if (ret_found)
        *ret_found = found;
    return DM_OK;
}

enum dm_code read_reply_item(struct reply *reply, void *ret_item, struct dm_error *err)
{
    return ddb_json_read_item(&reply->reader, reply->arena, ret_item, err);
}

static enum dm_code take_half(struct reply *reply, const struct dm_value *item,
                              const struct key_attribute *attribute,
                              struct dm_value *ret_value, struct dm_error *err)
{
    const struct dm_value *value = value_member(item, attribute->name);
    if (!value)
        return reader_fail(&reply->reader, err, "a key without its attribute");
    *ret_value = *value;
    return DM_OK;
}

enum dm_code read_reply_key(struct reply *reply, void *ret_key, struct dm_error *err)
{
    struct dm_value item;
    if (!reply->like)
        return reader_fail(&reply->reader, err, "a key that nobody asked for");
    struct key key = {.hash_attribute = reply->like->hash_attribute,
                      .range_attribute = reply->like->range_attribute};
    DM_TRY(read_reply_item(reply, &item, err));
    DM_TRY(take_half(reply, &item, &key.hash_attribute, &key.hash, err));
    if (key.range_attribute.name.len)
        DM_TRY(take_half(reply, &item, &key.range_attribute, &key.range, err));
    *(struct key *)ret_key = key;
    return DM_OK;
}

enum dm_code read_reply_new_item(struct reply *reply, const struct dm_value **ret_item,
                                 struct dm_error *err)
{
    if (reader_peek(&reply->reader) == READER_NULL)
        return reader_null(&reply->reader, err);
    struct dm_value *item = arena_new(reply->arena, sizeof *item);
    if (!item)
        return error_nomem(err);
    DM_TRY(read_reply_item(reply, item, err));
    *ret_item = item;
    return DM_OK;
}

enum dm_code read_reply_count(struct reply *reply, size_t *ret_count,
                              struct dm_error *err)
{
    struct dm_str text;
    DM_TRY(reader_number(&reply->reader, &text, err));
    if (!str_to_size(text, SIZE_MAX / 10, ret_count))
        return reader_fail(&reply->reader, err, "expected a count");
    return DM_OK;
}

/* "12.5", whatever the locale. */
static enum dm_code read_units(struct reply *reply, void *ret_units, struct dm_error *err)
{
    struct dm_str text, whole;
    size_t units, decimals = 0;
    double scale = 1;
    DM_TRY(reader_number(&reply->reader, &text, err));
    whole = str_split(&text, '.');
    for (size_t i = 0; i < text.len; i++)
        scale *= 10;
    if (!str_to_size(whole, INT32_MAX, &units) ||
        (text.ptr && !str_to_size(text, INT32_MAX, &decimals)))
        return reader_fail(&reply->reader, err, "expected capacity units");
    *(double *)ret_units = (double)units + (double)decimals / scale;
    return DM_OK;
}

struct capacity {
    struct dm_str table;
    double units;
};

static enum dm_code read_capacity_member(struct reply *reply, struct dm_str name,
                                         struct capacity *capacity, struct dm_error *err)
{
    if (str_equal(name, STR("CapacityUnits")))
        return read_units(reply, &capacity->units, err);
    if (str_equal(name, STR("TableName")))
        return reader_string(&reply->reader, &capacity->table, err);
    return reader_skip(&reply->reader, err);
}

static enum dm_code read_capacity(struct reply *reply, void *ret_capacity,
                                  struct dm_error *err)
{
    struct capacity capacity = {.units = 0};
    DM_TRY(reader_object_begin(&reply->reader, err));
    for (;;) {
        struct dm_str name;
        bool more;
        DM_TRY(reader_object_next(&reply->reader, &name, &more, err));
        if (!more)
            break;
        DM_TRY(read_capacity_member(reply, name, &capacity, err));
    }
    *(struct capacity *)ret_capacity = capacity;
    return DM_OK;
}

enum dm_code read_reply_capacity(struct reply *reply, struct dm_error *err)
{
    struct capacity one = {.units = 0}, *tables = &one;
    size_t count = 1;
    if (reader_peek(&reply->reader) == READER_ARRAY)
        DM_TRY(
            read_reply_array(reply, sizeof *tables, read_capacity, &tables, &count, err));
    else
        DM_TRY(read_capacity(reply, &one, err));
    for (size_t i = 0; i < count; i++) {
        reply->result->consumed_capacity += tables[i].units;
        if (reply->client && tables[i].table.len)
            DM_TRY(client_count_capacity(reply->client, tables[i].table, tables[i].units,
                                         err));
    }
    return DM_OK;
}
