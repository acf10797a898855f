/* One item: read, and replaced with its index entries. */
#include "store/sqlite/items.h"

#include "base/error.h"
#include "store/capacity.h"
#include "store/sqlite/entries.h"
#include "store/sqlite/item_text.h"
#include "store/sqlite/key_check.h"
#include "store/sqlite/sqlite_fault.h"
#include "store/sqlite/statement.h"
#include "value/size.h"

static void bind_place(struct statement *statement, const struct table *table,
                       const struct place *place)
{
    statement_bind_int(statement, 1, table->id);
    statement_bind_blob(statement, 2, encoded_str(&place->hash));
    statement_bind_blob(statement, 3, encoded_str(&place->range));
}

static enum dm_code read_item(struct database *database, const struct table *table,
                              const struct place *place, struct arena *arena,
                              const struct dm_value **ret_item, struct dm_error *err)
{
    bool row;
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, STATEMENT_ITEM_GET, err));
    bind_place(&statement, table, place);
    DM_TRY(statement_step(&statement, &row, err));
    if (!row) {
        *ret_item = NULL;
        return DM_OK;
    }
    struct dm_value *item = arena_new(arena, sizeof *item);
    if (!item)
        return error_nomem(err);
    DM_TRY(item_text_read(statement_bytes(&statement, 0), arena, item, err));
    *ret_item = item;
    return DM_OK;
}

enum dm_code items_get(struct database *database, const struct table *table,
                       const struct key *key, struct arena *arena,
                       const struct dm_value **ret_item, struct dm_error *err)
{
    struct place place;
    DM_TRY(key_check(&table->schema, key, err));
    place_of(key, &place);
    return read_item(database, table, &place, arena, ret_item, err);
}

static enum dm_code put_item(struct database *database, const struct table *table,
                             const struct place *place, const struct dm_value *item,
                             struct dm_error *err)
{
    struct dm_str text;
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, STATEMENT_ITEM_PUT, err));
    DM_TRY(item_text_write(database, item, &text, err));
    bind_place(&statement, table, place);
    statement_bind_text(&statement, 4, text);
    return statement_run(&statement, err);
}

static enum dm_code delete_item(struct database *database, const struct table *table,
                                const struct place *place, struct dm_error *err)
{
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, STATEMENT_ITEM_DELETE, err));
    bind_place(&statement, table, place);
    return statement_run(&statement, err);
}

static size_t size_of(const struct dm_value *item)
{
    return item ? value_item_size(item) : 0;
}

enum dm_code items_replace(struct database *database, const struct table *table,
                           const struct dm_value *old, const struct dm_value *item,
                           double *ret_units, struct dm_error *err)
{
    double units = capacity_write(size_of(old), size_of(item));
    if (old || item) {
        struct key key;
        struct place place;
        if (!place_key(&table->schema, item ? item : old, &key))
            return sqlite_fault_damaged(err);
        place_of(&key, &place);
        DM_TRY(item ? put_item(database, table, &place, item, err)
                    : delete_item(database, table, &place, err));
        DM_TRY(entries_replace(database, table, &place, old, item, &units, err));
    }
    *ret_units = units;
    return DM_OK;
}
