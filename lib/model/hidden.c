/* Looking at items before they are shown. */
#include "model/hidden.h"

#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "expr/widen.h"

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

/* What nobody is shown is not read, where there is something else to read. */
static enum dm_code drop_secrets(const struct attributes *attributes,
                                 struct projection *projection, struct arena *arena,
                                 struct dm_error *err)
{
    struct path *paths = arena_alloc(arena, projection->count * sizeof *paths);
    size_t count = 0;
    if (!paths)
        return error_nomem(err);
    for (size_t i = 0; i < projection->count; i++)
        if (!attributes_hides(attributes, projection->paths[i].steps[0].name))
            paths[count++] = projection->paths[i];
    if (count)
        *projection = (struct projection){paths, count};
    return DM_OK;
}

enum dm_code hidden_widen(struct hidden *hidden, const struct attributes *attributes,
                          struct projection *projection, struct arena *arena,
                          struct dm_error *err)
{
    struct dm_str names[HIDDEN_NAMES_MAX];
    struct projection wide = *projection;
    if (wide.count && attributes && attributes->hidden_count)
        DM_TRY(drop_secrets(attributes, &wide, arena, err));
    DM_TRY(projection_widen(&wide, names, names_of(hidden, names), arena, hidden->added,
                            &hidden->added_count, err));
    *projection = wide;
    return DM_OK;
}

/* One after the other: some may be there twice. */
enum dm_code hidden_project(const struct hidden *hidden, struct arena *arena,
                            struct projection *ret_projection, struct dm_error *err)
{
    struct dm_str names[HIDDEN_NAMES_MAX], added[HIDDEN_NAMES_MAX];
    size_t count = names_of(hidden, names), added_count;
    struct projection projection = {NULL, 0};
    if (count)
        DM_TRY(projection_of_name(names[0], arena, &projection, err));
    DM_TRY(projection_widen(&projection, names, count, arena, added, &added_count, err));
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

enum dm_code hidden_strip(const struct hidden *hidden,
                          const struct attributes *attributes,
                          const struct dm_value *item, struct arena *arena,
                          struct dm_value *ret_item, struct dm_error *err)
{
    struct dm_value shown = *item;
    if (attributes && attributes->hidden_count)
        DM_TRY(projection_narrow(item, attributes->hidden, attributes->hidden_count,
                                 arena, &shown, err));
    if (!hidden) {
        *ret_item = shown;
        return DM_OK;
    }
    return projection_narrow(&shown, hidden->added, hidden->added_count, arena, ret_item,
                             err);
}
