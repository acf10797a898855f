/*
 * What a write demands of the item that stands there: conditions, all of which must hold.
 * An item past its time to live is none, where the model hides such items.
 */
#ifndef DYNAMOD_MODEL_DEMAND_H
#define DYNAMOD_MODEL_DEMAND_H

#include "base/clock.h"
#include "expr/condition.h"
#include "model/model_config.h"

enum { DEMANDS_MAX = 12 };

/* Embedded. Names and values are lent to it as long as the condition is used. */
struct demands {
    struct arena *arena;
    struct dm_str hash_name; /* the table's hash key */
    struct dm_str ttl_name;  /* len 0: nothing expires */
    struct dm_str now;       /* seconds since 1970 */
    struct condition at[DEMANDS_MAX];
    size_t count;
};

/* What the time is for a write: as long as DynamoDB knows a token, the write that comes
 * again with it must be the same. */
int64_t demand_time(const struct clock *clock, struct dm_str token);

/* None yet. */
DM_MUST_USE enum dm_code demands_init(struct demands *demands,
                                      const struct model_config *model,
                                      struct dm_str hash_name, int64_t now_s,
                                      struct arena *arena, struct dm_error *err);

void demand(struct demands *demands, const struct condition *condition);

/* There is an item. */
DM_MUST_USE enum dm_code demand_item(struct demands *demands, struct dm_error *err);

/* If there is one, its time is not over. */
DM_MUST_USE enum dm_code demand_alive(struct demands *demands, struct dm_error *err);

/* There is none that has the attribute; of the hash key: there is none. */
DM_MUST_USE enum dm_code demand_none_with(struct demands *demands, struct dm_str name,
                                          struct dm_error *err);

/* There is one whose attribute has the value. */
DM_MUST_USE enum dm_code demand_value(struct demands *demands, struct dm_str name,
                                      const struct dm_value *value, struct dm_error *err);

/* All of them as one, lent by the demands; NULL: there are none. */
DM_MUST_USE enum dm_code demands_end(const struct demands *demands,
                                     const struct condition **ret_condition,
                                     struct dm_error *err);

#endif
