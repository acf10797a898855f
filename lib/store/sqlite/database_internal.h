/* The database itself, for the files that are it. */
#ifndef DYNAMOD_STORE_SQLITE_DATABASE_INTERNAL_H
#define DYNAMOD_STORE_SQLITE_DATABASE_INTERNAL_H

#include "base/buf.h"
#include "store/sqlite/statement.h"

struct table_node;

struct database {
    sqlite3 *handle;
    enum database_mode mode;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct arena arena;        /* of the tables */
    struct table_node *tables; /* all that were asked for: none ever changes */
    bool table_added;          /* by the transaction under way */
    struct dm_buf json;        /* items are written here on their way into the file */
};

#endif
