/* What an update makes of an item. */
#include "base/str.h"
#include "expr/change.h"
#include "expr/evaluate.h"
#include "expr/lookup.h"
#include "expr/validation.h"
#include "value/decimal.h"

/* The item as it was, and where new values are made. */
struct site {
    const struct dm_value *item;
    struct arena *arena;
};

static enum dm_code wrong_type(struct dm_error *err)
{
    return validation_error(
        err, "An operand in the update expression has an incorrect data type");
}

static enum dm_code number_fault(enum decimal_fault fault, struct dm_error *err)
{
    static const char *const words[] = {
        [DECIMAL_PRECISION] = "DynamoDB only supports precision up to 38 digits",
        [DECIMAL_OVERFLOW] = "Number overflow. Attempting to store a number with "
                             "magnitude larger than supported range",
        [DECIMAL_UNDERFLOW] = "Number underflow. Attempting to store a number with "
                              "magnitude smaller than supported range",
    };
    return validation_error(err, "%s", words[fault]);
}

/* a + b, or a - b. */
static enum dm_code sum_up(const struct site *site, const struct dm_value *a, bool minus,
                           const struct dm_value *b, struct dm_value *ret_sum,
                           struct dm_error *err)
{
    struct number number;
    if (a->type != DM_N || b->type != DM_N)
        return wrong_type(err);
    enum decimal_fault fault = minus ? decimal_subtract(a->as.text, b->as.text, &number)
                                     : decimal_add(a->as.text, b->as.text, &number);
    if (fault)
        return number_fault(fault, err);
    struct dm_value sum = {.type = DM_N};
    sum.as.text = arena_str(site->arena, (struct dm_str){number.text, number.len});
    if (!sum.as.text.ptr)
        return error_nomem(err);
    *ret_sum = sum;
    return DM_OK;
}

static enum dm_code append_list(const struct site *site, const struct dm_value *a,
                                const struct dm_value *b, struct dm_value *ret_list,
                                struct dm_error *err)
{
    if (a->type != DM_L || b->type != DM_L)
        return wrong_type(err);
    struct dm_value list = {.type = DM_L};
    size_t count = a->as.list.count + b->as.list.count;
    list.as.list.count = count;
    list.as.list.at = arena_alloc(site->arena, (count + !count) * sizeof list);
    if (!list.as.list.at)
        return error_nomem(err);
    if (a->as.list.count)
        memcpy(list.as.list.at, a->as.list.at, a->as.list.count * sizeof list);
    if (b->as.list.count)
        memcpy(list.as.list.at + a->as.list.count, b->as.list.at,
               b->as.list.count * sizeof list);
    *ret_list = list;
    return DM_OK;
}

static enum dm_code evaluate(const struct site *site, const struct operand *operand,
                             struct dm_value *ret_value, struct dm_error *err);

static enum dm_code evaluate_path(const struct site *site, const struct path *path,
                                  struct dm_value *ret_value, struct dm_error *err)
{
    const struct dm_value *found = path_find(path, site->item);
    if (!found)
        return validation_error(err, "The provided expression refers to an attribute "
                                     "that does not exist in the item");
    *ret_value = *found;
    return DM_OK;
}

/* The second operand must be there even where it is not needed: so does DynamoDB. */
static enum dm_code evaluate_if_not_exists(const struct site *site,
                                           const struct operand *operand,
                                           struct dm_value *ret_value,
                                           struct dm_error *err)
{
    struct dm_value other;
    DM_TRY(evaluate(site, operand->first, &other, err));
    const struct dm_value *found = path_find(&operand->path, site->item);
    *ret_value = found ? *found : other;
    return DM_OK;
}

/* A first operand of the wrong type is found out before a second that is missing. */
static enum dm_code evaluate_two(const struct site *site, const struct operand *operand,
                                 struct dm_value *ret_value, struct dm_error *err)
{
    enum dm_type type = operand->kind == OPERAND_LIST_APPEND ? DM_L : DM_N;
    struct dm_value first, second;
    DM_TRY(evaluate(site, operand->first, &first, err));
    if (first.type != type)
        return wrong_type(err);
    DM_TRY(evaluate(site, operand->second, &second, err));
    if (type == DM_L)
        return append_list(site, &first, &second, ret_value, err);
    return sum_up(site, &first, operand->kind == OPERAND_MINUS, &second, ret_value, err);
}

static enum dm_code evaluate(const struct site *site, const struct operand *operand,
                             struct dm_value *ret_value, struct dm_error *err)
{
    switch (operand->kind) {
    case OPERAND_VALUE:
        *ret_value = operand->value;
        return DM_OK;
    case OPERAND_PATH:
        return evaluate_path(site, &operand->path, ret_value, err);
    case OPERAND_IF_NOT_EXISTS:
        return evaluate_if_not_exists(site, operand, ret_value, err);
    case OPERAND_SIZE: /* which update_check refuses */
        return wrong_type(err);
    case OPERAND_LIST_APPEND:
    case OPERAND_PLUS:
    case OPERAND_MINUS:
        return evaluate_two(site, operand, ret_value, err);
    }
    return wrong_type(err);
}

static bool is_set(const struct dm_value *value)
{
    return value->type == DM_SS || value->type == DM_NS || value->type == DM_BS;
}

/* Appends to `result` the members of `set` that are not among the others. */
static void add_members_not_in(const struct dm_value *others, const struct dm_value *set,
                               struct dm_value *result)
{
    DM_AUTO_DONE(lookup) lookup;
    lookup_init_set(&lookup, others);
    for (size_t i = 0; i < set->as.set.count; i++)
        if (!lookup_has(&lookup, set->as.set.at[i]))
            result->as.set.at[result->as.set.count++] = set->as.set.at[i];
}

static enum dm_code new_set(const struct site *site, enum dm_type type, size_t room,
                            struct dm_value *ret_set, struct dm_error *err)
{
    struct dm_value set = {.type = type};
    set.as.set.at = arena_alloc(site->arena, room * sizeof *set.as.set.at);
    if (!set.as.set.at)
        return error_nomem(err);
    *ret_set = set;
    return DM_OK;
}

static enum dm_code unite(const struct site *site, const struct dm_value *old,
                          const struct dm_value *added, struct dm_value *ret_set,
                          struct dm_error *err)
{
    size_t count = old->as.set.count;
    DM_TRY(new_set(site, old->type, count + added->as.set.count, ret_set, err));
    memcpy(ret_set->as.set.at, old->as.set.at, count * sizeof *old->as.set.at);
    ret_set->as.set.count = count;
    add_members_not_in(old, added, ret_set);
    return DM_OK;
}

static enum dm_code evaluate_add(const struct site *site,
                                 const struct update_action *action,
                                 struct change *change, struct dm_error *err)
{
    const struct dm_value *old = path_find(&action->path, site->item);
    const struct dm_value *added = &action->operand.value;
    change->kind = CHANGE_PUT;
    change->value = *added;
    if (!old)
        return DM_OK;
    if (old->type == DM_N && added->type == DM_N)
        return sum_up(site, old, false, added, &change->value, err);
    if (is_set(old) && old->type == added->type)
        return unite(site, old, added, &change->value, err);
    return wrong_type(err);
}

static enum dm_code evaluate_delete(const struct site *site,
                                    const struct update_action *action,
                                    struct change *change, struct dm_error *err)
{
    const struct dm_value *old = path_find(&action->path, site->item);
    const struct dm_value *deleted = &action->operand.value;
    change->kind = CHANGE_NONE;
    if (!old)
        return DM_OK;
    if (!is_set(old) || old->type != deleted->type)
        return wrong_type(err);
    DM_TRY(new_set(site, old->type, old->as.set.count, &change->value, err));
    add_members_not_in(deleted, old, &change->value);
    change->kind = change->value.as.set.count ? CHANGE_PUT : CHANGE_REMOVE;
    return DM_OK;
}

static enum dm_code evaluate_action(const struct site *site,
                                    const struct update_action *action,
                                    struct change *change, struct dm_error *err)
{
    change->path = &action->path;
    if (!path_leads_into(&action->path, site->item))
        return validation_error(err, "The document path provided in the update "
                                     "expression is invalid for update");
    switch (action->kind) {
    case UPDATE_SET:
        change->kind = CHANGE_PUT;
        return evaluate(site, &action->operand, &change->value, err);
    case UPDATE_REMOVE:
        change->kind = CHANGE_REMOVE;
        return DM_OK;
    case UPDATE_ADD:
        return evaluate_add(site, action, change, err);
    case UPDATE_DELETE:
        return evaluate_delete(site, action, change, err);
    }
    return DM_OK;
}

/* The changes, linked, in the update's order. There is one at least. */
static enum dm_code evaluate_all(const struct site *site, const struct update *update,
                                 struct change **ret_changes, struct dm_error *err)
{
    struct change *changes = arena_new(site->arena, update->count * sizeof *changes);
    if (!changes)
        return error_nomem(err);
    for (size_t i = 0; i < update->count; i++) {
        DM_TRY(evaluate_action(site, &update->actions[i], &changes[i], err));
        if (i)
            changes[i - 1].next = &changes[i];
    }
    *ret_changes = changes;
    return DM_OK;
}

enum dm_code update_apply(const struct update *update, const struct dm_value *item,
                          struct arena *arena, struct dm_value *ret_item,
                          struct dm_error *err)
{
    static const struct dm_value nothing = {.type = DM_M};
    struct site site = {item ? item : &nothing, arena};
    struct change *changes = NULL;
    if (update->count)
        DM_TRY(evaluate_all(&site, update, &changes, err));
    return change_apply(changes, site.item, arena, ret_item, err);
}
