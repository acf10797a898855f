/* Projections of indexes. Both keys are in every one. */
#include "store/sqlite/index_view.h"

#include "base/error.h"
#include "base/str.h"

static bool is_key(const struct key_schema *schema, struct dm_str name)
{
    return str_equal(schema->hash.name, name) || str_equal(schema->range.name, name);
}

static bool is_included(const struct store_index *index, struct dm_str name)
{
    for (size_t i = 0; i < index->included_count; i++)
        if (str_equal(index->included[i], name))
            return true;
    return false;
}

bool index_holds(const struct table *table, const struct store_index *index,
                 struct dm_str name)
{
    if (!index || index->projection == PROJECT_ALL)
        return true;
    return is_key(&table->schema, name) || is_key(&index->schema, name) ||
           is_included(index, name);
}

enum dm_code index_view(const struct table *table, const struct store_index *index,
                        const struct dm_value *item, struct arena *arena,
                        struct dm_value *ret_view, struct dm_error *err)
{
    if (!index || index->projection == PROJECT_ALL) {
        *ret_view = *item;
        return DM_OK;
    }
    struct dm_value view = {.type = DM_M};
    view.as.map.at =
        arena_alloc(arena, (item->as.map.count + 1) * sizeof *view.as.map.at);
    if (!view.as.map.at)
        return error_nomem(err);
    for (size_t i = 0; i < item->as.map.count; i++)
        if (index_holds(table, index, item->as.map.at[i].name))
            view.as.map.at[view.as.map.count++] = item->as.map.at[i];
    *ret_view = view;
    return DM_OK;
}
