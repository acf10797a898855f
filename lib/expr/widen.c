/* Widening projections. */
#include "expr/widen.h"

#include "base/error.h"
#include "base/str.h"

static bool begins_with(const struct path *path, struct dm_str name)
{
    return str_equal(path->steps[0].name, name);
}

static bool asks_for(const struct projection *projection, struct dm_str name)
{
    for (size_t i = 0; i < projection->count; i++)
        if (begins_with(&projection->paths[i], name) && projection->paths[i].count == 1)
            return true;
    return false;
}

static enum dm_code make_path(struct dm_str name, struct arena *arena,
                              struct path *ret_path, struct dm_error *err)
{
    struct path_step *step = arena_new(arena, sizeof *step);
    if (!step)
        return error_nomem(err);
    step->name = name;
    *ret_path = (struct path){step, 1};
    return DM_OK;
}

enum dm_code projection_of_name(struct dm_str name, struct arena *arena,
                                struct projection *ret_projection, struct dm_error *err)
{
    struct path *path = arena_alloc(arena, sizeof *path);
    if (!path)
        return error_nomem(err);
    DM_TRY(make_path(name, arena, path, err));
    *ret_projection = (struct projection){path, 1};
    return DM_OK;
}

/* Paths into the attribute would overlap with it; it is a scalar, so that they lead
 * nowhere. */
static void drop_paths_into(struct projection *projection, struct dm_str name)
{
    size_t kept = 0;
    for (size_t i = 0; i < projection->count; i++)
        if (!begins_with(&projection->paths[i], name))
            projection->paths[kept++] = projection->paths[i];
    projection->count = kept;
}

static enum dm_code copy_paths(struct projection *projection, size_t more,
                               struct arena *arena, struct dm_error *err)
{
    struct path *paths = arena_alloc(arena, (projection->count + more) * sizeof *paths);
    if (!paths)
        return error_nomem(err);
    memcpy(paths, projection->paths, projection->count * sizeof *paths);
    projection->paths = paths;
    return DM_OK;
}

enum dm_code projection_widen(struct projection *projection, const struct dm_str *names,
                              size_t count, struct arena *arena, struct dm_str *ret_added,
                              size_t *ret_added_count, struct dm_error *err)
{
    struct projection wide = *projection;
    *ret_added_count = 0;
    if (!wide.count || !count)
        return DM_OK;
    DM_TRY(copy_paths(&wide, count, arena, err));
    for (size_t i = 0; i < count; i++) {
        if (asks_for(&wide, names[i]))
            continue;
        drop_paths_into(&wide, names[i]);
        DM_TRY(make_path(names[i], arena, &wide.paths[wide.count++], err));
        ret_added[(*ret_added_count)++] = names[i];
    }
    *projection = wide;
    return DM_OK;
}

static bool is_one_of(struct dm_str name, const struct dm_str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

enum dm_code projection_narrow(const struct dm_value *item, const struct dm_str *added,
                               size_t added_count, struct arena *arena,
                               struct dm_value *ret_item, struct dm_error *err)
{
    struct dm_value narrow = *item;
    if (added_count) {
        struct value_member *members =
            arena_alloc(arena, (item->as.map.count + 1) * sizeof *members);
        if (!members)
            return error_nomem(err);
        narrow.as.map.at = members;
        narrow.as.map.count = 0;
        for (size_t i = 0; i < item->as.map.count; i++)
            if (!is_one_of(item->as.map.at[i].name, added, added_count))
                members[narrow.as.map.count++] = item->as.map.at[i];
    }
    *ret_item = narrow;
    return DM_OK;
}
