/* What a projection leaves of an item. */
#include "base/error.h"
#include "expr/evaluate.h"

/* Where in the item: inside what `path` leads to with its first `depth` steps. */
struct place {
    const struct projection *projection;
    const struct path *path;
    size_t depth;
    struct arena *arena;
};

static bool leads_here(const struct path *path, const struct place *place)
{
    if (path->count <= place->depth)
        return false;
    for (size_t i = place->depth; i-- > 0;)
        if (!path_step_equal(&path->steps[i], &place->path->steps[i]))
            return false;
    return true;
}

/* The first path that takes this step from here, or NULL. */
static const struct path *find_path(const struct place *place, struct path_step step)
{
    for (size_t i = 0; i < place->projection->count; i++) {
        const struct path *path = &place->projection->paths[i];
        if (leads_here(path, place) && path_step_equal(&path->steps[place->depth], &step))
            return path;
    }
    return NULL;
}

static enum dm_code project(const struct place *place, const struct dm_value *value,
                            struct dm_value *ret_value, bool *ret_any,
                            struct dm_error *err);

/* What is left of one child; *ret_any is false when that is nothing. */
static enum dm_code project_child(const struct place *place, struct path_step step,
                                  const struct dm_value *child,
                                  struct dm_value *ret_value, bool *ret_any,
                                  struct dm_error *err)
{
    struct place inside = *place;
    inside.path = find_path(place, step);
    inside.depth++;
    *ret_any = inside.path != NULL;
    if (!inside.path)
        return DM_OK;
    if (inside.path->count > inside.depth)
        return project(&inside, child, ret_value, ret_any, err);
    *ret_value = *child;
    return DM_OK;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum dm_code project_map(const struct place *place, const struct dm_value *map,
                                struct dm_value *left, struct dm_error *err)
{
    size_t room = smaller(map->as.map.count, place->projection->count);
    left->as.map.at = arena_alloc(place->arena, (room + !room) * sizeof *left->as.map.at);
    if (!left->as.map.at)
        return error_nomem(err);
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct value_member *member = &map->as.map.at[i];
        struct value_member made = {.name = member->name};
        bool any;
        DM_TRY(project_child(place, (struct path_step){.name = member->name},
                             &member->value, &made.value, &any, err));
        if (any)
            left->as.map.at[left->as.map.count++] = made;
    }
    return DM_OK;
}

static enum dm_code project_list(const struct place *place, const struct dm_value *list,
                                 struct dm_value *left, struct dm_error *err)
{
    size_t room = smaller(list->as.list.count, place->projection->count);
    left->as.list.at =
        arena_alloc(place->arena, (room + !room) * sizeof *left->as.list.at);
    if (!left->as.list.at)
        return error_nomem(err);
    for (size_t i = 0; i < list->as.list.count; i++) {
        struct dm_value made;
        bool any;
        DM_TRY(project_child(place, (struct path_step){.index = i}, &list->as.list.at[i],
                             &made, &any, err));
        if (any)
            left->as.list.at[left->as.list.count++] = made;
    }
    return DM_OK;
}

static enum dm_code project(const struct place *place, const struct dm_value *value,
                            struct dm_value *ret_value, bool *ret_any,
                            struct dm_error *err)
{
    struct dm_value left = {.type = value->type};
    if (value->type == DM_M)
        DM_TRY(project_map(place, value, &left, err));
    if (value->type == DM_L)
        DM_TRY(project_list(place, value, &left, err));
    *ret_any = dm_value_count(&left) > 0;
    *ret_value = left;
    return DM_OK;
}

enum dm_code projection_apply(const struct projection *projection,
                              const struct dm_value *item, struct arena *arena,
                              struct dm_value *ret_item, struct dm_error *err)
{
    if (projection->count == 0) {
        *ret_item = *item;
        return DM_OK;
    }
    struct place top = {.projection = projection, .arena = arena};
    bool any;
    return project(&top, item, ret_item, &any, err);
}
