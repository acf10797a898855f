/* Making changes: every list and map that a path leads through is made anew, once. */
#include "expr/change.h"

#include <assert.h>

#include "base/str.h"
#include "expr/validation.h"

/* Changes whose paths are alike down to `depth` steps: those of one list or map. */
struct group {
    struct change *first;
    size_t count, depth;
};

static const struct path_step *step_of(const struct change *change, size_t depth)
{
    return &change->path->steps[depth];
}

/* Moves to a group of their own, one step down, those that take the same step; in their
 * old order. */
static struct group take_group(struct group *group, const struct path_step *step)
{
    struct group taken = {.depth = group->depth + 1};
    struct change **end = &taken.first;
    for (struct change **at = &group->first; *at;) {
        struct change *change = *at;
        if (!path_step_equal(step_of(change, group->depth), step)) {
            at = &change->next;
            continue;
        }
        *at = change->next;
        *end = change;
        end = &change->next;
        taken.count++;
    }
    *end = NULL;
    group->count -= taken.count;
    return taken;
}

/* Those of the lowest index. */
static struct group take_lowest(struct group *group, size_t *ret_index)
{
    const struct path_step *lowest = step_of(group->first, group->depth);
    for (struct change *change = group->first; change; change = change->next) {
        const struct path_step *step = step_of(change, group->depth);
        if (step->index < lowest->index)
            lowest = step;
    }
    *ret_index = lowest->index;
    return take_group(group, lowest);
}

static size_t depth_of(const struct dm_value *value)
{
    size_t deepest = 0;
    if (value->type != DM_L && value->type != DM_M)
        return 0;
    for (size_t i = 0; i < dm_value_count(value); i++) {
        size_t depth = depth_of(dm_value_at(value, i));
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static enum dm_code change_children(struct group group, const struct dm_value *old,
                                    struct arena *arena, struct dm_value *ret_value,
                                    struct dm_error *err);

/* The one change whose path ends here. *ret_kept is false when nothing is to stand. */
static enum dm_code change_here(const struct change *change, const struct dm_value *old,
                                struct dm_value *ret_value, bool *ret_kept,
                                struct dm_error *err)
{
    const struct dm_value *value = change->kind == CHANGE_PUT ? &change->value : old;
    *ret_kept = change->kind != CHANGE_REMOVE && value;
    if (!*ret_kept)
        return DM_OK;
    if (change->kind == CHANGE_PUT &&
        change->path->count + depth_of(value) > VALUE_MAX_DEPTH)
        return validation_error(err, "Nesting Levels have exceeded supported limits");
    *ret_value = *value;
    return DM_OK;
}

/* What stands where `old` (NULL: nothing) stood. */
static enum dm_code change_one(struct group group, const struct dm_value *old,
                               struct arena *arena, struct dm_value *ret_value,
                               bool *ret_kept, struct dm_error *err)
{
    assert(group.first);
    if (group.first->path->count == group.depth)
        return change_here(group.first, old, ret_value, ret_kept, err);
    *ret_kept = true;
    return change_children(group, old, arena, ret_value, err);
}

static size_t find_name(const struct value_member *at, size_t count, struct dm_str name)
{
    size_t i = 0;
    while (i < count && !str_equal(at[i].name, name))
        i++;
    return i;
}

/* Changes the member of that name, or adds it, or takes it away. */
static enum dm_code change_member(struct group group, struct dm_str name,
                                  struct dm_value *map, struct arena *arena,
                                  struct dm_error *err)
{
    struct value_member *at = map->as.map.at;
    size_t count = map->as.map.count, index = find_name(at, count, name);
    struct value_member made = {.name = name};
    bool kept = false, was = index < count;
    DM_TRY(
        change_one(group, was ? &at[index].value : NULL, arena, &made.value, &kept, err));
    if (kept)
        at[index] = made;
    if (was && !kept)
        memmove(&at[index], &at[index + 1], (count - index - 1) * sizeof *at);
    map->as.map.count += kept;
    map->as.map.count -= was;
    return DM_OK;
}

static enum dm_code change_map(struct group group, const struct dm_value *old,
                               struct arena *arena, struct dm_value *ret_map,
                               struct dm_error *err)
{
    struct dm_value map = *old;
    size_t count = old->as.map.count;
    map.as.map.at = arena_alloc(arena, (count + group.count) * sizeof *map.as.map.at);
    if (!map.as.map.at)
        return error_nomem(err);
    if (count)
        memcpy(map.as.map.at, old->as.map.at, count * sizeof *map.as.map.at);
    while (group.first) {
        const struct path_step *step = step_of(group.first, group.depth);
        struct group taken = take_group(&group, step);
        DM_TRY(change_member(taken, step->name, &map, arena, err));
    }
    *ret_map = map;
    return DM_OK;
}

/* Appends old elements from *from up to `to`. */
static void keep_elements(const struct dm_value *old, size_t *from, size_t to,
                          struct dm_value *list)
{
    for (; *from < to && *from < old->as.list.count; (*from)++)
        list->as.list.at[list->as.list.count++] = old->as.list.at[*from];
}

static enum dm_code change_elements(struct group group, const struct dm_value *old,
                                    struct arena *arena, struct dm_value *list,
                                    struct dm_error *err)
{
    size_t from = 0, index, count = old->as.list.count;
    while (group.first) {
        struct group taken = take_lowest(&group, &index);
        keep_elements(old, &from, index, list);
        bool kept = false, was = index < count;
        DM_TRY(change_one(taken, was ? &old->as.list.at[index] : NULL, arena,
                          &list->as.list.at[list->as.list.count], &kept, err));
        list->as.list.count += kept;
        from += was;
    }
    keep_elements(old, &from, count, list);
    return DM_OK;
}

static enum dm_code change_list(struct group group, const struct dm_value *old,
                                struct arena *arena, struct dm_value *ret_list,
                                struct dm_error *err)
{
    struct dm_value list = {.type = DM_L};
    list.as.list.at =
        arena_alloc(arena, (old->as.list.count + group.count) * sizeof *old);
    if (!list.as.list.at)
        return error_nomem(err);
    DM_TRY(change_elements(group, old, arena, &list, err));
    *ret_list = list;
    return DM_OK;
}

static enum dm_code change_children(struct group group, const struct dm_value *old,
                                    struct arena *arena, struct dm_value *ret_value,
                                    struct dm_error *err)
{
    assert(old && (old->type == DM_M || old->type == DM_L));
    if (old->type == DM_M)
        return change_map(group, old, arena, ret_value, err);
    return change_list(group, old, arena, ret_value, err);
}

enum dm_code change_apply(struct change *changes, const struct dm_value *item,
                          struct arena *arena, struct dm_value *ret_item,
                          struct dm_error *err)
{
    struct group group = {.first = changes};
    for (const struct change *change = changes; change; change = change->next)
        group.count++;
    if (group.count == 0) {
        *ret_item = *item;
        return DM_OK;
    }
    return change_map(group, item, arena, ret_item, err);
}
