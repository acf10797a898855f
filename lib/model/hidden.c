/* Looking at items before they are shown. */
#include "model/hidden.h"

#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"

void hidden_expired(struct hidden *hidden, const struct model_config *model,
                    int64_t now_s)
{
    if (!model->hide_expired || !model->attributes || !model->attributes->ttl)
        return;
    hidden->expiring = model->attributes;
    hidden->now_s = now_s;
}

bool hidden_looks(const struct hidden *hidden)
{
    return hidden->expiring || hidden->key_count || hidden->range_name.len;
}

/* The names of the attributes that are looked at. */
static size_t names_of(const struct hidden *hidden, struct dm_str names[HIDDEN_NAMES_MAX])
{
    size_t count = 0;
    if (hidden->expiring)
        names[count++] = hidden->expiring->ttl->name;
    for (size_t i = 0; i < hidden->key_count; i++)
        names[count++] = hidden->keys[i]->name;
    if (hidden->range_name.len)
        names[count++] = hidden->range_name;
    return count;
}

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

static enum dm_code add_path(struct projection *projection, struct dm_str name,
                             struct arena *arena, struct dm_error *err)
{
    struct path_step *step = arena_new(arena, sizeof *step);
    if (!step)
        return error_nomem(err);
    step->name = name;
    projection->paths[projection->count++] = (struct path){step, 1};
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

static enum dm_code copy_paths(const struct projection *projection, struct arena *arena,
                               struct projection *ret_copy, struct dm_error *err)
{
    size_t room = (projection->count + HIDDEN_NAMES_MAX) * sizeof(struct path);
    struct projection copy = {arena_alloc(arena, room), projection->count};
    if (!copy.paths)
        return error_nomem(err);
    if (copy.count)
        memcpy(copy.paths, projection->paths, copy.count * sizeof(struct path));
    *ret_copy = copy;
    return DM_OK;
}

enum dm_code hidden_widen(struct hidden *hidden, struct projection *projection,
                          struct arena *arena, struct dm_error *err)
{
    struct dm_str names[HIDDEN_NAMES_MAX];
    size_t count = names_of(hidden, names);
    hidden->added_count = 0;
    if (!projection->count || !count)
        return DM_OK;
    DM_TRY(copy_paths(projection, arena, projection, err));
    for (size_t i = 0; i < count; i++) {
        if (asks_for(projection, names[i]))
            continue;
        drop_paths_into(projection, names[i]);
        DM_TRY(add_path(projection, names[i], arena, err));
        hidden->added[hidden->added_count++] = names[i];
    }
    return DM_OK;
}

enum dm_code hidden_project(const struct hidden *hidden, struct arena *arena,
                            struct projection *ret_projection, struct dm_error *err)
{
    struct dm_str names[HIDDEN_NAMES_MAX];
    struct projection projection = {NULL, 0};
    size_t count = names_of(hidden, names);
    DM_TRY(copy_paths(&projection, arena, &projection, err));
    for (size_t i = 0; i < count; i++)
        if (!asks_for(&projection, names[i]))
            DM_TRY(add_path(&projection, names[i], arena, err));
    *ret_projection = projection;
    return DM_OK;
}

static bool is_excepted(const struct hidden *hidden, const struct dm_value *item)
{
    if (!hidden->range_name.len)
        return false;
    const struct dm_value *range = value_member(item, hidden->range_name);
    return range && value_equal(range, &hidden->except);
}

bool hidden_is(const struct hidden *hidden, const struct dm_value *item)
{
    if (hidden->expiring && attributes_expired(hidden->expiring, item, hidden->now_s))
        return true;
    for (size_t i = 0; i < hidden->key_count; i++) {
        const struct dm_value *key = value_member(item, hidden->keys[i]->name);
        if (!key || !attribute_fits(hidden->keys[i], key))
            return true;
    }
    return is_excepted(hidden, item);
}

static bool is_added(const struct hidden *hidden, struct dm_str name)
{
    for (size_t i = 0; i < hidden->added_count; i++)
        if (str_equal(hidden->added[i], name))
            return true;
    return false;
}

enum dm_code hidden_strip(const struct hidden *hidden, const struct dm_value *item,
                          struct arena *arena, struct dm_value *ret_item,
                          struct dm_error *err)
{
    struct dm_value stripped = *item;
    if (hidden->added_count) {
        struct value_member *members =
            arena_alloc(arena, (item->as.map.count + 1) * sizeof *members);
        if (!members)
            return error_nomem(err);
        stripped.as.map.at = members;
        stripped.as.map.count = 0;
        for (size_t i = 0; i < item->as.map.count; i++)
            if (!is_added(hidden, item->as.map.at[i].name))
                members[stripped.as.map.count++] = item->as.map.at[i];
    }
    *ret_item = stripped;
    return DM_OK;
}
