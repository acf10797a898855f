/* From what a client asks to what a store is asked: a Query or a Scan. */
#ifndef DYNAMOD_MODEL_PLAN_H
#define DYNAMOD_MODEL_PLAN_H

#include "model/app_internal.h"
#include "model/hidden.h"

/* Lives in the arena that it was made in. */
struct plan {
    bool is_query;
    struct dm_str table, index;
    struct key_condition keys; /* a Query's */
    const struct condition *filter;
    struct projection projection; /* count 0: all */
    bool consistent, descending, count_only;
    unsigned page_max; /* items that one page may look at */
    struct hidden hidden;
    struct dm_str bound;          /* what its tokens are good for */
    const struct dm_value *after; /* where the first page begins, or NULL */
};

/* Who asks what: it lives as long as the plan. */
struct plan_request {
    struct dm_app *app;
    const struct dm_model *model;
    const struct key_schema *schema; /* the table's */
    const struct dm_query *query;    /* plan_check has looked at it */
    const struct projection *projection;
};

/* What can be said of a query before its table is known. DM_E_INVALID. */
DM_MUST_USE enum dm_code plan_check(const struct dm_query *query, struct dm_error *err);

/* DM_E_INVALID_KEY, DM_E_INVALID_FILTER, DM_E_INVALID_TOKEN, DM_E_INDEX_NOT_FOUND,
 * DM_E_INVALID for what the index has not. */
DM_MUST_USE enum dm_code plan_make(const struct plan_request *request,
                                   struct arena *arena, struct plan *ret_plan,
                                   struct dm_error *err);

/* The store's request; limit 0: a page of 1 MB. Borrows from the plan. */
struct store_query plan_query(const struct plan *plan, const struct store_base *base,
                              unsigned limit, const struct dm_value *after);
struct store_scan plan_scan(const struct plan *plan, const struct store_base *base,
                            unsigned limit, const struct dm_value *after);

#endif
