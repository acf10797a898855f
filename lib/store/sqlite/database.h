/*
 * A connection to the file: its statements, its tables, its transactions. Used by one
 * thread at a time: a store's for reading, the writer's for writing.
 */
#ifndef DYNAMOD_STORE_SQLITE_DATABASE_H
#define DYNAMOD_STORE_SQLITE_DATABASE_H

#include "store/store.h"

struct database;

enum database_mode { DATABASE_READ, DATABASE_WRITE };

/* path: as in sqlite_options, ":memory:" already resolved to a real path by sqlite_file.
 */
DM_MUST_USE enum dm_code database_open(const char *path, enum database_mode mode,
                                       bool relaxed, struct database **ret_database,
                                       struct dm_error *err);
void database_close(struct database *database);
DM_AUTO_DEFINE(database, database_close)

/* One transaction: deferred for reading (one snapshot), immediate for writing. */
DM_MUST_USE enum dm_code database_begin(struct database *database, struct dm_error *err);
DM_MUST_USE enum dm_code database_commit(struct database *database, struct dm_error *err);
void database_rollback(struct database *database);

/* False after SQLite undid the transaction by itself: a full disk, a damaged file. */
bool database_in_transaction(const struct database *database);

/* Inside a transaction: one request's part of it, undone alone. */
DM_MUST_USE enum dm_code database_savepoint(struct database *database,
                                            struct dm_error *err);
DM_MUST_USE enum dm_code database_release(struct database *database,
                                          struct dm_error *err);
void database_undo(struct database *database);

/* A table as CreateTable described it. The database's; valid until the transaction ends.
 */
struct table {
    long long id;
    struct dm_str name;
    struct key_schema schema;
    const struct store_index *indexes;
    size_t index_count;
};

/* DM_E_TABLE_NOT_FOUND. */
DM_MUST_USE enum dm_code database_table(struct database *database, struct dm_str name,
                                        const struct table **ret_table,
                                        struct dm_error *err);

/* In a writing transaction. DM_E_CONFLICT when it is there, DM_E_VALIDATION. */
DM_MUST_USE enum dm_code database_create_table(struct database *database,
                                               const struct store_create *request,
                                               struct dm_error *err);

#endif
