/* The statements that a database keeps prepared. */
#ifndef DYNAMOD_STORE_SQLITE_STATEMENT_H
#define DYNAMOD_STORE_SQLITE_STATEMENT_H

#include <sqlite3.h>

#include "store/sqlite/database.h"

enum statement_id {
    STATEMENT_BEGIN_READ,
    STATEMENT_BEGIN_WRITE,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_SAVEPOINT,
    STATEMENT_RELEASE,
    STATEMENT_UNDO,

    STATEMENT_TABLE_FIND,    /* name → id, keys */
    STATEMENT_TABLE_INDEXES, /* table → its indexes in order */
    STATEMENT_TABLE_ADD,
    STATEMENT_INDEX_ADD,

    STATEMENT_ITEM_GET, /* table, hash, range → item */
    STATEMENT_ITEM_PUT,
    STATEMENT_ITEM_DELETE,
    STATEMENT_ENTRY_PUT, /* table, index, hash, range, item_hash, item_range */
    STATEMENT_ENTRY_DELETE,

    /* A partition → hash, item. Parameters are 1 table, 2 index, 3 hash, then the bounds:
     * from 4 range, 5 item_hash, 6 item_range up to (not with) 7, 8, 9. */
    STATEMENT_ITEMS_ASCENDING,
    STATEMENT_ITEMS_DESCENDING,
    STATEMENT_ENTRIES_ASCENDING,
    STATEMENT_ENTRIES_DESCENDING,

    /* The table or index from 3 hash, 4 range, 5 item_hash, 6 item_range on. */
    STATEMENT_ITEMS_SCAN,
    STATEMENT_ENTRIES_SCAN,

    STATEMENT_TOKEN_FIND,    /* token, now → fingerprint */
    STATEMENT_TOKEN_KEEP,    /* token, fingerprint, until when */
    STATEMENT_TOKENS_FORGET, /* now */

    STATEMENT_COUNT
};

/* One that is in use: reset and its parameters forgotten at the end of its scope. */
struct statement {
    sqlite3_stmt *handle;
};

/* Prepared when first asked for. On failure there is nothing to be done with it. */
DM_MUST_USE enum dm_code statement_init(struct statement *statement,
                                        struct database *database, enum statement_id id,
                                        struct dm_error *err);
void statement_done(struct statement *statement);
DM_AUTO_DONE_DEFINE(statement, statement_done)

/* Bytes and texts are lent until the statement is done. Parameters that it does not have
 * are passed over. */
void statement_bind_int(struct statement *statement, int index, long long value);
void statement_bind_blob(struct statement *statement, int index, struct dm_str bytes);
void statement_bind_text(struct statement *statement, int index, struct dm_str text);

/* The next row, or none. */
DM_MUST_USE enum dm_code statement_step(struct statement *statement, bool *ret_row,
                                        struct dm_error *err);

/* All of it, for one that has no rows. */
DM_MUST_USE enum dm_code statement_run(struct statement *statement, struct dm_error *err);

/* A column of the row, lent until the next step; len 0 for NULL. */
struct dm_str statement_bytes(const struct statement *statement, int column);
long long statement_int(const struct statement *statement, int column);

/* All of a statement that has neither parameters nor rows. */
DM_MUST_USE enum dm_code statement_execute(struct database *database,
                                           enum statement_id id, struct dm_error *err);

#endif
