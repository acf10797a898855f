/* Differences between items. */
#include "model/difference.h"

#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "expr/lookup.h"
#include "value/quote.h"

static bool is_key(const struct key_schema *schema, struct dm_str name)
{
    return str_equal(name, schema->hash.name) ||
           (schema->range.name.len && str_equal(name, schema->range.name));
}

static enum dm_code path_to(struct dm_str name, struct arena *arena,
                            struct path *ret_path, struct dm_error *err)
{
    struct path_step *step = arena_new(arena, sizeof *step);
    if (!step)
        return error_nomem(err);
    step->name = name;
    *ret_path = (struct path){step, 1};
    return DM_OK;
}

/* --- the update --- */

static enum dm_code add_action(struct update_action *actions, struct update *update,
                               enum update_kind kind, const struct value_member *member,
                               struct arena *arena, struct dm_error *err)
{
    struct update_action *action = &actions[update->count++];
    *action = (struct update_action){.kind = kind};
    action->operand = (struct operand){.kind = OPERAND_VALUE, .value = member->value};
    return path_to(member->name, arena, &action->path, err);
}

static enum dm_code check_key(const struct dm_value *before, const struct dm_value *after,
                              struct dm_str name, struct dm_error *err)
{
    const struct dm_value *was = value_member(before, name);
    const struct dm_value *is = value_member(after, name);
    if (!name.len || (!was && !is) || (was && is && value_equal(was, is)))
        return DM_OK;
    return error_set(err, DM_E_INVALID_KEY,
                     "\"%s\" is a key of the item, which does not change",
                     quote(name).text);
}

enum dm_code difference_update(const struct dm_value *before,
                               const struct dm_value *after,
                               const struct key_schema *schema, struct arena *arena,
                               struct update *ret_update, struct dm_error *err)
{
    size_t most = before->as.map.count + after->as.map.count;
    DM_TRY(check_key(before, after, schema->hash.name, err));
    DM_TRY(check_key(before, after, schema->range.name, err));
    struct update_action *actions = arena_alloc(arena, (most + 1) * sizeof *actions);
    struct update update = {.actions = actions};
    if (!actions)
        return error_nomem(err);
    DM_AUTO_DONE(lookup) old, new;
    lookup_init_map(&old, before);
    lookup_init_map(&new, after);
    for (size_t i = 0; i < after->as.map.count; i++) {
        const struct value_member *member = &after->as.map.at[i];
        const struct value_member *was = lookup_member(&old, member->name);
        if (!is_key(schema, member->name) &&
            (!was || !value_equal(&was->value, &member->value)))
            DM_TRY(add_action(actions, &update, UPDATE_SET, member, arena, err));
    }
    for (size_t i = 0; i < before->as.map.count; i++) {
        const struct value_member *member = &before->as.map.at[i];
        if (!is_key(schema, member->name) && !lookup_has(&new, member->name))
            DM_TRY(add_action(actions, &update, UPDATE_REMOVE, member, arena, err));
    }
    *ret_update = update;
    return DM_OK;
}

/* --- the condition --- */

static enum dm_code as_read(const struct value_member *member, struct dm_str name,
                            struct arena *arena, struct condition *ret_condition,
                            struct dm_error *err)
{
    struct operand *operands = arena_new(arena, 2 * sizeof *operands);
    if (!operands)
        return error_nomem(err);
    operands[0].kind = OPERAND_PATH;
    DM_TRY(path_to(name, arena, &operands[0].path, err));
    if (member)
        operands[1] = (struct operand){.kind = OPERAND_VALUE, .value = member->value};
    *ret_condition = (struct condition){
        .kind = member ? CONDITION_EQ : CONDITION_NOT_EXISTS,
        .operands = operands,
        .operand_count = member ? 2 : 1,
    };
    return DM_OK;
}

/* Among so few. */
static bool has(const struct condition *children, size_t count, struct dm_str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(children[i].operands[0].path.steps[0].name, name))
            return true;
    return false;
}

static enum dm_code all_as_read(const struct lookup *members,
                                const struct name_list *names, struct arena *arena,
                                struct condition *children, size_t *ret_count,
                                struct dm_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct dm_str name = names->at[i];
        if (has(children, count, name))
            continue;
        if (count == AS_READ_MAX)
            return error_set(err, DM_E_VALIDATION,
                             "no condition is on more than %d attributes", AS_READ_MAX);
        DM_TRY(
            as_read(lookup_member(members, name), name, arena, &children[count++], err));
    }
    *ret_count = count;
    return DM_OK;
}

enum dm_code difference_as_read(const struct dm_value *item,
                                const struct name_list *names, struct arena *arena,
                                struct condition *ret_condition, struct dm_error *err)
{
    struct condition *children = arena_new(arena, AS_READ_MAX * sizeof *children);
    size_t count = 0;
    if (!children)
        return error_nomem(err);
    DM_AUTO_DONE(lookup) members;
    lookup_init_map(&members, item);
    DM_TRY(all_as_read(&members, names, arena, children, &count, err));
    *ret_condition = (struct condition){
        .kind = CONDITION_AND, .children = children, .child_count = count};
    return DM_OK;
}
