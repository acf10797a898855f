/* Deep copies. */
#include "store/copy.h"

#include "base/error.h"
#include "value/number.h"

enum dm_code copy_check(const struct copy *copy, struct dm_error *err)
{
    return copy->failed ? error_nomem(err) : DM_OK;
}

/* Room for count elements, or NULL: there are none, or the copy failed. */
static void *room(struct copy *copy, size_t count, size_t size)
{
    if (count == 0 || copy->failed)
        return NULL;
    void *memory =
        count > copy->arena->max / size ? NULL : arena_new(copy->arena, count * size);
    copy->failed = !memory;
    return memory;
}

struct dm_str copy_str(struct copy *copy, struct dm_str str)
{
    if (!str.ptr || copy->failed)
        return (struct dm_str){NULL, 0};
    struct dm_str result = arena_str(copy->arena, str);
    copy->failed = !result.ptr;
    return result;
}

static struct dm_str *copy_strs(struct copy *copy, const struct dm_str *strs,
                                size_t count)
{
    struct dm_str *copies = room(copy, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++)
        copies[i] = copy_str(copy, strs[i]);
    return copies;
}

/* --- values --- */

/* What is no number stays as it is, for others to refuse. */
static struct dm_str copy_number(struct copy *copy, struct dm_str text)
{
    struct number number;
    if (number_parse(text, &number, NULL))
        return copy_str(copy, text);
    return copy_str(copy, (struct dm_str){number.text, number.len});
}

static struct dm_str *copy_numbers(struct copy *copy, const struct dm_str *numbers,
                                   size_t count)
{
    struct dm_str *copies = room(copy, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++)
        copies[i] = copy_number(copy, numbers[i]);
    return copies;
}

static struct value_member *copy_members(struct copy *copy,
                                         const struct value_member *members, size_t count)
{
    struct value_member *copies = room(copy, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i].name = copy_str(copy, members[i].name);
        copies[i].value = copy_value(copy, &members[i].value);
    }
    return copies;
}

static struct dm_value *copy_array(struct copy *copy, const struct dm_value *values,
                                   size_t count)
{
    struct dm_value *copies = room(copy, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++)
        copies[i] = copy_value(copy, &values[i]);
    return copies;
}

struct dm_value copy_value(struct copy *copy, const struct dm_value *value)
{
    struct dm_value result = *value;
    switch (value->type) {
    case DM_S:
    case DM_B:
        result.as.text = copy_str(copy, value->as.text);
        break;
    case DM_N:
        result.as.text = copy_number(copy, value->as.text);
        break;
    case DM_BOOL:
    case DM_NULL:
        break;
    case DM_L:
        result.as.list.at = copy_array(copy, value->as.list.at, value->as.list.count);
        break;
    case DM_M:
        result.as.map.at = copy_members(copy, value->as.map.at, value->as.map.count);
        break;
    case DM_SS:
    case DM_BS:
        result.as.set.at = copy_strs(copy, value->as.set.at, value->as.set.count);
        break;
    case DM_NS:
        result.as.set.at = copy_numbers(copy, value->as.set.at, value->as.set.count);
        break;
    }
    return result;
}

const struct dm_value *copy_values(struct copy *copy, const struct dm_value *values,
                                   size_t count)
{
    return values ? copy_array(copy, values, count) : NULL;
}

/* --- keys and schemas --- */

static struct key_attribute copy_attribute(struct copy *copy,
                                           const struct key_attribute *attribute)
{
    return (struct key_attribute){copy_str(copy, attribute->name), attribute->type};
}

const struct key *copy_keys(struct copy *copy, const struct key *keys, size_t count)
{
    struct key *copies = keys ? room(copy, count, sizeof *copies) : NULL;
    for (size_t i = 0; copies && i < count; i++) {
        copies[i].hash_attribute = copy_attribute(copy, &keys[i].hash_attribute);
        copies[i].range_attribute = copy_attribute(copy, &keys[i].range_attribute);
        copies[i].hash = copy_value(copy, &keys[i].hash);
        if (keys[i].range_attribute.name.len)
            copies[i].range = copy_value(copy, &keys[i].range);
    }
    return copies;
}

struct key_schema copy_schema(struct copy *copy, const struct key_schema *schema)
{
    return (struct key_schema){copy_attribute(copy, &schema->hash),
                               copy_attribute(copy, &schema->range)};
}

const struct store_index *copy_indexes(struct copy *copy,
                                       const struct store_index *indexes, size_t count)
{
    struct store_index *copies = room(copy, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i] = indexes[i];
        copies[i].name = copy_str(copy, indexes[i].name);
        copies[i].schema = copy_schema(copy, &indexes[i].schema);
        copies[i].included =
            copy_strs(copy, indexes[i].included, indexes[i].included_count);
    }
    return copies;
}

/* --- expressions --- */

static struct path copy_path(struct copy *copy, const struct path *path)
{
    struct path result = {room(copy, path->count, sizeof *path->steps), path->count};
    for (size_t i = 0; result.steps && i < path->count; i++) {
        result.steps[i].name = copy_str(copy, path->steps[i].name);
        result.steps[i].index = path->steps[i].index;
    }
    return result;
}

static const struct operand *copy_operands(struct copy *copy,
                                           const struct operand *operands, size_t count);

/* Which members are set depends on the kind; the others are of no account. */
static struct operand copy_operand(struct copy *copy, const struct operand *operand)
{
    struct operand result = {.kind = operand->kind};
    switch (operand->kind) {
    case OPERAND_VALUE:
        result.value = copy_value(copy, &operand->value);
        break;
    case OPERAND_PATH:
    case OPERAND_SIZE:
        result.path = copy_path(copy, &operand->path);
        break;
    case OPERAND_IF_NOT_EXISTS:
        result.path = copy_path(copy, &operand->path);
        result.first = copy_operands(copy, operand->first, 1);
        break;
    case OPERAND_LIST_APPEND:
    case OPERAND_PLUS:
    case OPERAND_MINUS:
        result.first = copy_operands(copy, operand->first, 1);
        result.second = copy_operands(copy, operand->second, 1);
        break;
    }
    return result;
}

static const struct operand *copy_operands(struct copy *copy,
                                           const struct operand *operands, size_t count)
{
    struct operand *copies = operands ? room(copy, count, sizeof *copies) : NULL;
    for (size_t i = 0; copies && i < count; i++)
        copies[i] = copy_operand(copy, &operands[i]);
    return copies;
}

static const struct condition *copy_conditions(struct copy *copy,
                                               const struct condition *conditions,
                                               size_t count)
{
    struct condition *copies = conditions ? room(copy, count, sizeof *copies) : NULL;
    for (size_t i = 0; copies && i < count; i++) {
        copies[i] = conditions[i];
        copies[i].children =
            copy_conditions(copy, conditions[i].children, conditions[i].child_count);
        copies[i].operands =
            copy_operands(copy, conditions[i].operands, conditions[i].operand_count);
    }
    return copies;
}

const struct condition *copy_condition(struct copy *copy,
                                       const struct condition *condition)
{
    return copy_conditions(copy, condition, 1);
}

struct projection copy_projection(struct copy *copy, const struct projection *projection)
{
    struct projection result = {room(copy, projection->count, sizeof *projection->paths),
                                projection->count};
    for (size_t i = 0; result.paths && i < projection->count; i++)
        result.paths[i] = copy_path(copy, &projection->paths[i]);
    return result;
}

const struct key_condition *copy_key_condition(struct copy *copy,
                                               const struct key_condition *condition)
{
    struct key_condition *result = room(copy, 1, sizeof *result);
    if (!result)
        return NULL;
    result->hash_name = copy_str(copy, condition->hash_name);
    result->range_name = copy_str(copy, condition->range_name);
    result->hash = copy_value(copy, &condition->hash);
    result->range = condition->range;
    if (condition->range != RANGE_ALL)
        result->low = copy_value(copy, &condition->low);
    if (condition->range == RANGE_BETWEEN)
        result->high = copy_value(copy, &condition->high);
    return result;
}

static const struct update *copy_update(struct copy *copy, const struct update *update)
{
    struct update *result = update ? room(copy, 1, sizeof *result) : NULL;
    if (!result)
        return NULL;
    struct update_action *actions = room(copy, update->count, sizeof *actions);
    for (size_t i = 0; actions && i < update->count; i++) {
        const struct update_action *action = &update->actions[i];
        actions[i].kind = action->kind;
        actions[i].path = copy_path(copy, &action->path);
        if (action->kind != UPDATE_REMOVE)
            actions[i].operand = copy_operand(copy, &action->operand);
    }
    *result = (struct update){actions, update->count};
    return result;
}

/* --- writes and their results --- */

const struct store_transact_entry *copy_entries(
    struct copy *copy, const struct store_transact_entry *entries, size_t count)
{
    struct store_transact_entry *copies = room(copy, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i].kind = entries[i].kind;
        copies[i].table = copy_str(copy, entries[i].table);
        copies[i].item = copy_values(copy, entries[i].item, 1);
        copies[i].key = copy_keys(copy, entries[i].key, 1);
        copies[i].update = copy_update(copy, entries[i].update);
        copies[i].condition = copy_conditions(copy, entries[i].condition, 1);
    }
    return copies;
}

static const struct store_reason *copy_reasons(struct copy *copy,
                                               const struct store_reason *reasons,
                                               size_t count)
{
    struct store_reason *copies = room(copy, count, sizeof *copies);
    for (size_t i = 0; copies && i < count; i++) {
        copies[i].code = reasons[i].code;
        copies[i].message = copy_str(copy, reasons[i].message);
    }
    return copies;
}

struct store_result copy_result(struct copy *copy, const struct store_result *result)
{
    struct store_result copies = *result;
    copies.item = copy_values(copy, result->item, 1);
    copies.items = copy_values(copy, result->items, result->item_count);
    copies.last = copy_values(copy, result->last, 1);
    copies.unprocessed_keys =
        copy_keys(copy, result->unprocessed_keys, result->unprocessed_key_count);
    copies.unprocessed_puts =
        copy_values(copy, result->unprocessed_puts, result->unprocessed_put_count);
    copies.schema = copy_schema(copy, &result->schema);
    copies.indexes = copy_indexes(copy, result->indexes, result->index_count);
    copies.reasons = copy_reasons(copy, result->reasons, result->reason_count);
    return copies;
}
