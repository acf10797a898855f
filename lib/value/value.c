/* AttributeValue: looking into a tree, and copying one. */
#include "value/value.h"

#include "base/error.h"
#include "base/str.h"

static const struct dm_str names[] = {
    [DM_S] = {"S", 1},       [DM_N] = {"N", 1},       [DM_B] = {"B", 1},
    [DM_BOOL] = {"BOOL", 4}, [DM_NULL] = {"NULL", 4}, [DM_L] = {"L", 1},
    [DM_M] = {"M", 1},       [DM_SS] = {"SS", 2},     [DM_NS] = {"NS", 2},
    [DM_BS] = {"BS", 2},
};

const char *type_name(enum dm_type type)
{
    return names[type].ptr;
}

bool type_from_name(struct dm_str name, enum dm_type *ret_type)
{
    for (size_t i = 0; name.len && i < DM_COUNT(names); i++) {
        if (*name.ptr == *names[i].ptr && str_equal(name, names[i])) {
            *ret_type = (enum dm_type)i;
            return true;
        }
    }
    return false;
}

static bool is(const struct dm_value *value, enum dm_type type)
{
    return value && value->type == type;
}

static bool is_text(const struct dm_value *value)
{
    return is(value, DM_S) || is(value, DM_N) || is(value, DM_B);
}

static bool is_set(const struct dm_value *value)
{
    return is(value, DM_SS) || is(value, DM_NS) || is(value, DM_BS);
}

enum dm_type dm_value_type(const struct dm_value *value)
{
    return value->type;
}

struct dm_str dm_value_text(const struct dm_value *value)
{
    return is_text(value) ? value->as.text : (struct dm_str){NULL, 0};
}

bool dm_value_bool(const struct dm_value *value)
{
    return is(value, DM_BOOL) && value->as.boolean;
}

size_t dm_value_count(const struct dm_value *value)
{
    if (is(value, DM_L))
        return value->as.list.count;
    if (is(value, DM_M))
        return value->as.map.count;
    return is_set(value) ? value->as.set.count : 0;
}

const struct dm_value *dm_value_at(const struct dm_value *value, size_t index)
{
    if (index >= dm_value_count(value))
        return NULL;
    if (is(value, DM_L))
        return &value->as.list.at[index];
    return is(value, DM_M) ? &value->as.map.at[index].value : NULL;
}

struct dm_str dm_value_name_at(const struct dm_value *value, size_t index)
{
    if (!is(value, DM_M) || index >= value->as.map.count)
        return (struct dm_str){NULL, 0};
    return value->as.map.at[index].name;
}

struct dm_str dm_value_text_at(const struct dm_value *value, size_t index)
{
    if (!is_set(value) || index >= value->as.set.count)
        return (struct dm_str){NULL, 0};
    return value->as.set.at[index];
}

const struct dm_value *value_member(const struct dm_value *map, struct dm_str name)
{
    if (!is(map, DM_M))
        return NULL;
    for (size_t i = 0; i < map->as.map.count; i++)
        if (str_equal(map->as.map.at[i].name, name))
            return &map->as.map.at[i].value;
    return NULL;
}

const struct dm_value *dm_value_member(const struct dm_value *value, const char *name)
{
    return value_member(value, dm_str(name));
}

static bool copy_text(struct dm_str text, struct arena *arena, struct dm_str *ret_copy)
{
    *ret_copy = arena_str(arena, text);
    return ret_copy->ptr;
}

static bool copy(const struct dm_value *value, struct arena *arena,
                 struct dm_value *ret_copy);

static bool copy_list(const struct dm_value *value, struct arena *arena,
                      struct dm_value *ret_copy)
{
    size_t count = value->as.list.count;
    struct dm_value *at = arena_alloc(arena, (count + !count) * sizeof *at);
    if (!at)
        return false;
    ret_copy->as.list.at = at;
    for (size_t i = 0; i < count; i++)
        if (!copy(&value->as.list.at[i], arena, &at[i]))
            return false;
    return true;
}

static bool copy_map(const struct dm_value *value, struct arena *arena,
                     struct dm_value *ret_copy)
{
    size_t count = value->as.map.count;
    struct value_member *at = arena_alloc(arena, (count + !count) * sizeof *at);
    if (!at)
        return false;
    ret_copy->as.map.at = at;
    for (size_t i = 0; i < count; i++) {
        const struct value_member *from = &value->as.map.at[i];
        if (!copy_text(from->name, arena, &at[i].name) ||
            !copy(&from->value, arena, &at[i].value))
            return false;
    }
    return true;
}

static bool copy_set(const struct dm_value *value, struct arena *arena,
                     struct dm_value *ret_copy)
{
    size_t count = value->as.set.count;
    struct dm_str *at = arena_alloc(arena, (count + !count) * sizeof *at);
    if (!at)
        return false;
    ret_copy->as.set.at = at;
    for (size_t i = 0; i < count; i++)
        if (!copy_text(value->as.set.at[i], arena, &at[i]))
            return false;
    return true;
}

static bool copy(const struct dm_value *value, struct arena *arena,
                 struct dm_value *ret_copy)
{
    *ret_copy = *value;
    if (is_text(value))
        return copy_text(value->as.text, arena, &ret_copy->as.text);
    if (is(value, DM_L))
        return copy_list(value, arena, ret_copy);
    if (is(value, DM_M))
        return copy_map(value, arena, ret_copy);
    return !is_set(value) || copy_set(value, arena, ret_copy);
}

enum dm_code value_copy(const struct dm_value *value, struct arena *arena,
                        struct dm_value *ret_copy, struct dm_error *err)
{
    struct dm_value made;
    if (!copy(value, arena, &made))
        return error_nomem(err);
    *ret_copy = made;
    return DM_OK;
}
