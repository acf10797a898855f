/* Tables: made as DynamoDB makes them, found again as they were made. */
#include <stdio.h>

#include "database_fixture.h"
#include "store/sqlite/tables.h"

static enum dm_code create(struct fixture *f, const struct store_create *request)
{
    DM_TRY(database_begin(f->writer, &f->err));
    enum dm_code code = database_create_table(f->writer, request, &f->err);
    if (code == DM_OK)
        return database_commit(f->writer, &f->err);
    database_rollback(f->writer);
    return code;
}

static void check_music(struct fixture *f, struct database *database)
{
    const struct table *table;
    assert_ok(database_begin(database, &f->err), f->err);
    assert_ok(database_table(database, STR("music"), &table, &f->err), f->err);
    assert_str(table->name, "music");
    assert_str(table->schema.hash.name, "artist");
    assert_str(table->schema.range.name, "year");
    cr_assert_eq(table->schema.range.type, DM_N);
    cr_assert_eq(table->index_count, 3);
    assert_str(table->indexes[0].name, "by_title");
    cr_assert_not(table->indexes[0].global);
    cr_assert_eq(table->indexes[0].projection, PROJECT_KEYS_ONLY);
    cr_assert(table->indexes[1].global);
    cr_assert_eq(table->indexes[1].included_count, 0);
    cr_assert_eq(table->indexes[2].schema.range.name.len, 0);
    cr_assert_eq(table->indexes[2].included_count, 1);
    assert_str(table->indexes[2].included[0], "genre");
    cr_assert_eq(table_index(table, STR("by_label")), &table->indexes[1]);
    cr_assert_null(table_index(table, STR("by_labe")));
    database_rollback(database);
}

TEST(tables, are_found_as_they_were_made)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    check_music(&f, f.writer);
    check_music(&f, f.reader);
    fixture_open(&f);
    check_music(&f, f.reader);
}

TEST(tables, that_are_not_there_are_not_found)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    const struct table *table = NULL;
    assert_ok(database_begin(f.reader, &f.err), f.err);
    cr_assert_eq(database_table(f.reader, STR("plain"), &table, &f.err),
                 DM_E_TABLE_NOT_FOUND);
    cr_assert_str_eq(f.err.upstream_type, "ResourceNotFoundException");
    cr_assert_null(table);
    database_rollback(f.reader);
}

TEST(tables, are_made_once)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    struct key_schema schema = {{STR("id"), DM_S}, {{NULL, 0}, DM_S}};
    struct store_create request = {.table = STR("plain"), .schema = &schema};
    cr_assert_eq(create(&f, &request), DM_E_CONFLICT);
    cr_assert_str_eq(f.err.upstream_type, "ResourceInUseException");
    assert_str(fixture_sql(&f, "SELECT count(*) FROM tables"), "2");
}

TEST(tables, that_are_undone_are_forgotten)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    struct key_schema schema = {{STR("id"), DM_S}, {{NULL, 0}, DM_S}};
    struct store_create request = {.table = STR("plain"), .schema = &schema};
    const struct table *table;
    assert_ok(database_begin(f.writer, &f.err), f.err);
    assert_ok(database_savepoint(f.writer, &f.err), f.err);
    assert_ok(database_create_table(f.writer, &request, &f.err), f.err);
    assert_ok(database_table(f.writer, STR("plain"), &table, &f.err), f.err);
    database_undo(f.writer);
    cr_assert_eq(database_table(f.writer, STR("plain"), &table, &f.err),
                 DM_E_TABLE_NOT_FOUND);

    assert_ok(database_create_table(f.writer, &request, &f.err), f.err);
    assert_ok(database_table(f.writer, STR("plain"), &table, &f.err), f.err);
    database_rollback(f.writer);
    assert_ok(database_begin(f.writer, &f.err), f.err);
    cr_assert_eq(database_table(f.writer, STR("plain"), &table, &f.err),
                 DM_E_TABLE_NOT_FOUND);
    database_rollback(f.writer);
}

TEST(tables, that_are_rolled_back_are_forgotten_though_another_part_was_undone_before)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    struct key_schema schema = {{STR("id"), DM_S}, {{NULL, 0}, DM_S}};
    struct store_create request = {.table = STR("plain"), .schema = &schema};
    const struct table *table;
    assert_ok(database_begin(f.writer, &f.err), f.err);
    assert_ok(database_create_table(f.writer, &request, &f.err), f.err);
    assert_ok(database_savepoint(f.writer, &f.err), f.err);
    database_undo(f.writer);
    assert_ok(database_table(f.writer, STR("plain"), &table, &f.err), f.err);
    database_rollback(f.writer);

    assert_ok(database_begin(f.writer, &f.err), f.err);
    cr_assert_eq(database_table(f.writer, STR("plain"), &table, &f.err),
                 DM_E_TABLE_NOT_FOUND);
    database_rollback(f.writer);
}

/* What an index, or the table, has wrong, and DynamoDB's words. */
struct refusal {
    const char *words;
    struct dm_str table;
    struct key_schema schema;
    struct store_index indexes[2];
};

#define KEYS(hash, range)                                                                \
    {                                                                                    \
        {STR(hash), DM_S},                                                               \
        {                                                                                \
            STR(range), DM_S                                                             \
        }                                                                                \
    }
#define INDEX(name, hash, range, global)                                                 \
    {                                                                                    \
        STR(name), KEYS(hash, range), global, PROJECT_ALL, NULL, 0                       \
    }

#define NONE INDEX("", "", "", false)

static const struct dm_str twice[] = {STR("x"), STR("x")};

static const struct refusal refusals[] = {
    {"between 3 and 255", STR("ab"), KEYS("id", ""), {NONE, NONE}},
    {"may contain only", STR("a b"), KEYS("id", ""), {NONE, NONE}},
    {"between 1 and 255", STR("abc"), KEYS("", ""), {NONE, NONE}},
    {"Two keys can not have", STR("abc"), KEYS("id", "id"), {NONE, NONE}},
    {"enum value set", STR("abc"), {{STR("id"), DM_L}, {STR(""), DM_S}}, {NONE, NONE}},
    {"between 3 and 255", STR("abc"), KEYS("id", "r"), {INDEX("i", "a", "", true), NONE}},
    {"Two global secondary indices",
     STR("abc"),
     KEYS("id", "r"),
     {INDEX("iii", "a", "", true), INDEX("iii", "b", "", true)}},
    {"must have different names",
     STR("abc"),
     KEYS("id", "r"),
     {INDEX("iii", "a", "", true), INDEX("iii", "id", "b", false)}},
    {"same hash key", STR("abc"), KEYS("id", "r"), {INDEX("iii", "a", "r", false), NONE}},
    {"must have a range key",
     STR("abc"),
     KEYS("id", "r"),
     {INDEX("iii", "id", "", false), NONE}},
    {"not allowed on hash tables",
     STR("abc"),
     KEYS("id", ""),
     {INDEX("iii", "id", "a", false), NONE}},
    {"some non-key attributes",
     STR("abc"),
     KEYS("id", ""),
     {{STR("iii"), KEYS("a", ""), true, PROJECT_INCLUDE, NULL, 0}, NONE}},
    {"unless projection type is INCLUDE",
     STR("abc"),
     KEYS("id", ""),
     {{STR("iii"), KEYS("a", ""), true, PROJECT_ALL, twice, 1}, NONE}},
    {"two attributes with the same name",
     STR("abc"),
     KEYS("id", ""),
     {{STR("iii"), KEYS("a", ""), true, PROJECT_INCLUDE, twice, 2}, NONE}},
};

TEST(tables, are_refused_as_dynamodb_refuses_them)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    for (size_t i = 0; i < DM_COUNT(refusals); i++) {
        const struct refusal *refusal = &refusals[i];
        struct store_create request = {.table = refusal->table,
                                       .schema = &refusal->schema,
                                       .indexes = refusal->indexes,
                                       .index_count = (refusal->indexes[0].name.len > 0) +
                                                      (refusal->indexes[1].name.len > 0)};
        cr_assert_eq(create(&f, &request), DM_E_VALIDATION, "%s", refusal->words);
        cr_assert(strstr(f.err.message, refusal->words), "%s", f.err.message);
        cr_assert_str_eq(f.err.upstream_type, "ValidationException");
    }
    assert_str(fixture_sql(&f, "SELECT count(*) FROM tables"), "0");
}

static enum dm_code create_with(struct fixture *f, size_t global, size_t local)
{
    struct store_index indexes[TABLE_INDEX_MAX + 1];
    struct key_schema schema = KEYS("id", "r");
    for (size_t i = 0; i < global + local; i++)
        indexes[i] = (struct store_index){
            .name = arena_printf(&f->arena, "index%zu", i),
            .schema = KEYS("id", "a"),
            .global = i < global,
        };
    return create(f, &(struct store_create){.table = STR("wide"),
                                            .schema = &schema,
                                            .indexes = indexes,
                                            .index_count = global + local});
}

TEST(tables, have_up_to_25_indexes)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    cr_assert_eq(create_with(&f, TABLE_GLOBAL_MAX + 1, 0), DM_E_VALIDATION);
    cr_assert_eq(create_with(&f, 0, TABLE_LOCAL_MAX + 1), DM_E_VALIDATION);
    assert_ok(create_with(&f, TABLE_GLOBAL_MAX, TABLE_LOCAL_MAX), f.err);
    const struct table *table;
    assert_ok(database_begin(f.reader, &f.err), f.err);
    assert_ok(database_table(f.reader, STR("wide"), &table, &f.err), f.err);
    cr_assert_eq(table->index_count, TABLE_INDEX_MAX);
    database_rollback(f.reader);
}

TEST(tables, that_are_damaged_are_refused)
{
    static const char *const damages[] = {
        "UPDATE tables SET hash_type = 'X'",
        "UPDATE tables SET hash_type = 'SS'",
        "UPDATE tables SET hash_key = ''",
        "UPDATE indexes SET projection = 'SOME'",
        "UPDATE indexes SET included = '{}'",
        "UPDATE indexes SET included = '[1]'",
        "UPDATE indexes SET included = '[\"a\"'",
    };
    for (size_t i = 0; i < DM_COUNT(damages); i++) {
        DM_AUTO_DONE(fixture) f;
        fixture_init(&f);
        fixture_open(&f);
        fixture_create_tables(&f);
        fixture_sql(&f, damages[i]);
        const struct table *table;
        assert_ok(database_begin(f.reader, &f.err), f.err);
        cr_assert_eq(database_table(f.reader, STR("music"), &table, &f.err),
                     DM_E_UPSTREAM, "%s", damages[i]);
        database_rollback(f.reader);
    }
}

TEST(tables, survive_each_allocation_failing)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    struct database *database;
    assert_ok(database_open(f.path, DATABASE_READ, false, &database, &f.err), f.err);
    WITH_EACH_ALLOCATION_FAILING
    {
        const struct table *table;
        enum dm_code code = database_table(database, STR("music"), &table, &f.err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        tables_forget(database);
    }
    database_close(database);
}
