/* Taking a query over from its caller. */
#include "base/error.h"
#include "model/query.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

static enum dm_code copy_filters(struct dm_query *query, struct arena *arena,
                                 struct dm_error *err)
{
    size_t count = query->filter_count;
    struct dm_filter *filters = arena_alloc(arena, (count + 1) * sizeof *filters);
    if (!filters)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        filters[i] = query->filters[i];
        DM_TRY(call_copy(arena, &filters[i].name, err));
        DM_TRY(call_copy(arena, &filters[i].value, err));
    }
    query->filters = filters;
    return DM_OK;
}

static enum dm_code check_first(const struct dm_query *query, struct dm_error *err)
{
    if (!query->after.len && !query->limit && !query->count)
        return DM_OK;
    return error_set(err, DM_E_INVALID,
                     "the first item is asked for without after, limit and count");
}

enum dm_code query_take(const struct dm_query *query, bool first, struct arena *arena,
                        struct query_taken *ret_taken, struct dm_error *err)
{
    struct query_taken taken = {.kind = query->count ? QUERY_COUNT : QUERY_PAGE,
                                .query = *query};
    if (first) {
        taken.kind = QUERY_FIRST;
        DM_TRY(check_first(query, err));
    }
    DM_TRY(plan_check(query, err));
    DM_TRY(call_copy(arena, &taken.query.index, err));
    DM_TRY(call_copy(arena, &taken.query.hash_key, err));
    DM_TRY(call_copy(arena, &taken.query.range_key, err));
    DM_TRY(call_copy(arena, &taken.query.attributes_to_get, err));
    DM_TRY(call_copy(arena, &taken.query.after, err));
    DM_TRY(copy_filters(&taken.query, arena, err));
    if (taken.query.attributes_to_get.len)
        DM_TRY(projection_parse(taken.query.attributes_to_get, arena, &taken.projection,
                                err));
    *ret_taken = taken;
    return DM_OK;
}

/* How many items a page may look at. */
static unsigned page_max(const struct model_config *model)
{
    return model->max_page_items ? model->max_page_items : LIMIT_MAX;
}

enum dm_code query_plan(const struct query_taken *taken, const struct schema_use *use,
                        struct plan *ret_plan, struct dm_error *err)
{
    unsigned most = page_max(use->model->config);
    if (taken->query.limit > most)
        return error_set(err, DM_E_INVALID, "limit: expected 1 to %u here, got %u", most,
                         taken->query.limit);
    struct plan_request request = {use->app, use->model, &use->schema, &taken->query,
                                   &taken->projection};
    DM_TRY(plan_make(&request, use->arena, ret_plan, err));
    ret_plan->page_max = most;
    return DM_OK;
}

/* The first item of all is the first that is looked at; the first of some may be far, so
 * that it is looked for in steps that grow. */
unsigned query_limit(const struct query_taken *taken, const struct plan *plan,
                     unsigned page)
{
    unsigned most = plan->page_max;
    unsigned preset = LIMIT_DEFAULT < most ? LIMIT_DEFAULT : most;
    switch (taken->kind) {
    case QUERY_COUNT:
        return 0;
    case QUERY_FIRST:
        if (!plan->filter && !hidden_looks(&plan->hidden))
            return 1;
        return page ? most : preset;
    default:
        return taken->query.limit ? taken->query.limit : preset;
    }
}
