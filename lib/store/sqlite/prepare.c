/* A table that is to be there: made when it is not, and seeded while it is empty. */
#include "base/error.h"
#include "base/str.h"
#include "store/sqlite/file.h"

static bool has_index(const struct table *table, const struct store_index *wanted)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (str_equal(table->indexes[i].name, wanted->name))
            return key_schema_equal(&table->indexes[i].schema, &wanted->schema);
    return false;
}

static enum dm_code check(const struct table *table, const struct store_create *request,
                          struct dm_error *err)
{
    if (!key_schema_equal(&table->schema, request->schema))
        return error_set(
            err, DM_E_CONFIG,
            "its table is there already, with other keys than the file says");
    for (size_t i = 0; i < request->index_count; i++)
        if (!has_index(table, &request->indexes[i]))
            return error_set(err, DM_E_CONFIG,
                             "its table is there already, without the index \"%s\"",
                             request->indexes[i].name.ptr);
    return DM_OK;
}

static enum dm_code make(struct database *database, const struct store_create *request,
                         struct dm_error *err)
{
    const struct table *table;
    struct dm_error why = {0};
    enum dm_code code = database_table(database, request->table, &table, &why);
    if (code == DM_E_TABLE_NOT_FOUND)
        return database_create_table(database, request, err);
    if (code == DM_OK)
        return check(table, request, err);
    *err = why;
    return code;
}

struct preparing {
    struct work work;
    const struct store_create *request;
};

static enum dm_code run(struct work *work, struct database *database,
                        struct dm_error *err)
{
    return make(database, DM_CONTAINER(work, struct preparing, work)->request, err);
}

enum dm_code sqlite_prepare(struct sqlite_file *file, const struct store_create *request,
                            const char *seed, struct dm_error *err)
{
    struct preparing preparing = {.work.run = run, .request = request};
    DM_TRY(writer_wait(sqlite_file_writer(file), &preparing.work, err));
    return seed ? sqlite_seed(file, request->table, seed, err) : DM_OK;
}
