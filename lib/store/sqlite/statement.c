/* SQL, all of it but the schema, and the statements it is prepared as. */
#include "store/sqlite/statement.h"

#include <assert.h>

#include "store/sqlite/database_internal.h"
#include "store/sqlite/sqlite_fault.h"

#define ITEMS_OF_PARTITION                                                               \
    "SELECT hash, item FROM items"                                                       \
    " WHERE table_id = ?1 AND hash = ?3 AND range >= ?4 AND range < ?7 ORDER BY range"

#define ENTRIES                                                                          \
    "SELECT e.hash, i.item FROM entries e"                                               \
    " CROSS JOIN items i ON i.table_id = e.table_id"                                     \
    " AND i.hash = e.item_hash AND i.range = e.item_range"                               \
    " WHERE e.table_id = ?1 AND e.index_id = ?2"

#define ENTRIES_OF_PARTITION                                                             \
    ENTRIES " AND e.hash = ?3 AND (e.range, e.item_hash, e.item_range) >= (?4, ?5, ?6)"  \
            " AND (e.range, e.item_hash, e.item_range) < (?7, ?8, ?9)"                   \
            " ORDER BY "

static const char *const texts[] = {
    [STATEMENT_BEGIN_READ] = "BEGIN",
    [STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_SAVEPOINT] = "SAVEPOINT request",
    [STATEMENT_RELEASE] = "RELEASE request",
    [STATEMENT_UNDO] = "ROLLBACK TO request",

    [STATEMENT_TABLE_FIND] = "SELECT id, hash_key, hash_type, range_key, range_type"
                             " FROM tables WHERE name = ?1",
    [STATEMENT_TABLE_INDEXES] =
        "SELECT name, hash_key, hash_type, range_key, range_type, global, projection,"
        " included FROM indexes WHERE table_id = ?1 ORDER BY index_id",
    [STATEMENT_TABLE_ADD] = "INSERT INTO tables (name, hash_key, hash_type, range_key,"
                            " range_type) VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATEMENT_INDEX_ADD] =
        "INSERT INTO indexes (table_id, index_id, name, hash_key, hash_type, range_key,"
        " range_type, global, projection, included)"
        " VALUES (?6, ?7, ?1, ?2, ?3, ?4, ?5, ?8, ?9, ?10)",

    [STATEMENT_ITEM_GET] =
        "SELECT item FROM items WHERE table_id = ?1 AND hash = ?2 AND range = ?3",
    [STATEMENT_ITEM_PUT] = "INSERT INTO items (table_id, hash, range, item)"
                           " VALUES (?1, ?2, ?3, ?4)"
                           " ON CONFLICT DO UPDATE SET item = excluded.item",
    [STATEMENT_ITEM_DELETE] =
        "DELETE FROM items WHERE table_id = ?1 AND hash = ?2 AND range = ?3",
    [STATEMENT_ENTRY_PUT] =
        "INSERT INTO entries (table_id, index_id, hash, range, item_hash, item_range)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STATEMENT_ENTRY_DELETE] =
        "DELETE FROM entries WHERE table_id = ?1 AND index_id = ?2 AND hash = ?3"
        " AND range = ?4 AND item_hash = ?5 AND item_range = ?6",

    [STATEMENT_ITEMS_ASCENDING] = ITEMS_OF_PARTITION,
    [STATEMENT_ITEMS_DESCENDING] = ITEMS_OF_PARTITION " DESC",
    [STATEMENT_ENTRIES_ASCENDING] =
        ENTRIES_OF_PARTITION "e.range, e.item_hash, e.item_range",
    [STATEMENT_ENTRIES_DESCENDING] =
        ENTRIES_OF_PARTITION "e.range DESC, e.item_hash DESC, e.item_range DESC",
    [STATEMENT_ITEMS_SCAN] =
        "SELECT hash, item FROM items WHERE table_id = ?1 AND (hash, range) >= (?3, ?4)"
        " ORDER BY hash, range",
    [STATEMENT_ENTRIES_SCAN] =
        ENTRIES " AND (e.hash, e.range, e.item_hash, e.item_range) >= (?3, ?4, ?5, ?6)"
                " ORDER BY e.hash, e.range, e.item_hash, e.item_range",

    [STATEMENT_TOKEN_FIND] =
        "SELECT fingerprint FROM tokens WHERE token = ?1 AND until_ms > ?2",
    [STATEMENT_TOKEN_KEEP] =
        "INSERT INTO tokens (token, fingerprint, until_ms) VALUES (?1, ?2, ?3)",
    [STATEMENT_TOKENS_FORGET] = "DELETE FROM tokens WHERE until_ms <= ?1",
};

enum dm_code statement_init(struct statement *statement, struct database *database,
                            enum statement_id id, struct dm_error *err)
{
    sqlite3_stmt **kept = &database->statements[id];
    statement->handle = NULL;
    if (!*kept) {
        int result = sqlite3_prepare_v3(database->handle, texts[id], -1,
                                        SQLITE_PREPARE_PERSISTENT, kept, NULL);
        if (result)
            return sqlite_fault(result, err);
    }
    statement->handle = *kept;
    return DM_OK;
}

void statement_done(struct statement *statement)
{
    if (!statement->handle)
        return;
    sqlite3_reset(statement->handle);
    sqlite3_clear_bindings(statement->handle);
}

static bool has_parameter(const struct statement *statement, int index)
{
    return index <= sqlite3_bind_parameter_count(statement->handle);
}

/* Lent values need no memory: a failure to bind is a mistake of ours. */
static void bound(int result)
{
    assert(result == SQLITE_OK);
    (void)result;
}

void statement_bind_int(struct statement *statement, int index, long long value)
{
    if (has_parameter(statement, index))
        bound(sqlite3_bind_int64(statement->handle, index, value));
}

void statement_bind_blob(struct statement *statement, int index, struct dm_str bytes)
{
    if (has_parameter(statement, index))
        bound(sqlite3_bind_blob64(statement->handle, index, bytes.ptr, bytes.len,
                                  SQLITE_STATIC));
}

void statement_bind_text(struct statement *statement, int index, struct dm_str text)
{
    if (has_parameter(statement, index))
        bound(sqlite3_bind_text64(statement->handle, index, text.ptr, text.len,
                                  SQLITE_STATIC, SQLITE_UTF8));
}

enum dm_code statement_step(struct statement *statement, bool *ret_row,
                            struct dm_error *err)
{
    int result = sqlite3_step(statement->handle);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return sqlite_fault(result, err);
    *ret_row = result == SQLITE_ROW;
    return DM_OK;
}

enum dm_code statement_run(struct statement *statement, struct dm_error *err)
{
    bool row = true;
    while (row)
        DM_TRY(statement_step(statement, &row, err));
    return DM_OK;
}

struct dm_str statement_bytes(const struct statement *statement, int column)
{
    const char *bytes = sqlite3_column_blob(statement->handle, column);
    int len = sqlite3_column_bytes(statement->handle, column);
    return (struct dm_str){bytes, (size_t)len};
}

long long statement_int(const struct statement *statement, int column)
{
    return sqlite3_column_int64(statement->handle, column);
}

enum dm_code statement_execute(struct database *database, enum statement_id id,
                               struct dm_error *err)
{
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, id, err));
    return statement_run(&statement, err);
}
