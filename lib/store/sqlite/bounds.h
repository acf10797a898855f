/* A key condition as the stretch of a partition that it covers. */
#ifndef DYNAMOD_STORE_SQLITE_BOUNDS_H
#define DYNAMOD_STORE_SQLITE_BOUNDS_H

#include "expr/key_condition.h"
#include "store/sqlite/page.h"

/* Ranges from `low` up to, not with, `high`. */
struct bounds {
    struct encoded hash, low, high;
};

/* DM_E_VALIDATION: a condition that is not one of the page's schema. */
DM_MUST_USE enum dm_code bounds_read(const struct page *page,
                                     const struct key_condition *condition,
                                     struct bounds *ret_bounds, struct dm_error *err);

/* Whether the place lies within. DM_E_VALIDATION, as of an ExclusiveStartKey. */
DM_MUST_USE enum dm_code bounds_check(const struct bounds *bounds,
                                      const struct place *place, struct dm_error *err);

#endif
