/* Writing index entries. */
#include "store/sqlite/entries.h"

#include "base/str.h"
#include "expr/evaluate.h"
#include "store/capacity.h"
#include "store/sqlite/index_view.h"
#include "store/sqlite/statement.h"
#include "value/item.h"
#include "value/size.h"

/* One item in one index, before or after. */
struct side {
    bool in; /* indexes are sparse: an item without their keys is not in them */
    struct place at;
    struct dm_value view;
    size_t size;
};

/* Only somebody with a shell can have put in what does not. */
static bool fits(const struct key *key)
{
    return (key->hash.type == DM_N || key->hash.as.text.len <= KEY_HASH_MAX) &&
           (str_empty(key->range_attribute.name) || key->range.type == DM_N ||
            key->range.as.text.len <= KEY_RANGE_MAX);
}

static enum dm_code look(const struct table *table, const struct store_index *index,
                         const struct dm_value *item, struct arena *arena,
                         struct side *side, struct dm_error *err)
{
    struct key key;
    side->size = 0;
    side->in = place_key(&index->schema, item, &key) && fits(&key);
    if (!side->in)
        return DM_OK;
    place_of(&key, &side->at);
    DM_TRY(index_view(table, index, item, arena, &side->view, err));
    side->size = value_item_size(&side->view);
    return DM_OK;
}

static enum dm_code write_entry(struct database *database, enum statement_id id,
                                const struct table *table,
                                const struct store_index *index, const struct place *at,
                                const struct place *item, struct dm_error *err)
{
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, id, err));
    statement_bind_int(&statement, 1, table->id);
    statement_bind_int(&statement, 2, index - table->indexes);
    statement_bind_blob(&statement, 3, encoded_str(&at->hash));
    statement_bind_blob(&statement, 4, encoded_str(&at->range));
    statement_bind_blob(&statement, 5, encoded_str(&item->hash));
    statement_bind_blob(&statement, 6, encoded_str(&item->range));
    return statement_run(&statement, err);
}

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html, "Write
 * capacity units": an entry that moves is deleted and put, one that stays the same is
 * free. */
static double cost(const struct side *old, const struct side *now, bool stays)
{
    if (stays)
        return value_equal(&old->view, &now->view) ? 0
                                                   : capacity_write(old->size, now->size);
    return (old->in ? capacity_write(old->size, 0) : 0) +
           (now->in ? capacity_write(0, now->size) : 0);
}

static enum dm_code replace(struct database *database, const struct table *table,
                            const struct store_index *index, const struct place *place,
                            const struct side *old, const struct side *now, double *units,
                            struct dm_error *err)
{
    bool stays = old->in && now->in && place_equal(&old->at, &now->at);
    *units += cost(old, now, stays);
    if (old->in && !stays)
        DM_TRY(write_entry(database, STATEMENT_ENTRY_DELETE, table, index, &old->at,
                           place, err));
    if (now->in && !stays)
        DM_TRY(write_entry(database, STATEMENT_ENTRY_PUT, table, index, &now->at, place,
                           err));
    return DM_OK;
}

enum dm_code entries_replace(struct database *database, const struct table *table,
                             const struct place *place, const struct dm_value *old,
                             const struct dm_value *item, double *units,
                             struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ITEM_ARENA_MAX);
    for (size_t i = 0; i < table->index_count; i++) {
        struct side before, now;
        const struct store_index *index = &table->indexes[i];
        DM_TRY(look(table, index, old, &arena, &before, err));
        DM_TRY(look(table, index, item, &arena, &now, err));
        DM_TRY(replace(database, table, index, place, &before, &now, units, err));
    }
    return DM_OK;
}
