/* Reading the defaults of a model. */
#include "base/error.h"
#include "base/str.h"
#include "codec/plain_item.h"
#include "model/defaults.h"

static bool is_set_by_others(const struct model_config *model, struct dm_str name)
{
    const struct attribute *version = model->attributes->version;
    return str_equal(name, model->hash_key) ||
           (model->range_key.len && str_equal(name, model->range_key)) ||
           (version && str_equal(name, version->name));
}

static enum dm_code read_default(struct settings *file, struct settings_node *node,
                                 const struct model_config *model,
                                 struct value_member *ret_member, struct dm_error *err)
{
    struct arena *arena = settings_arena(file);
    struct dm_error why = {0};
    struct dm_value plain;
    struct value_member member = {.name = arena_str(arena, settings_name(node))};
    if (!member.name.ptr)
        return error_nomem(err);
    if (is_set_by_others(model, member.name))
        return settings_expected(file, node, err,
                                 "no default of a key or of the version");
    DM_TRY(settings_value(file, node, &plain, err));
    enum dm_code code =
        plain_item_attribute(attributes_find(model->attributes, member.name), &plain,
                             arena, &member.value, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return settings_error(file, node, why.message, err);
    *ret_member = member;
    return DM_OK;
}

enum dm_code defaults_read(struct settings *file, struct settings_node *group,
                           struct model_config *model, struct dm_error *err)
{
    if (!settings_is_group(group))
        return settings_expected(file, group, err, "a group, { name = value; … }");
    size_t count = settings_count(group);
    struct value_member *at = arena_alloc(settings_arena(file), (count + 1) * sizeof *at);
    if (!at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_default(file, settings_at(group, i), model, &at[i], err));
    model->defaults = (struct dm_value){.type = DM_M, .as.map = {at, count}};
    return DM_OK;
}
