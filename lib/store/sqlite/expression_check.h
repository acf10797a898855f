/* What DynamoDB refuses in an expression, whatever it is applied to. NULL is nothing to
 * refuse. DM_E_VALIDATION. */
#ifndef DYNAMOD_STORE_SQLITE_EXPRESSION_CHECK_H
#define DYNAMOD_STORE_SQLITE_EXPRESSION_CHECK_H

#include "store/store.h"

DM_MUST_USE enum dm_code expression_check_condition(const struct condition *condition,
                                                    struct dm_error *err);
DM_MUST_USE enum dm_code expression_check_update(const struct update *update,
                                                 struct dm_error *err);

/* Its paths: none twice, none inside another. */
DM_MUST_USE enum dm_code expression_check_projection(const struct projection *projection,
                                                     struct dm_error *err);

#endif
