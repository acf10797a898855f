/* Whether an item meets a condition. */
#include <stdio.h>

#include "base/str.h"
#include "expr/evaluate.h"

/* What an operand is worth: lent by the item or the expression, or a size made here. */
struct worth {
    const struct dm_value *value; /* NULL: nothing there */
    struct dm_value size;
    char digits[24];
};

/* DynamoDB counts a string's UTF-16 code units: two where UTF-8 takes four bytes. */
static size_t string_size(struct dm_str text)
{
    size_t size = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        size += (byte & 0xC0) != 0x80;
        size += byte >= 0xF0;
    }
    return size;
}

/* False when values of its type have no size. */
static bool size_of(const struct dm_value *value, size_t *ret_size)
{
    switch (value->type) {
    case DM_S:
        *ret_size = string_size(value->as.text);
        return true;
    case DM_B:
        *ret_size = value->as.text.len;
        return true;
    case DM_L:
    case DM_M:
    case DM_SS:
    case DM_NS:
    case DM_BS:
        *ret_size = dm_value_count(value);
        return true;
    default:
        return false;
    }
}

static void weigh_size(const struct dm_value *value, struct worth *worth)
{
    size_t size;
    if (!value || !size_of(value, &size))
        return;
    int len = snprintf(worth->digits, sizeof worth->digits, "%zu", size);
    worth->size = (struct dm_value){.type = DM_N};
    worth->size.as.text = (struct dm_str){worth->digits, (size_t)len};
    worth->value = &worth->size;
}

static void weigh(const struct operand *operand, const struct dm_value *item,
                  struct worth *worth)
{
    worth->value = NULL;
    if (operand->kind == OPERAND_VALUE)
        worth->value = &operand->value;
    if (operand->kind == OPERAND_PATH)
        worth->value = path_find(&operand->path, item);
    if (operand->kind == OPERAND_SIZE)
        weigh_size(path_find(&operand->path, item), worth);
}

static bool equal(const struct dm_value *a, const struct dm_value *b)
{
    return a && b && value_equal(a, b);
}

/* False too when they have no order. */
static bool ordered(const struct dm_value *a, enum condition_kind kind,
                    const struct dm_value *b)
{
    if (!a || !b || a->type != b->type || a->type > DM_B)
        return false;
    int order = value_compare(a, b);
    switch (kind) {
    case CONDITION_LT:
        return order < 0;
    case CONDITION_LE:
        return order <= 0;
    case CONDITION_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool begins_with(const struct dm_value *value, const struct dm_value *prefix)
{
    return value && prefix && value->type == prefix->type &&
           (value->type == DM_S || value->type == DM_B) &&
           str_starts(value->as.text, prefix->as.text);
}

static bool text_contains(struct dm_str text, struct dm_str part)
{
    return !part.len || (text.len && memmem(text.ptr, text.len, part.ptr, part.len));
}

static bool list_contains(const struct dm_value *list, const struct dm_value *element)
{
    for (size_t i = 0; i < list->as.list.count; i++)
        if (value_equal(&list->as.list.at[i], element))
            return true;
    return false;
}

static bool set_contains(const struct dm_value *set, enum dm_type member_type,
                         const struct dm_value *member)
{
    if (member->type != member_type)
        return false;
    struct dm_value each = {.type = member_type};
    for (size_t i = 0; i < set->as.set.count; i++) {
        each.as.text = set->as.set.at[i];
        if (value_equal(&each, member))
            return true;
    }
    return false;
}

static bool contains(const struct dm_value *value, const struct dm_value *part)
{
    if (!value || !part)
        return false;
    switch (value->type) {
    case DM_S:
    case DM_B:
        return value->type == part->type && text_contains(value->as.text, part->as.text);
    case DM_L:
        return list_contains(value, part);
    case DM_SS:
        return set_contains(value, DM_S, part);
    case DM_NS:
        return set_contains(value, DM_N, part);
    case DM_BS:
        return set_contains(value, DM_B, part);
    default:
        return false;
    }
}

static bool holds_between(const struct operand *operands, const struct dm_value *item)
{
    struct worth value, low, high;
    weigh(&operands[0], item, &value);
    weigh(&operands[1], item, &low);
    weigh(&operands[2], item, &high);
    return ordered(value.value, CONDITION_GE, low.value) &&
           ordered(value.value, CONDITION_LE, high.value);
}

static bool holds_in(const struct condition *condition, const struct dm_value *item)
{
    struct worth value, other;
    weigh(&condition->operands[0], item, &value);
    for (size_t i = 1; i < condition->operand_count; i++) {
        weigh(&condition->operands[i], item, &other);
        if (equal(value.value, other.value))
            return true;
    }
    return false;
}

static bool holds_of_one(const struct condition *condition, const struct dm_value *item)
{
    struct worth worth;
    weigh(&condition->operands[0], item, &worth);
    if (condition->kind == CONDITION_TYPE)
        return worth.value && worth.value->type == condition->type;
    return (condition->kind == CONDITION_EXISTS) == (worth.value != NULL);
}

static bool holds_of_two(const struct condition *condition, const struct dm_value *item)
{
    struct worth left, right;
    weigh(&condition->operands[0], item, &left);
    weigh(&condition->operands[1], item, &right);
    switch (condition->kind) {
    case CONDITION_EQ:
        return equal(left.value, right.value);
    case CONDITION_NE:
        return !equal(left.value, right.value);
    case CONDITION_BEGINS_WITH:
        return begins_with(left.value, right.value);
    case CONDITION_CONTAINS:
        return contains(left.value, right.value);
    default:
        return ordered(left.value, condition->kind, right.value);
    }
}

static bool all_are(const struct condition *condition, bool wanted,
                    const struct dm_value *item)
{
    for (size_t i = 0; i < condition->child_count; i++)
        if (condition_holds(&condition->children[i], item) != wanted)
            return false;
    return true;
}

bool condition_holds(const struct condition *condition, const struct dm_value *item)
{
    switch (condition->kind) {
    case CONDITION_AND:
        return all_are(condition, true, item);
    case CONDITION_OR:
        return !all_are(condition, false, item);
    case CONDITION_NOT:
        return !condition_holds(&condition->children[0], item);
    case CONDITION_BETWEEN:
        return holds_between(condition->operands, item);
    case CONDITION_IN:
        return holds_in(condition, item);
    case CONDITION_EXISTS:
    case CONDITION_NOT_EXISTS:
    case CONDITION_TYPE:
        return holds_of_one(condition, item);
    default:
        return holds_of_two(condition, item);
    }
}
