/* KeyConditionExpression: one partition, and a range of it. */
#ifndef DYNAMOD_EXPR_KEY_CONDITION_H
#define DYNAMOD_EXPR_KEY_CONDITION_H

#include "value/value.h"

enum range_kind {
    RANGE_ALL,
    RANGE_EQ,
    RANGE_LT,
    RANGE_LE,
    RANGE_GT,
    RANGE_GE,
    RANGE_BETWEEN,    /* low and high, both included */
    RANGE_BEGINS_WITH /* S and B */
};

struct key_condition {
    struct dm_str hash_name, range_name; /* range_name.len 0: RANGE_ALL */
    struct dm_value hash;
    enum range_kind range;
    struct dm_value low;  /* the one value, unless BETWEEN */
    struct dm_value high; /* BETWEEN */
};

#endif
