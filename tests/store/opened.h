/* A store of any kind by its host, and what it stands on. */
#ifndef DYNAMOD_TESTS_STORE_OPENED_H
#define DYNAMOD_TESTS_STORE_OPENED_H

#include "store/dynamodb/dynamodb.h"
#include "store/sqlite/sqlite.h"

struct opened {
    struct dm_loop *loop;
    struct client *client;
    struct sqlite_file *file;
    struct dm_store *store;
};

/* "sqlite:PATH", "sqlite::memory:", or a DynamoDB endpoint's URL. Close it even when it
 * failed. */
DM_MUST_USE enum dm_code opened_open(struct opened *opened, const char *host,
                                     struct dm_error *err);
void opened_close(struct opened *opened);

#endif
