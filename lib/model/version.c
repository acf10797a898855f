/* Counting an item's writes. */
#include "model/version.h"

#include "base/error.h"
#include "base/str.h"
#include "value/decimal.h"
#include "value/quote.h"

/* One below the largest whole number that DynamoDB keeps exactly. */
enum { VERSION_DIGITS_MAX = 37 };

const struct attribute *version_attribute(const struct attributes *attributes)
{
    return attributes ? attributes->version : NULL;
}

static bool is_count(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len && text.len <= VERSION_DIGITS_MAX;
}

/* The text of one more. */
static enum dm_code next(const struct attribute *version, struct dm_str was,
                         struct arena *arena, struct dm_str *ret_next,
                         struct dm_error *err)
{
    struct number sum;
    if (!was.len)
        was = STR("0");
    if (!is_count(was) || decimal_add(was, STR("1"), &sum))
        return error_set(err, DM_E_INVALID_ITEM,
                         "\"%s\" counts the item's writes: expected a whole number that "
                         "is not negative, got %s",
                         quote(version->name).text, quote(was).text);
    *ret_next = arena_str(arena, (struct dm_str){sum.text, sum.len});
    return ret_next->ptr ? DM_OK : error_nomem(err);
}

enum dm_code version_add(const struct attributes *attributes, struct dm_str was,
                         struct arena *arena, struct dm_value *item, struct dm_error *err)
{
    const struct attribute *version = version_attribute(attributes);
    struct value_member *member = &item->as.map.at[item->as.map.count];
    if (!version)
        return DM_OK;
    *member = (struct value_member){version->name, {.type = DM_N}};
    DM_TRY(next(version, was, arena, &member->value.as.text, err));
    item->as.map.count++;
    return DM_OK;
}

/* SET version = if_not_exists(version, 0) + 1 */
static enum dm_code count_up(const struct attribute *version, struct arena *arena,
                             struct update_action *ret_action, struct dm_error *err)
{
    struct path_step *step = arena_new(arena, sizeof *step);
    struct operand *parts = arena_new(arena, 3 * sizeof *parts);
    if (!step || !parts)
        return error_nomem(err);
    step->name = version->name;
    struct path path = {step, 1};
    parts[0] = (struct operand){.value = {.type = DM_N, .as.text = STR("0")}};
    parts[1] =
        (struct operand){.kind = OPERAND_IF_NOT_EXISTS, .path = path, .first = &parts[0]};
    parts[2] = (struct operand){.value = {.type = DM_N, .as.text = STR("1")}};
    *ret_action = (struct update_action){
        .kind = UPDATE_SET,
        .path = path,
        .operand = {.kind = OPERAND_PLUS, .first = &parts[1], .second = &parts[2]}};
    return DM_OK;
}

enum dm_code version_count(const struct attributes *attributes, struct arena *arena,
                           struct update *update, struct dm_error *err)
{
    const struct attribute *version = version_attribute(attributes);
    if (!version)
        return DM_OK;
    struct update_action *actions =
        arena_alloc(arena, (update->count + 1) * sizeof *actions);
    if (!actions)
        return error_nomem(err);
    if (update->count)
        memcpy(actions, update->actions, update->count * sizeof *actions);
    DM_TRY(count_up(version, arena, &actions[update->count], err));
    *update = (struct update){actions, update->count + 1};
    return DM_OK;
}
