/* Patches: reading one, and what both dialects share. */
#include "model/patch.h"

#include "base/error.h"
#include "base/str.h"
#include "codec/plain_item.h"
#include "codec/plain_json.h"
#include "expr/evaluate.h"
#include "model/new_item.h"
#include "model/patch_internal.h"
#include "value/quote.h"

/* --- reading --- */

enum dm_code patch_read_json(struct dm_str json, struct arena *arena,
                             struct dm_value *ret_value, struct dm_error *err)
{
    struct json_reader reader;
    struct dm_value value;
    reader_init(&reader, json, VALUE_MAX_DEPTH, arena);
    DM_TRY(plain_json_read(&reader, arena, &value, err));
    DM_TRY(reader_end(&reader, err));
    *ret_value = value;
    return DM_OK;
}

static enum dm_code read_document(struct dm_str json, struct arena *arena,
                                  struct dm_value *ret_document, struct dm_error *err)
{
    struct dm_error why = {0};
    enum dm_code code = patch_read_json(json, arena, ret_document, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return error_set(err, DM_E_INVALID_PATCH, "the patch is not good JSON: %s",
                         why.message);
    return DM_OK;
}

static enum dm_code check_merge(const struct dm_value *document, struct dm_error *err)
{
    if (document->type == DM_M && document->as.map.count <= PATCH_ATTRIBUTES_MAX)
        return DM_OK;
    return error_set(err, DM_E_INVALID_PATCH,
                     "a merge patch of an item is a JSON object of up to %d attributes",
                     PATCH_ATTRIBUTES_MAX);
}

enum dm_code patch_read(enum patch_dialect dialect, struct dm_str json,
                        struct arena *arena, struct patch *ret_patch,
                        struct dm_error *err)
{
    struct dm_value document;
    struct patch patch = {.dialect = dialect};
    DM_TRY(read_document(json, arena, &document, err));
    if (dialect == PATCH_JSON) {
        DM_TRY(json_patch_read(&document, arena, &patch, err));
    } else {
        DM_TRY(check_merge(&document, err));
        patch.merge = document;
    }
    *ret_patch = patch;
    return DM_OK;
}

/* --- what it names --- */

static size_t names_of_merge(const struct patch *patch, struct dm_str *names)
{
    for (size_t i = 0; i < patch->merge.as.map.count; i++)
        names[i] = patch->merge.as.map.at[i].name;
    return patch->merge.as.map.count;
}

static size_t names_of_operations(const struct patch *patch, struct dm_str *names)
{
    size_t count = 0;
    for (size_t i = 0; i < patch->count; i++) {
        const struct patch_operation *operation = &patch->operations[i];
        names[count++] = operation->path.steps[0];
        if (operation->from.count)
            names[count++] = operation->from.steps[0];
    }
    return count;
}

enum dm_code patch_names(const struct patch *patch, struct arena *arena,
                         struct name_list *ret_names, struct dm_error *err)
{
    size_t most = 1 + 2 * patch->count + dm_value_count(&patch->merge);
    struct dm_str *names = arena_alloc(arena, most * sizeof *names);
    if (!names)
        return error_nomem(err);
    ret_names->count = patch->dialect == PATCH_MERGE ? names_of_merge(patch, names)
                                                     : names_of_operations(patch, names);
    ret_names->at = names;
    return DM_OK;
}

/* --- json attributes --- */

const struct attribute *patch_json_attribute(const struct attributes *attributes,
                                             struct dm_str name)
{
    const struct attribute *attribute = attributes_find(attributes, name);
    return attribute && attribute->kind == ATTRIBUTE_JSON ? attribute : NULL;
}

enum dm_code patch_open(const struct dm_value *stored, struct arena *arena,
                        struct dm_value *ret_open, struct dm_error *err)
{
    enum dm_code code = DM_E_INVALID;
    if (stored->type == DM_S)
        code = patch_read_json(stored->as.text, arena, ret_open, NULL);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        *ret_open = *stored;
    return DM_OK;
}

enum dm_code patch_close(const struct attribute *attribute, const struct dm_value *stored,
                         const struct dm_value *open, const struct dm_value *tree,
                         struct arena *arena, struct dm_value *ret_stored,
                         struct dm_error *err)
{
    if (!stored || !value_equal(open, tree))
        return plain_item_attribute(attribute, tree, arena, ret_stored, err);
    *ret_stored = *stored;
    return DM_OK;
}

/* --- applying --- */

enum dm_code patch_apply(const struct patch *patch, const struct attributes *attributes,
                         const struct dm_value *item, struct arena *arena,
                         struct dm_value *ret_item, struct dm_error *err)
{
    struct dm_value after;
    if (patch->dialect == PATCH_MERGE)
        DM_TRY(merge_patch_apply(&patch->merge, attributes, item, arena, &after, err));
    else
        DM_TRY(json_patch_apply(patch, attributes, item, arena, &after, err));
    DM_TRY(new_item_check_size(&after, err));
    *ret_item = after;
    return DM_OK;
}

/* --- without reading --- */

bool patch_is_flat(const struct patch *patch)
{
    if (patch->dialect != PATCH_MERGE)
        return false;
    for (size_t i = 0; i < patch->merge.as.map.count; i++)
        if (patch->merge.as.map.at[i].value.type == DM_M)
            return false;
    return true;
}

static const struct dm_value *key_value(const struct key *key, struct dm_str name)
{
    if (str_equal(name, key->hash_attribute.name))
        return &key->hash;
    if (key->range_attribute.name.len && str_equal(name, key->range_attribute.name))
        return &key->range;
    return NULL;
}

static enum dm_code check_key(const struct attribute *attribute,
                              const struct value_member *member,
                              const struct dm_value *key, struct arena *arena,
                              struct dm_error *err)
{
    struct dm_value stored;
    struct attribute plain = {.name = member->name, .type = key->type};
    enum dm_code code = plain_item_attribute(attribute ? attribute : &plain,
                                             &member->value, arena, &stored, NULL);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code || !value_equal(&stored, key))
        return error_set(err, DM_E_INVALID_KEY,
                         "\"%s\" is a key of the item, which does not change",
                         quote(member->name).text);
    return DM_OK;
}

static enum dm_code flat_action(const struct attribute *attribute,
                                const struct value_member *member, struct arena *arena,
                                struct update_action *ret_action, struct dm_error *err)
{
    bool removes = member->value.type == DM_NULL;
    struct path_step *step = arena_new(arena, sizeof *step);
    if (!step)
        return error_nomem(err);
    step->name = member->name;
    *ret_action = (struct update_action){.kind = removes ? UPDATE_REMOVE : UPDATE_SET,
                                         .path = {step, 1},
                                         .operand.kind = OPERAND_VALUE};
    if (removes)
        return DM_OK;
    return plain_item_attribute(attribute, &member->value, arena,
                                &ret_action->operand.value, err);
}

enum dm_code patch_flat_update(const struct patch *patch,
                               const struct attributes *attributes, const struct key *key,
                               struct arena *arena, struct update *ret_update,
                               struct dm_error *err)
{
    size_t most = patch->merge.as.map.count, count = 0;
    struct update_action *actions = arena_alloc(arena, (most + 1) * sizeof *actions);
    if (!actions)
        return error_nomem(err);
    for (size_t i = 0; i < most; i++) {
        const struct value_member *member = &patch->merge.as.map.at[i];
        const struct attribute *attribute = attributes_find(attributes, member->name);
        const struct dm_value *is_key = key_value(key, member->name);
        if (is_key)
            DM_TRY(check_key(attribute, member, is_key, arena, err));
        else if (!attribute || attribute->kind != ATTRIBUTE_VERSION)
            DM_TRY(flat_action(attribute, member, arena, &actions[count++], err));
    }
    *ret_update = (struct update){actions, count};
    return DM_OK;
}
