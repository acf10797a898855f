/* JSON Merge Patch (RFC 7396). */
#include "base/error.h"
#include "codec/plain_item.h"
#include "expr/lookup.h"
#include "model/patch_internal.h"

/* What is merged, at whatever depth. */
struct merging {
    const struct attributes *attributes;
    struct arena *arena;
};

typedef enum dm_code (*merge_member_fn)(const struct merging *merging,
                                        const struct dm_value *old,
                                        const struct value_member *change,
                                        struct dm_value *ret_value, struct dm_error *err);

/* RFC 7396's MergePatch where both are objects; merge_member makes what stands in the
 * place of `old` (NULL: nothing). */
static enum dm_code merge_map(const struct merging *merging, const struct dm_value *old,
                              const struct dm_value *merge, merge_member_fn merge_member,
                              struct dm_value *ret_map, struct dm_error *err)
{
    DM_AUTO_DONE(lookup) changes, was;
    lookup_init_map(&changes, merge);
    lookup_init_map(&was, old);
    size_t most = old->as.map.count + merge->as.map.count, count = 0;
    struct value_member *at = arena_alloc(merging->arena, (most + 1) * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < old->as.map.count; i++) {
        const struct value_member *member = &old->as.map.at[i];
        const struct value_member *change = lookup_member(&changes, member->name);
        if (change && change->value.type == DM_NULL)
            continue;
        at[count] = *member;
        if (change)
            DM_TRY(merge_member(merging, &member->value, change, &at[count].value, err));
        count++;
    }
    for (size_t i = 0; i < merge->as.map.count; i++) {
        const struct value_member *change = &merge->as.map.at[i];
        if (change->value.type == DM_NULL || lookup_has(&was, change->name))
            continue;
        at[count].name = change->name;
        DM_TRY(merge_member(merging, NULL, change, &at[count++].value, err));
    }
    *ret_map = (struct dm_value){.type = DM_M, .as.map = {at, count}};
    return DM_OK;
}

static enum dm_code merge_inner(const struct merging *merging, const struct dm_value *old,
                                const struct value_member *change,
                                struct dm_value *ret_value, struct dm_error *err)
{
    static const struct dm_value nothing = {.type = DM_M};
    if (change->value.type == DM_M)
        return merge_map(merging, old && old->type == DM_M ? old : &nothing,
                         &change->value, merge_inner, ret_value, err);
    *ret_value = change->value;
    return DM_OK;
}

static enum dm_code merge_json(const struct merging *merging,
                               const struct attribute *attribute,
                               const struct dm_value *old,
                               const struct value_member *change,
                               struct dm_value *ret_value, struct dm_error *err)
{
    struct dm_value open, tree;
    if (old)
        DM_TRY(patch_open(old, merging->arena, &open, err));
    DM_TRY(merge_inner(merging, old ? &open : NULL, change, &tree, err));
    return patch_close(attribute, old, &open, &tree, merging->arena, ret_value, err);
}

/* At the top of the item a value takes the declared form. */
static enum dm_code merge_attribute(const struct merging *merging,
                                    const struct dm_value *old,
                                    const struct value_member *change,
                                    struct dm_value *ret_value, struct dm_error *err)
{
    struct dm_value value;
    const struct attribute *attribute =
        attributes_find(merging->attributes, change->name);
    if (patch_json_attribute(merging->attributes, change->name))
        return merge_json(merging, attribute, old, change, ret_value, err);
    DM_TRY(merge_inner(merging, old, change, &value, err));
    return plain_item_attribute(attribute, &value, merging->arena, ret_value, err);
}

enum dm_code merge_patch_apply(const struct dm_value *merge,
                               const struct attributes *attributes,
                               const struct dm_value *item, struct arena *arena,
                               struct dm_value *ret_item, struct dm_error *err)
{
    struct merging merging = {attributes, arena};
    return merge_map(&merging, item, merge, merge_attribute, ret_item, err);
}
