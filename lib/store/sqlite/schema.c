/* The schema, and whose a file is. */
#include "store/sqlite/schema.h"

#include "base/error.h"
#include "store/sqlite/sqlite_fault.h"

/*
 * hash and range are keys as encode.h has them, x'' for none. An entry is one item's
 * place in one index. The view is for people: sqlite3 FILE 'SELECT * FROM item'.
 */
static const char definition[] =
    "CREATE TABLE tables ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " hash_key TEXT NOT NULL, hash_type TEXT NOT NULL, range_key TEXT, range_type TEXT);"

    "CREATE TABLE indexes ("
    " table_id INTEGER NOT NULL, index_id INTEGER NOT NULL, name TEXT NOT NULL,"
    " hash_key TEXT NOT NULL, hash_type TEXT NOT NULL, range_key TEXT, range_type TEXT,"
    " global INTEGER NOT NULL, projection TEXT NOT NULL, included TEXT NOT NULL,"
    " PRIMARY KEY (table_id, index_id)) WITHOUT ROWID;"

    "CREATE TABLE items ("
    " table_id INTEGER NOT NULL, hash BLOB NOT NULL, range BLOB NOT NULL,"
    " item TEXT NOT NULL, PRIMARY KEY (table_id, hash, range)) WITHOUT ROWID;"

    "CREATE TABLE entries ("
    " table_id INTEGER NOT NULL, index_id INTEGER NOT NULL,"
    " hash BLOB NOT NULL, range BLOB NOT NULL,"
    " item_hash BLOB NOT NULL, item_range BLOB NOT NULL,"
    " PRIMARY KEY (table_id, index_id, hash, range, item_hash, item_range))"
    " WITHOUT ROWID;"

    "CREATE TABLE tokens ("
    " token TEXT PRIMARY KEY, fingerprint INTEGER NOT NULL, until_ms INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE INDEX tokens_until ON tokens (until_ms);"

    "CREATE VIEW item AS SELECT t.name AS \"table\","
    " (SELECT json_extract(a.value, '$.' || t.hash_type)"
    "  FROM json_each(i.item) a WHERE a.key = t.hash_key) AS hash,"
    " (SELECT json_extract(a.value, '$.' || t.range_type)"
    "  FROM json_each(i.item) a WHERE a.key = t.range_key) AS range,"
    " i.item AS item"
    " FROM items i JOIN tables t ON t.id = i.table_id;"

    "PRAGMA application_id = 0x646d6462;"
    "PRAGMA user_version = 1;";

struct identity {
    int application_id, version, objects;
};

static int execute(sqlite3 *handle, const char *text)
{
    return sqlite3_exec(handle, text, NULL, NULL, NULL);
}

static int read_identity(sqlite3 *handle, struct identity *ret_identity)
{
    static const char text[] =
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
        " FROM pragma_application_id, pragma_user_version";
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(handle, text, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *ret_identity = (struct identity){sqlite3_column_int(statement, 0),
                                          sqlite3_column_int(statement, 1),
                                          sqlite3_column_int(statement, 2)};
    sqlite3_finalize(statement);
    return result == SQLITE_ROW ? SQLITE_OK : result;
}

static enum dm_code judge(const struct identity *identity, struct dm_error *err)
{
    if (identity->application_id != SCHEMA_APPLICATION_ID)
        return error_set(err, DM_E_CONFIG, "the file is the database of another program");
    if (identity->version > SCHEMA_VERSION)
        return error_set(err, DM_E_CONFIG,
                         "the database file is of version %d, made by a newer dynamod:"
                         " this one knows version %d",
                         identity->version, SCHEMA_VERSION);
    if (identity->version < SCHEMA_VERSION)
        return error_set(err, DM_E_CONFIG, "the database file is of unknown version %d",
                         identity->version);
    return DM_OK;
}

static bool is_empty(const struct identity *identity)
{
    return !identity->application_id && !identity->version && !identity->objects;
}

static enum dm_code recognise(sqlite3 *handle, bool make, struct dm_error *err)
{
    struct identity identity = {0};
    int result = read_identity(handle, &identity);
    if (result == SQLITE_OK && (!make || !is_empty(&identity)))
        return judge(&identity, err);
    if (result == SQLITE_OK)
        result = execute(handle, definition);
    return result ? sqlite_fault(result, err) : DM_OK;
}

/* In a transaction, because two programs may find one empty file. */
enum dm_code schema_open(sqlite3 *handle, bool make, struct dm_error *err)
{
    int result = execute(handle, make ? "BEGIN IMMEDIATE" : "BEGIN");
    if (result)
        return sqlite_fault(result, err);
    enum dm_code code = recognise(handle, make, err);
    if (code == DM_OK && (result = execute(handle, "COMMIT")))
        code = sqlite_fault(result, err);
    if (code && !sqlite3_get_autocommit(handle))
        execute(handle, "ROLLBACK");
    return code;
}
