/* A table that is to be there: made when it is not, and seeded while it is empty. */
#include "base/error.h"
#include "base/str.h"
#include "store/sqlite/file.h"

static bool same_projection(const struct store_index *a, const struct store_index *b)
{
    if (a->projection != b->projection || a->included_count != b->included_count)
        return false;
    for (size_t i = 0; i < a->included_count; i++)
        if (!str_equal(a->included[i], b->included[i]))
            return false;
    return true;
}

static bool has_index(const struct table *table, const struct store_index *wanted)
{
    for (size_t i = 0; i < table->index_count; i++) {
        const struct store_index *index = &table->indexes[i];
        if (str_equal(index->name, wanted->name))
            return key_schema_equal(&index->schema, &wanted->schema) &&
                   index->global == wanted->global && same_projection(index, wanted);
    }
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
                             "its table is there already, without such an index \"%s\"",
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
                            const struct sqlite_seed *seed, struct dm_error *err)
{
    struct preparing preparing = {.work.run = run, .request = request};
    DM_TRY(writer_wait(sqlite_file_writer(file), &preparing.work, err));
    return seed ? sqlite_seed_table(file, request->table, seed, err) : DM_OK;
}
