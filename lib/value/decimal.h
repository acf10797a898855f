/* Exact arithmetic on DynamoDB's numbers, on their texts. */
#ifndef DYNAMOD_VALUE_DECIMAL_H
#define DYNAMOD_VALUE_DECIMAL_H

#include "value/number.h"

/* Below, at or above 0 as `a` is less than, equal to or more than `b`. Both are
 * DynamoDB numbers, in any spelling. */
int decimal_compare(struct dm_str a, struct dm_str b);

enum decimal_fault {
    DECIMAL_OK,
    DECIMAL_PRECISION, /* the result has more than 38 significant digits */
    DECIMAL_OVERFLOW,
    DECIMAL_UNDERFLOW
};

/* a + b, or a - b, of DynamoDB numbers in any spelling. */
DM_MUST_USE enum decimal_fault decimal_add(struct dm_str a, struct dm_str b,
                                           struct number *ret_sum);
DM_MUST_USE enum decimal_fault decimal_subtract(struct dm_str a, struct dm_str b,
                                                struct number *ret_difference);

/* Where a number's digits are: `digits` significant ones, none for zero, the first at
 * `magnitude`, a power of ten. */
struct decimal_shape {
    bool negative;
    size_t digits;
    int magnitude;
};
struct decimal_shape decimal_shape(struct dm_str number);

#endif
