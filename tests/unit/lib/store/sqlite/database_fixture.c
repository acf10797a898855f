/* The database fixture. */
#include "database_fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/ddb_json.h"
#include "store/sqlite/place.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){.writer = NULL};
    arena_init(&fixture->arena, ARENA_MAX);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/dynamod-sqlite-XXXXXX");
    cr_assert(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/test.db", fixture->folder);
}

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void fixture_done(struct fixture *fixture)
{
    fixture_close(fixture);
    arena_done(&fixture->arena);
    nftw(fixture->folder, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

void fixture_open(struct fixture *fixture)
{
    fixture_close(fixture);
    assert_ok(database_open(fixture->path, DATABASE_WRITE, true, &fixture->writer,
                            &fixture->err),
              fixture->err);
    assert_ok(database_open(fixture->path, DATABASE_READ, true, &fixture->reader,
                            &fixture->err),
              fixture->err);
}

void fixture_close(struct fixture *fixture)
{
    database_close(fixture->reader);
    database_close(fixture->writer);
    fixture->reader = fixture->writer = NULL;
}

static struct key_schema schema(const char *hash, enum dm_type hash_type,
                                const char *range, enum dm_type range_type)
{
    return (struct key_schema){{dm_str(hash), hash_type}, {dm_str(range), range_type}};
}

static void create(struct fixture *fixture, const struct store_create *request)
{
    struct dm_error *err = &fixture->err;
    assert_ok(database_begin(fixture->writer, err), *err);
    assert_ok(database_create_table(fixture->writer, request, err), *err);
    assert_ok(database_commit(fixture->writer, err), *err);
}

void fixture_create_tables(struct fixture *fixture)
{
    const struct dm_str included[] = {STR("genre")};
    const struct key_schema music = schema("artist", DM_S, "year", DM_N),
                            plain = schema("id", DM_S, NULL, DM_S);
    const struct store_index indexes[] = {
        {STR("by_title"), schema("artist", DM_S, "title", DM_S), false, PROJECT_KEYS_ONLY,
         NULL, 0},
        {STR("by_label"), schema("label", DM_S, "year", DM_N), true, PROJECT_ALL, NULL,
         0},
        {STR("by_plays"), schema("plays", DM_N, NULL, DM_S), true, PROJECT_INCLUDE,
         included, 1},
    };
    create(fixture, &(struct store_create){.table = STR("music"),
                                           .schema = &music,
                                           .indexes = indexes,
                                           .index_count = DM_COUNT(indexes)});
    create(fixture, &(struct store_create){.table = STR("plain"), .schema = &plain});
}

static struct dm_str swap_quotes(struct fixture *fixture, struct dm_str text, char from,
                                 char to)
{
    struct dm_str copy = arena_str(&fixture->arena, text);
    char *at = arena_alloc(&fixture->arena, copy.len + 1);
    for (size_t i = 0; i <= copy.len; i++)
        at[i] = copy.ptr[i] == from ? to : copy.ptr[i];
    return (struct dm_str){at, copy.len};
}

const struct dm_value *fixture_item(struct fixture *fixture, const char *json)
{
    struct json_reader reader;
    struct dm_value *item = arena_new(&fixture->arena, sizeof *item);
    reader_init(&reader, swap_quotes(fixture, dm_str(json), '\'', '"'), DDB_JSON_DEPTH,
                &fixture->arena);
    assert_ok(ddb_json_read_item(&reader, &fixture->arena, item, &fixture->err),
              fixture->err);
    return item;
}

struct dm_str fixture_text(struct fixture *fixture, const struct dm_value *value)
{
    DM_AUTO_DONE(dm_buf) json;
    buf_init(&json, ARENA_MAX);
    if (value)
        ddb_json_write_item(value, &json);
    cr_assert(!json.failed);
    return swap_quotes(fixture, buf_str(&json), '"', '\'');
}

struct dm_str fixture_texts(struct fixture *fixture, const struct dm_value *values,
                            size_t count)
{
    DM_AUTO_DONE(dm_buf) all;
    buf_init(&all, ARENA_MAX);
    buf_add_char(&all, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_char(&all, ',');
        buf_add_str(&all, fixture_text(fixture, &values[i]));
    }
    buf_add_char(&all, ']');
    return arena_str(&fixture->arena, buf_str(&all));
}

static enum dm_code replace(struct fixture *fixture, struct dm_str name,
                            const struct dm_value *item, bool put, double *ret_units)
{
    struct dm_error *err = &fixture->err;
    const struct table *table;
    const struct dm_value *old;
    struct key key;
    double units;
    DM_TRY(database_table(fixture->writer, name, &table, err));
    DM_TRY(items_key(table, item, &key, err));
    DM_TRY(items_get(fixture->writer, table, &key, &fixture->arena, &old, err));
    DM_TRY(items_replace(fixture->writer, table, old, put ? item : NULL,
                         ret_units ? ret_units : &units, err));
    return DM_OK;
}

static enum dm_code write_one(struct fixture *fixture, const char *table,
                              const char *json, bool put, double *ret_units)
{
    const struct dm_value *item = fixture_item(fixture, json);
    DM_TRY(database_begin(fixture->writer, &fixture->err));
    enum dm_code code = replace(fixture, dm_str(table), item, put, ret_units);
    if (code == DM_OK)
        return database_commit(fixture->writer, &fixture->err);
    database_rollback(fixture->writer);
    return code;
}

enum dm_code fixture_put(struct fixture *fixture, const char *table, const char *json,
                         double *ret_units)
{
    return write_one(fixture, table, json, true, ret_units);
}

enum dm_code fixture_delete(struct fixture *fixture, const char *table, const char *json,
                            double *ret_units)
{
    return write_one(fixture, table, json, false, ret_units);
}

static enum dm_code end(struct fixture *fixture, enum dm_code code)
{
    if (code == DM_OK)
        return database_commit(fixture->reader, &fixture->err);
    database_rollback(fixture->reader);
    return code;
}

static enum dm_code get(struct fixture *fixture, const char *name, const char *json,
                        const struct dm_value **ret_item)
{
    const struct table *table;
    struct key key;
    DM_TRY(database_table(fixture->reader, dm_str(name), &table, &fixture->err));
    cr_assert(place_key(&table->schema, fixture_item(fixture, json), &key));
    return items_get(fixture->reader, table, &key, &fixture->arena, ret_item,
                     &fixture->err);
}

enum dm_code fixture_get(struct fixture *fixture, const char *table, const char *json,
                         const struct dm_value **ret_item)
{
    DM_TRY(database_begin(fixture->reader, &fixture->err));
    return end(fixture, get(fixture, table, json, ret_item));
}

enum dm_code fixture_query(struct fixture *fixture, struct store_query *request,
                           struct store_result *ret_result)
{
    request->base.arena = &fixture->arena;
    DM_TRY(database_begin(fixture->reader, &fixture->err));
    return end(fixture, items_query(fixture->reader, request, ret_result, &fixture->err));
}

enum dm_code fixture_scan(struct fixture *fixture, struct store_scan *request,
                          struct store_result *ret_result)
{
    request->base.arena = &fixture->arena;
    DM_TRY(database_begin(fixture->reader, &fixture->err));
    return end(fixture, items_scan(fixture->reader, request, ret_result, &fixture->err));
}

static int keep_first(void *ctx, int count, char **values, char **names)
{
    (void)names;
    char **first = ctx;
    if (!*first && count && values[0])
        *first = str_dup(dm_str(values[0]));
    return 0;
}

struct dm_str fixture_sql(struct fixture *fixture, const char *text)
{
    sqlite3 *handle = NULL;
    char *first = NULL, *why = NULL;
    cr_assert_eq(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(handle, text, keep_first, &first, &why), SQLITE_OK,
                 "%s: %s", text, why);
    sqlite3_close(handle);
    struct dm_str copy = arena_str(&fixture->arena, dm_str(first ? first : ""));
    dm_free(first);
    return copy;
}
