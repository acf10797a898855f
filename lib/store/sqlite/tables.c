/* Tables and their indexes, out of the file and into it. */
#include "store/sqlite/tables.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "codec/json_reader.h"
#include "codec/json_writer.h"
#include "store/sqlite/database_internal.h"
#include "store/sqlite/sqlite_fault.h"

struct table_node {
    struct table table;
    struct table_node *next;
};

static const char *const projections[] = {
    [PROJECT_ALL] = "ALL",
    [PROJECT_KEYS_ONLY] = "KEYS_ONLY",
    [PROJECT_INCLUDE] = "INCLUDE",
};

void tables_forget(struct database *database)
{
    arena_done(&database->arena);
    database->tables = NULL;
}

const struct store_index *table_index(const struct table *table, struct dm_str name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (str_equal(table->indexes[i].name, name))
            return &table->indexes[i];
    return NULL;
}

/* --- out of the file --- */

static enum dm_code keep(struct database *database, struct dm_str text,
                         struct dm_str *ret_text, struct dm_error *err)
{
    struct dm_str copy = arena_str(&database->arena, text);
    if (!copy.ptr)
        return error_nomem(err);
    *ret_text = copy;
    return DM_OK;
}

/* Two columns: a name, NULL for none, and a type. */
static enum dm_code read_attribute(struct database *database, const struct statement *row,
                                   int column, struct key_attribute *ret_attribute,
                                   struct dm_error *err)
{
    struct key_attribute attribute = {.name = statement_bytes(row, column)};
    if (str_empty(attribute.name))
        return DM_OK;
    if (!type_from_name(statement_bytes(row, column + 1), &attribute.type) ||
        attribute.type > DM_B)
        return sqlite_fault_damaged(err);
    DM_TRY(keep(database, attribute.name, &attribute.name, err));
    *ret_attribute = attribute;
    return DM_OK;
}

static enum dm_code read_schema(struct database *database, const struct statement *row,
                                int column, struct key_schema *ret_schema,
                                struct dm_error *err)
{
    DM_TRY(read_attribute(database, row, column, &ret_schema->hash, err));
    DM_TRY(read_attribute(database, row, column + 2, &ret_schema->range, err));
    return ret_schema->hash.name.len ? DM_OK : sqlite_fault_damaged(err);
}

static enum dm_code read_projection(struct dm_str text,
                                    enum index_projection *ret_projection,
                                    struct dm_error *err)
{
    for (size_t i = 0; i < DM_COUNT(projections); i++) {
        if (str_equal(text, dm_str(projections[i]))) {
            *ret_projection = (enum index_projection)i;
            return DM_OK;
        }
    }
    return sqlite_fault_damaged(err);
}

/* A JSON array of names. */
static enum dm_code read_names(struct database *database, struct dm_str text,
                               struct store_index *index, struct dm_error *err)
{
    struct dm_str names[TABLE_INCLUDED_MAX];
    size_t count = 0;
    bool more = true;
    struct json_reader reader;
    DM_TRY(keep(database, text, &text, err));
    reader_init(&reader, text, 1, &database->arena);
    if (reader_array_begin(&reader, NULL))
        return sqlite_fault_damaged(err);
    while (reader_array_next(&reader, &more, NULL) == DM_OK && more)
        if (count == DM_COUNT(names) || reader_string(&reader, &names[count++], NULL))
            return sqlite_fault_damaged(err);
    if (more)
        return sqlite_fault_damaged(err);

    struct dm_str *included = arena_alloc(&database->arena, (count + 1) * sizeof *names);
    if (!included)
        return error_nomem(err);
    memcpy(included, names, count * sizeof *names);
    index->included = included;
    index->included_count = count;
    return DM_OK;
}

static enum dm_code read_index(struct database *database, const struct statement *row,
                               struct store_index *ret_index, struct dm_error *err)
{
    struct store_index index = {.global = statement_int(row, 5) != 0};
    DM_TRY(keep(database, statement_bytes(row, 0), &index.name, err));
    DM_TRY(read_schema(database, row, 1, &index.schema, err));
    DM_TRY(read_projection(statement_bytes(row, 6), &index.projection, err));
    DM_TRY(read_names(database, statement_bytes(row, 7), &index, err));
    *ret_index = index;
    return DM_OK;
}

static enum dm_code read_indexes(struct database *database, struct table *table,
                                 struct dm_error *err)
{
    struct store_index indexes[TABLE_INDEX_MAX];
    size_t count = 0;
    bool row;
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, STATEMENT_TABLE_INDEXES, err));
    statement_bind_int(&statement, 1, table->id);
    DM_TRY(statement_step(&statement, &row, err));
    for (; row; count++) {
        if (count == DM_COUNT(indexes))
            return sqlite_fault_damaged(err);
        DM_TRY(read_index(database, &statement, &indexes[count], err));
        DM_TRY(statement_step(&statement, &row, err));
    }

    struct store_index *kept =
        arena_alloc(&database->arena, (count + 1) * sizeof *indexes);
    if (!kept)
        return error_nomem(err);
    memcpy(kept, indexes, count * sizeof *indexes);
    table->indexes = kept;
    table->index_count = count;
    return DM_OK;
}

static enum dm_code read_table(struct database *database, struct dm_str name,
                               struct table *table, bool *ret_found, struct dm_error *err)
{
    bool row;
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, STATEMENT_TABLE_FIND, err));
    statement_bind_text(&statement, 1, name);
    DM_TRY(statement_step(&statement, &row, err));
    *ret_found = row;
    if (!row)
        return DM_OK;
    table->id = statement_int(&statement, 0);
    DM_TRY(keep(database, name, &table->name, err));
    DM_TRY(read_schema(database, &statement, 1, &table->schema, err));
    return read_indexes(database, table, err);
}

static struct table_node *find_kept(const struct database *database, struct dm_str name)
{
    struct table_node *node = database->tables;
    while (node && !str_equal(node->table.name, name))
        node = node->next;
    return node;
}

/* In DynamoDB's words, that name no table; see store/dynamodb/fault.c. */
static enum dm_code not_found(struct dm_str name, struct dm_error *err)
{
    DM_TRY(table_check_name(name, err));
    error_set(err, DM_E_TABLE_NOT_FOUND, "the table does not exist");
    if (err)
        snprintf(err->upstream_type, sizeof err->upstream_type,
                 "ResourceNotFoundException");
    return DM_E_TABLE_NOT_FOUND;
}

static enum dm_code add_node(struct database *database, struct dm_str name,
                             struct table_node **ret_node, struct dm_error *err)
{
    bool found;
    struct table table = {0};
    DM_TRY(read_table(database, name, &table, &found, err));
    if (!found)
        return not_found(name, err);
    struct table_node *node = arena_new(&database->arena, sizeof *node);
    if (!node)
        return error_nomem(err);
    *node = (struct table_node){.table = table, .next = database->tables};
    database->tables = node;
    *ret_node = node;
    return DM_OK;
}

enum dm_code database_table(struct database *database, struct dm_str name,
                            const struct table **ret_table, struct dm_error *err)
{
    struct table_node *node = find_kept(database, name);
    if (!node)
        DM_TRY(add_node(database, name, &node, err));
    *ret_table = &node->table;
    return DM_OK;
}

/* --- into the file --- */

static void bind_attribute(struct statement *statement, int index,
                           const struct key_attribute *attribute)
{
    if (str_empty(attribute->name))
        return;
    statement_bind_text(statement, index, attribute->name);
    statement_bind_text(statement, index + 1, dm_str(type_name(attribute->type)));
}

/* Parameters 1 to 5 of both statements. */
static void bind_schema(struct statement *statement, struct dm_str name,
                        const struct key_schema *schema)
{
    statement_bind_text(statement, 1, name);
    bind_attribute(statement, 2, &schema->hash);
    bind_attribute(statement, 4, &schema->range);
}

static void write_names(const struct store_index *index, struct dm_buf *out)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < index->included_count; i++) {
        if (i)
            buf_add_char(out, ',');
        json_write_string(index->included[i], out);
    }
    buf_add_char(out, ']');
}

static enum dm_code add_index(struct database *database, long long table_id,
                              size_t index_id, const struct store_index *index,
                              struct dm_error *err)
{
    buf_reset(&database->json);
    write_names(index, &database->json);
    DM_TRY(buf_check(&database->json, "index", err));

    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, STATEMENT_INDEX_ADD, err));
    bind_schema(&statement, index->name, &index->schema);
    statement_bind_int(&statement, 6, table_id);
    statement_bind_int(&statement, 7, (long long)index_id);
    statement_bind_int(&statement, 8, index->global);
    statement_bind_text(&statement, 9, dm_str(projections[index->projection]));
    statement_bind_text(&statement, 10, buf_str(&database->json));
    return statement_run(&statement, err);
}

static enum dm_code add_table(struct database *database,
                              const struct store_create *request, struct dm_error *err)
{
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database, STATEMENT_TABLE_ADD, err));
    bind_schema(&statement, request->table, request->schema);
    return statement_run(&statement, err);
}

static enum dm_code check_absent(struct database *database, struct dm_str name,
                                 struct dm_error *err)
{
    const struct table *table;
    struct dm_error why = {0};
    enum dm_code code = database_table(database, name, &table, &why);
    if (code == DM_E_TABLE_NOT_FOUND)
        return DM_OK;
    if (code == DM_OK) {
        code =
            error_set(&why, DM_E_CONFLICT, "Table already exists: %.*s", STR_ARG(name));
        snprintf(why.upstream_type, sizeof why.upstream_type, "ResourceInUseException");
    }
    if (err)
        *err = why;
    return code;
}

enum dm_code database_create_table(struct database *database,
                                   const struct store_create *request,
                                   struct dm_error *err)
{
    DM_TRY(table_check(request, err));
    DM_TRY(check_absent(database, request->table, err));
    DM_TRY(add_table(database, request, err));
    database->table_added = true;
    long long id = sqlite3_last_insert_rowid(database->handle);
    for (size_t i = 0; i < request->index_count; i++)
        DM_TRY(add_index(database, id, i, &request->indexes[i], err));
    return DM_OK;
}
