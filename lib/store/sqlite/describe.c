/* DescribeTable and CreateTable: a table is there at once. */
#include "base/error.h"
#include "store/sqlite/operation.h"

/* The table's description is the database's until the transaction ends. */
static enum dm_code describe_table(struct database *database, struct dm_str name,
                                   struct arena *arena, struct store_result *ret_result,
                                   struct dm_error *err)
{
    const struct table *table;
    struct copy copy = {.arena = arena};
    DM_TRY(database_table(database, name, &table, err));
    ret_result->schema = copy_schema(&copy, &table->schema);
    ret_result->indexes = copy_indexes(&copy, table->indexes, table->index_count);
    ret_result->index_count = table->index_count;
    ret_result->status = TABLE_ACTIVE;
    return copy_check(&copy, err);
}

static enum dm_code describe(struct database *database, const void *of,
                             struct arena *arena, struct store_result *ret_result,
                             struct dm_error *err)
{
    const struct store_describe *request = of;
    return describe_table(database, request->table, arena, ret_result, err);
}

static enum dm_code create(struct database *database, const void *of, struct arena *arena,
                           struct store_result *ret_result, struct dm_error *err)
{
    const struct store_create *request = of;
    DM_TRY(database_create_table(database, request, err));
    return describe_table(database, request->table, arena, ret_result, err);
}

enum dm_code sqlite_describe(struct dm_store *store, const struct store_describe *request,
                             store_done_fn done, void *ctx, struct store_call **ret_call,
                             struct dm_error *err)
{
    return read_start(store, describe, request, sizeof *request, done, ctx, ret_call,
                      err);
}

static enum dm_code copy_create(struct arena *arena, const struct store_create *request,
                                struct store_create **ret_copy, struct dm_error *err)
{
    struct copy copy = {.arena = arena};
    struct store_create *result = arena_new(arena, sizeof *result);
    struct key_schema *schema = arena_new(arena, sizeof *schema);
    if (!result || !schema)
        return error_nomem(err);
    *result = *request;
    *schema = copy_schema(&copy, request->schema);
    result->table = copy_str(&copy, request->table);
    result->schema = schema;
    result->indexes = copy_indexes(&copy, request->indexes, request->index_count);
    *ret_copy = result;
    return copy_check(&copy, err);
}

enum dm_code sqlite_create(struct dm_store *store, const struct store_create *request,
                           store_done_fn done, void *ctx, struct store_call **ret_call,
                           struct dm_error *err)
{
    DM_AUTO(job) *job = NULL;
    struct store_create *copy = NULL;
    DM_TRY(job_new(store, &request->base, done, ctx, &job, err));
    DM_TRY(copy_create(job_arena(job), request, &copy, err));
    return job_start(DM_TAKE(job), create, copy, ret_call, err);
}
