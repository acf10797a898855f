/* Defaults and required attributes. */
#include "model/defaults.h"

#include "base/error.h"
#include "base/str.h"
#include "value/quote.h"

enum dm_code defaults_add(const struct model_config *model, struct dm_value *item,
                          struct arena *arena, struct dm_error *err)
{
    for (size_t i = 0; i < dm_value_count(&model->defaults); i++) {
        const struct value_member *member = &model->defaults.as.map.at[i];
        struct value_member *added = &item->as.map.at[item->as.map.count];
        if (value_member(item, member->name))
            continue;
        added->name = arena_str(arena, member->name);
        if (!added->name.ptr)
            return error_nomem(err);
        DM_TRY(value_copy(&member->value, arena, &added->value, err));
        item->as.map.count++;
    }
    return DM_OK;
}

static enum dm_code is_required(struct dm_str name, struct dm_error *err)
{
    return error_set(err, DM_E_INVALID_ITEM, "attribute \"%s\" is required",
                     quote(name).text);
}

enum dm_code required_check(const struct model_config *model, const struct dm_value *item,
                            struct dm_error *err)
{
    for (size_t i = 0; i < model->required.count; i++)
        if (!value_member(item, model->required.at[i]))
            return is_required(model->required.at[i], err);
    return DM_OK;
}

static bool makes(const struct update *update, struct dm_str name)
{
    for (size_t i = 0; i < update->count; i++) {
        const struct update_action *action = &update->actions[i];
        bool adds = action->kind == UPDATE_SET || action->kind == UPDATE_ADD;
        if (adds && action->path.count == 1 &&
            str_equal(action->path.steps[0].name, name))
            return true;
    }
    return false;
}

bool required_are_made(const struct model_config *model, const struct update *update)
{
    for (size_t i = 0; i < model->required.count; i++)
        if (!makes(update, model->required.at[i]))
            return false;
    return true;
}

static bool removes(const struct update_action *action, struct dm_str name)
{
    return action->kind == UPDATE_REMOVE && action->path.count == 1 &&
           str_equal(action->path.steps[0].name, name);
}

enum dm_code required_check_update(const struct model_config *model,
                                   const struct update *update, struct dm_error *err)
{
    for (size_t i = 0; i < model->required.count; i++)
        for (size_t j = 0; j < update->count; j++)
            if (removes(&update->actions[j], model->required.at[i]))
                return is_required(model->required.at[i], err);
    return DM_OK;
}
