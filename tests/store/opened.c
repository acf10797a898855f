/* Opening stores. */
#include "store/opened.h"

enum { CONNECT_TIMEOUT_MS = 5000, READ_TIMEOUT_MS = 60000 };

static enum dm_code open_dynamodb(struct opened *opened, const char *host,
                                  struct dm_error *err)
{
    struct client_options options = {
        .region = STR("us-east-1"),
        .host = dm_str(host),
        .access_key_id = STR("key"),
        .secret_access_key = STR("secret"),
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .read_timeout_ms = READ_TIMEOUT_MS,
        .base_backoff_ms = 1,
        .max_pool_connections = 1,
    };
    DM_TRY(
        client_new(opened->loop, environment_process(), &options, &opened->client, err));
    return dynamodb_new(opened->client, &opened->store, err);
}

static enum dm_code open_sqlite(struct opened *opened, const char *path,
                                struct dm_error *err)
{
    struct sqlite_options options = {.path = path, .relaxed = true};
    DM_TRY(sqlite_file_open(&options, &opened->file, err));
    return sqlite_new(opened->file, opened->loop, &opened->store, err);
}

enum dm_code opened_open(struct opened *opened, const char *host, struct dm_error *err)
{
    static const char sqlite[] = "sqlite:";
    DM_TRY(dm_loop_new(&opened->loop, err));
    if (strncmp(host, sqlite, strlen(sqlite)) == 0)
        return open_sqlite(opened, host + strlen(sqlite), err);
    return open_dynamodb(opened, host, err);
}

void opened_close(struct opened *opened)
{
    store_free(opened->store);
    client_free(opened->client);
    sqlite_file_unref(opened->file);
    dm_loop_free(opened->loop);
}
