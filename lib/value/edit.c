/*
 * Editing values in place. An array that is edited has room for the next power of two of
 * elements, so that what grows by one and one is copied seldom, and nothing has to
 * remember how much room there is.
 */
#include "value/edit.h"

#include "base/error.h"
#include "base/str.h"

/* --- room --- */

static size_t room_for(size_t count)
{
    size_t room = 1;
    while (room < count)
        room *= 2;
    return room;
}

/* Or looks so, after elements were removed. */
static bool is_full(size_t count)
{
    return (count & (count - 1)) == 0;
}

/* The array, or a larger copy where it is full, with room for one more; or NULL. */
static void *with_room(void *at, size_t count, size_t size, struct arena *arena)
{
    if (!is_full(count))
        return at;
    void *grown = arena_alloc(arena, room_for(count + 1) * size);
    if (grown && count)
        memcpy(grown, at, count * size);
    return grown;
}

/* --- the copy --- */

static enum dm_code copy_list(const struct dm_value *list, struct arena *arena,
                              struct dm_value *ret_copy, struct dm_error *err)
{
    size_t count = list->as.list.count;
    struct dm_value *at = arena_alloc(arena, room_for(count) * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(edit_copy(&list->as.list.at[i], arena, &at[i], err));
    *ret_copy = (struct dm_value){.type = DM_L, .as.list = {at, count}};
    return DM_OK;
}

static enum dm_code copy_map(const struct dm_value *map, struct arena *arena,
                             struct dm_value *ret_copy, struct dm_error *err)
{
    size_t count = map->as.map.count;
    struct value_member *at = arena_alloc(arena, room_for(count) * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        at[i].name = arena_str(arena, map->as.map.at[i].name);
        if (!at[i].name.ptr)
            return error_nomem(err);
        DM_TRY(edit_copy(&map->as.map.at[i].value, arena, &at[i].value, err));
    }
    *ret_copy = (struct dm_value){.type = DM_M, .as.map = {at, count}};
    return DM_OK;
}

enum dm_code edit_copy(const struct dm_value *value, struct arena *arena,
                       struct dm_value *ret_copy, struct dm_error *err)
{
    if (value->type == DM_L)
        return copy_list(value, arena, ret_copy, err);
    if (value->type == DM_M)
        return copy_map(value, arena, ret_copy, err);
    return value_copy(value, arena, ret_copy, err);
}

/* --- maps --- */

static size_t find_member(const struct dm_value *map, struct dm_str name)
{
    size_t i = 0;
    while (i < map->as.map.count && !str_equal(map->as.map.at[i].name, name))
        i++;
    return i;
}

struct dm_value *edit_member(struct dm_value *map, struct dm_str name)
{
    if (map->type != DM_M)
        return NULL;
    size_t index = find_member(map, name);
    return index < map->as.map.count ? &map->as.map.at[index].value : NULL;
}

enum dm_code edit_set_member(struct dm_value *map, struct dm_str name,
                             const struct dm_value *value, struct arena *arena,
                             struct dm_error *err)
{
    size_t count = map->as.map.count, index = find_member(map, name);
    if (index < count) {
        map->as.map.at[index].value = *value;
        return DM_OK;
    }
    struct value_member *at = with_room(map->as.map.at, count, sizeof *at, arena);
    if (!at)
        return error_nomem(err);
    at[count] = (struct value_member){name, *value};
    map->as.map.at = at;
    map->as.map.count++;
    return DM_OK;
}

void edit_remove_member(struct dm_value *map, struct dm_str name)
{
    size_t count = map->as.map.count, index = find_member(map, name);
    if (index == count)
        return;
    struct value_member *at = &map->as.map.at[index];
    memmove(at, at + 1, (count - index - 1) * sizeof *at);
    map->as.map.count--;
}

/* --- lists --- */

enum dm_code edit_insert_element(struct dm_value *list, size_t index,
                                 const struct dm_value *value, struct arena *arena,
                                 struct dm_error *err)
{
    size_t count = list->as.list.count;
    struct dm_value *at = with_room(list->as.list.at, count, sizeof *at, arena);
    if (!at)
        return error_nomem(err);
    memmove(&at[index + 1], &at[index], (count - index) * sizeof *at);
    at[index] = *value;
    list->as.list.at = at;
    list->as.list.count++;
    return DM_OK;
}

void edit_remove_element(struct dm_value *list, size_t index)
{
    struct dm_value *at = &list->as.list.at[index];
    memmove(at, at + 1, (list->as.list.count - index - 1) * sizeof *at);
    list->as.list.count--;
}
