/* The connection: opened, closed, and its transactions. */
#include "store/sqlite/database.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "store/sqlite/database_internal.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_fault.h"
#include "store/sqlite/tables.h"

/* An item of 400 KB is at most this much JSON; the descriptions of all tables are less.
 */
enum { JSON_MAX = 16 * 1024 * 1024, TABLES_MAX = 16 * 1024 * 1024 };

/* How long another program's lock is waited for. A reader keeps its loop waiting. */
enum { BUSY_WRITE_MS = 2000, BUSY_READ_MS = 50 };

/* While a file is made, or its last user leaves it, SQLite calls it busy without waiting.
 */
enum { OPEN_PAUSE_MS = 20 };

static enum dm_code execute(struct database *database, const char *text,
                            struct dm_error *err)
{
    int result = sqlite3_exec(database->handle, text, NULL, NULL, NULL);
    return result ? sqlite_fault(result, err) : DM_OK;
}

/* https://www.sqlite.org/wal.html and https://www.sqlite.org/pragma.html */
static enum dm_code configure(struct database *database, bool relaxed,
                              struct dm_error *err)
{
    DM_TRY(execute(database, "PRAGMA trusted_schema = OFF", err));
    if (database->mode == DATABASE_READ)
        return execute(database, "PRAGMA query_only = ON", err);
    DM_TRY(execute(database, "PRAGMA journal_mode = WAL", err));
    return execute(database,
                   relaxed ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
                   err);
}

/* SQLite opens what it may not write as if nothing were amiss. */
static enum dm_code check_writable(struct database *database, struct dm_error *err)
{
    bool read_only = sqlite3_db_readonly(database->handle, "main") == 1;
    return read_only ? sqlite_fault(SQLITE_READONLY, err) : DM_OK;
}

/* Now, so that ending a transaction never fails for want of memory. */
static enum dm_code prepare_transactions(struct database *database, struct dm_error *err)
{
    for (int id = STATEMENT_BEGIN_READ; id <= STATEMENT_UNDO; id++) {
        DM_AUTO_DONE(statement) statement;
        DM_TRY(statement_init(&statement, database, (enum statement_id)id, err));
    }
    return DM_OK;
}

static enum dm_code open_file(struct database *database, const char *path, bool relaxed,
                              struct dm_error *err)
{
    bool writing = database->mode == DATABASE_WRITE;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    int result = sqlite3_open_v2(path, &database->handle,
                                 flags | (writing ? SQLITE_OPEN_CREATE : 0), NULL);
    if (result)
        return sqlite_fault(result, err);
    sqlite3_busy_timeout(database->handle, writing ? BUSY_WRITE_MS : BUSY_READ_MS);
    DM_TRY(check_writable(database, err));
    DM_TRY(schema_open(database->handle, writing, err));
    DM_TRY(configure(database, relaxed, err));
    return prepare_transactions(database, err);
}

static void close_file(struct database *database)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(DM_TAKE(database->statements[i]));
    sqlite3_close(DM_TAKE(database->handle));
}

static enum dm_code open_patiently(struct database *database, const char *path,
                                   bool relaxed, struct dm_error *err)
{
    int64_t end_ms = clock_monotonic_ms(clock_system()) + BUSY_WRITE_MS;
    for (;;) {
        enum dm_code code = open_file(database, path, relaxed, err);
        bool is_busy = code && (sqlite3_errcode(database->handle) & 0xff) == SQLITE_BUSY;
        if (!is_busy || clock_monotonic_ms(clock_system()) >= end_ms)
            return code;
        close_file(database);
        sqlite3_sleep(OPEN_PAUSE_MS);
    }
}

static struct database *database_new(enum database_mode mode)
{
    struct database *database = mem_new(sizeof *database);
    if (!database)
        return NULL;
    database->mode = mode;
    arena_init(&database->arena, TABLES_MAX);
    buf_init(&database->json, JSON_MAX);
    return database;
}

enum dm_code database_open(const char *path, enum database_mode mode, bool relaxed,
                           struct database **ret_database, struct dm_error *err)
{
    DM_AUTO(database) *database = database_new(mode);
    if (!database)
        return error_nomem(err);

    struct dm_error why = {0};
    enum dm_code code = open_patiently(database, path, relaxed, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return error_set(err, DM_E_CONFIG, "%s", why.message);

    *ret_database = DM_TAKE(database);
    return DM_OK;
}

void database_close(struct database *database)
{
    if (!database)
        return;
    close_file(database);
    arena_done(&database->arena);
    buf_done(&database->json);
    mem_free(database);
}

bool database_in_transaction(const struct database *database)
{
    return !sqlite3_get_autocommit(database->handle);
}

enum dm_code database_begin(struct database *database, struct dm_error *err)
{
    bool reading = database->mode == DATABASE_READ;
    return statement_execute(database,
                             reading ? STATEMENT_BEGIN_READ : STATEMENT_BEGIN_WRITE, err);
}

/* A full disk and its like may have undone the transaction already
 * (https://www.sqlite.org/lang_transaction.html, section 3). */
static enum dm_code check_transaction(const struct database *database,
                                      struct dm_error *err)
{
    if (database_in_transaction(database))
        return DM_OK;
    error_set(err, DM_E_OVERLOADED, "the database undid its transaction");
    if (err)
        err->retry_after_s = 1;
    return DM_E_OVERLOADED;
}

enum dm_code database_commit(struct database *database, struct dm_error *err)
{
    enum dm_code code = check_transaction(database, err);
    if (code == DM_OK)
        code = statement_execute(database, STATEMENT_COMMIT, err);
    if (code)
        database_rollback(database);
    database->table_added = false;
    return code;
}

static void forget_added_table(struct database *database)
{
    if (database->table_added)
        tables_forget(database);
}

void database_rollback(struct database *database)
{
    enum dm_code code = DM_OK;
    if (database_in_transaction(database))
        code = statement_execute(database, STATEMENT_ROLLBACK, NULL);
    (void)code; /* what cannot be undone now is undone when the file is next opened */
    forget_added_table(database);
    database->table_added = false;
}

enum dm_code database_savepoint(struct database *database, struct dm_error *err)
{
    DM_TRY(check_transaction(database, err));
    return statement_execute(database, STATEMENT_SAVEPOINT, err);
}

enum dm_code database_release(struct database *database, struct dm_error *err)
{
    DM_TRY(check_transaction(database, err));
    return statement_execute(database, STATEMENT_RELEASE, err);
}

void database_undo(struct database *database)
{
    if (!database_in_transaction(database))
        return;
    if (statement_execute(database, STATEMENT_UNDO, NULL) ||
        statement_execute(database, STATEMENT_RELEASE, NULL))
        database_rollback(database);
    forget_added_table(
        database); /* another of this transaction may be kept, and undone */
}
