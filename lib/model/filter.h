/*
 * Conditions in the words of the REST query, read into a condition tree: one grammar for
 * filters and for conditions of writes.
 *
 *     name=[not.]operator.operands     and=(…)  or=(…)  not.and=(…)  not.or=(…)
 *     eq ne lt le gt ge begins_with contains: one operand; between.(a,b); in.(a,…);
 *     exists.true exists.false; type.S
 *
 * Inside the parentheses of and and or: path.[not.]operator.operands, and(…), or(…),
 * not.and(…), not.or(…). A path is as in expr/path.h: names with dots, operators' names
 * and odd characters in double quotes. An operand in double quotes is a string (\" and
 * \\ escaped) and may hold anything; another inside parentheses ends at `,` or `)`. Its
 * type is what the model declares, else what it looks like (codec/operand_text.h).
 */
#ifndef DYNAMOD_MODEL_FILTER_H
#define DYNAMOD_MODEL_FILTER_H

#include "expr/condition.h"
#include "expr/key_condition.h"
#include "value/attribute.h"
#include "value/key.h"

enum { FILTER_DEPTH_MAX = 16 };

/* Where the conditions are asked. */
struct filter_place {
    const struct attributes *attributes; /* NULL: none declared */
    const struct key_schema *schema;     /* of the table or index; NULL: not known */
    const struct key_schema *table;      /* of an index's table; NULL: schema is it */
    size_t bytes_max;                    /* as an expression; 0: EXPRESSION_MAX */
    bool is_query;                       /* of one partition: keys are not filtered on */
};

/* In the arena. */
struct filter {
    const struct condition *condition; /* NULL: none */
    bool has_range;                    /* the condition on the range key, a Query's */
    enum range_kind range;
    struct dm_value low, high; /* as in struct key_condition */
};

/*
 * DM_E_INVALID_FILTER: not of the grammar, an operand that does not fit the declared type
 * or the operator, on a Query a filter on a key or a second condition on the range key,
 * more than 100 operands of in, 300 operators, FILTER_DEPTH_MAX levels. The message names
 * the attribute and what was expected, the hint the right spelling.
 */
DM_MUST_USE enum dm_code filter_parse(const struct filter_place *place,
                                      const struct dm_filter *filters, size_t count,
                                      struct arena *arena, struct filter *ret_filter,
                                      struct dm_error *err);

/* Whether a value begins as a condition does: "eq.", "not.in.", …: tells a filter from a
 * misspelt parameter. */
bool filter_looks_like_one(struct dm_str value);

#endif
