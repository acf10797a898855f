/* A write's dm_guard, read: conditions that can be asked of the store, and tags that can
 * only be compared with the item once it is read. */
#ifndef DYNAMOD_MODEL_GUARD_H
#define DYNAMOD_MODEL_GUARD_H

#include "model/demand.h"
#include "model/etag.h"
#include "model/scope.h"

/* Borrows from the dm_guard. */
struct guard {
    bool is_given; /* if_match or if_none_match is */
    bool must_exist, must_not_exist;
    struct dm_str match, none_match; /* lists; len 0: no tags are asked for */
    struct dm_str version;           /* instead of match: the one that its tag names */
    const struct dm_filter *filters;
    size_t filter_count;
};

/* attributes may be NULL. DM_E_INVALID: neither "*" nor a list of tags. */
DM_MUST_USE enum dm_code guard_read(const struct dm_guard *asked,
                                    const struct attributes *attributes,
                                    struct guard *ret_guard, struct dm_error *err);

/* Whether the item must be read. */
static inline bool guard_compares(const struct guard *guard)
{
    return guard->match.len || guard->none_match.len;
}

/* DM_E_FORBIDDEN: the model is not read, or not by this caller (scope NULL: it is), and
 * what a condition says of an item's content tells of it. */
DM_MUST_USE enum dm_code guard_check_compares(const struct model_config *model,
                                              const struct scope *scope,
                                              struct dm_error *err);

/* What can be asked of the store. DM_E_INVALID_FILTER. */
DM_MUST_USE enum dm_code guard_demand(const struct guard *guard,
                                      const struct attributes *attributes,
                                      const struct key_schema *schema,
                                      struct demands *demands, struct dm_error *err);

/* Likewise of conditions alone. */
DM_MUST_USE enum dm_code demand_filters(struct demands *demands,
                                        const struct attributes *attributes,
                                        const struct key_schema *schema,
                                        const struct dm_filter *filters, size_t count,
                                        struct dm_error *err);

/* Whether the tags are right of the item, an M; NULL: there is none. */
DM_MUST_USE enum dm_code guard_check_tags(const struct guard *guard,
                                          struct etag_maker *maker,
                                          const struct attributes *attributes,
                                          const struct dm_value *item, bool *ret_right,
                                          struct dm_error *err);

#endif
