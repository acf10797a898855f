/* Key conditions. */
#include "store/sqlite/bounds.h"

#include "base/str.h"
#include "expr/evaluate.h"
#include "expr/validation.h"
#include "store/sqlite/key_check.h"
#include "value/quote.h"

/* --- rules --- */

static enum dm_code missed(const struct key_attribute *attribute, struct dm_error *err)
{
    return validation_error(err, "Query condition missed key schema element: %s",
                            quote(attribute->name).text);
}

static enum dm_code check_names(const struct key_schema *schema,
                                const struct key_condition *condition,
                                struct dm_error *err)
{
    if (!str_equal(condition->hash_name, schema->hash.name))
        return missed(&schema->hash, err);
    if (condition->range == RANGE_ALL)
        return DM_OK;
    if (str_empty(schema->range.name))
        return validation_error(err, "Query key condition not supported");
    if (!str_equal(condition->range_name, schema->range.name))
        return missed(&schema->range, err);
    return DM_OK;
}

static enum dm_code check_value(const struct page *page, bool hash,
                                const struct dm_value *value, struct dm_error *err)
{
    const struct key_schema *schema = page_schema(page);
    if (value->type != (hash ? schema->hash.type : schema->range.type))
        return validation_error(err, "One or more parameter values were invalid: "
                                     "Condition parameter type does not match schema "
                                     "type");
    return page->index ? key_check_index_text(page->index, hash, value, err)
                       : key_check_text(schema, hash, value, err);
}

static enum dm_code check(const struct page *page, const struct key_condition *condition,
                          struct dm_error *err)
{
    DM_TRY(check_names(page_schema(page), condition, err));
    DM_TRY(key_condition_check(condition, err));
    DM_TRY(check_value(page, true, &condition->hash, err));
    if (condition->range != RANGE_ALL)
        DM_TRY(check_value(page, false, &condition->low, err));
    if (condition->range == RANGE_BETWEEN)
        DM_TRY(check_value(page, false, &condition->high, err));
    return DM_OK;
}

/* --- stretches --- */

static const struct encoded lowest = {0, ""}, highest = {1, "\xff"};

static void read_range(const struct key_condition *condition, struct bounds *bounds)
{
    struct encoded at, next;
    bounds->low = lowest;
    bounds->high = highest;
    if (condition->range == RANGE_ALL)
        return;
    encode_key(&condition->low, &at);
    next = at;
    encode_next(&next);
    switch (condition->range) {
    case RANGE_ALL:
        return;
    case RANGE_EQ:
        bounds->low = at;
        bounds->high = next;
        return;
    case RANGE_LT:
        bounds->high = at;
        return;
    case RANGE_LE:
        bounds->high = next;
        return;
    case RANGE_GT:
        bounds->low = next;
        return;
    case RANGE_GE:
        bounds->low = at;
        return;
    case RANGE_BETWEEN:
        bounds->low = at;
        encode_key(&condition->high, &bounds->high);
        encode_next(&bounds->high);
        return;
    case RANGE_BEGINS_WITH:
        bounds->low = at;
        bounds->high = at;
        encode_past_prefix(&bounds->high);
        return;
    }
}

enum dm_code bounds_read(const struct page *page, const struct key_condition *condition,
                         struct bounds *ret_bounds, struct dm_error *err)
{
    DM_TRY(check(page, condition, err));
    encode_key(&condition->hash, &ret_bounds->hash);
    read_range(condition, ret_bounds);
    return DM_OK;
}

enum dm_code bounds_check(const struct bounds *bounds, const struct place *place,
                          struct dm_error *err)
{
    if (encode_compare(&place->hash, &bounds->hash))
        return validation_error(err, "The provided starting key is outside query "
                                     "boundaries based on provided conditions");
    if (encode_compare(&place->range, &bounds->low) < 0 ||
        encode_compare(&place->range, &bounds->high) >= 0)
        return validation_error(
            err, "The provided starting key does not match the range key predicate");
    return DM_OK;
}
