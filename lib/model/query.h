/* A client's dm_query, taken and planned: what queries and their explanations share. */
#ifndef DYNAMOD_MODEL_QUERY_H
#define DYNAMOD_MODEL_QUERY_H

#include "model/plan.h"
#include "model/schema_use.h"

/* What becomes of the pages. */
enum query_kind {
    QUERY_PAGE,  /* one page */
    QUERY_COUNT, /* how many there are, page after page */
    QUERY_FIRST  /* the first item, page after page */
};

struct query_taken {
    enum query_kind kind;
    struct dm_query query; /* its texts are in the arena */
    struct projection projection;
};

/* DM_E_INVALID, DM_E_INVALID_PROJECTION. */
DM_MUST_USE enum dm_code query_take(const struct dm_query *query, bool first,
                                    struct arena *arena, struct query_taken *ret_taken,
                                    struct dm_error *err);

DM_MUST_USE enum dm_code query_plan(const struct query_taken *taken,
                                    const struct schema_use *use, struct plan *ret_plan,
                                    struct dm_error *err);

/* The store's limit of the nth page, from 0. */
unsigned query_limit(const struct query_taken *taken, const struct plan *plan,
                     unsigned page);

#endif
