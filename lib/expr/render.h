/*
 * Expressions as DynamoDB's text: every name a placeholder (#0), every value too (:0),
 * shared by all the expressions of one request.
 */
#ifndef DYNAMOD_EXPR_RENDER_H
#define DYNAMOD_EXPR_RENDER_H

#include "expr/condition.h"
#include "expr/key_condition.h"
#include "expr/names.h"
#include "expr/projection.h"
#include "expr/update.h"

/* Placeholders of one request. Embedded; lives in its arena. */
struct render {
    struct names names;
    const struct dm_value **values;
    size_t value_count, value_cap;
};

void render_init(struct render *render, struct arena *arena);

/* Each appends its expression; a failure marks the buffer. */
void render_condition(struct render *render, const struct condition *condition,
                      struct dm_buf *out);
void render_key_condition(struct render *render, const struct key_condition *condition,
                          struct dm_buf *out);
void render_update(struct render *render, const struct update *update,
                   struct dm_buf *out);

/* Appends ,"ExpressionAttributeNames":{…},"ExpressionAttributeValues":{…}, each if there
 * are any. */
void render_placeholders(const struct render *render, struct dm_buf *out);

/* DM_E_VALIDATION when the expression, as rendered, is longer than EXPRESSION_MAX.
 * parameter: "FilterExpression". */
DM_MUST_USE enum dm_code render_check_size(const char *parameter,
                                           struct dm_str expression,
                                           struct dm_error *err);

#endif
