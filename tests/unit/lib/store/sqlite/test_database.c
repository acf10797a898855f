/* The file: made, recognised, refused; its transactions and its failures. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "database_fixture.h"
#include "store/sqlite/sqlite_fault.h"

static enum dm_code open_code(struct fixture *fixture, struct dm_error *ret_err)
{
    struct database *database = NULL;
    enum dm_code code =
        database_open(fixture->path, DATABASE_WRITE, false, &database, ret_err);
    database_close(database);
    return code;
}

static void expect_refusal(struct fixture *fixture, const char *part)
{
    struct dm_error err = {0};
    cr_assert_eq(open_code(fixture, &err), DM_E_CONFIG);
    cr_assert(strstr(err.message, part), "%s", err.message);
    cr_assert_not(strstr(err.message, "/"), "a path: %s", err.message);
}

TEST(database, is_made_where_there_is_none)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    assert_str(fixture_sql(&f, "PRAGMA journal_mode"), "wal");
    assert_str(fixture_sql(&f, "PRAGMA user_version"), "1");
    assert_str(fixture_sql(&f, "SELECT printf('%x', application_id)"
                               " FROM pragma_application_id"),
               "646d6462");
}

TEST(database, keeps_what_it_held_when_opened_again)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    cr_assert_eq(fixture_put(&f, "plain", "{'id':{'S':'1'},'n':{'N':'5'}}", NULL), DM_OK);
    fixture_open(&f);
    const struct dm_value *item = NULL;
    assert_ok(fixture_get(&f, "plain", "{'id':{'S':'1'}}", &item), f.err);
    assert_str(fixture_text(&f, item), "{'id':{'S':'1'},'n':{'N':'5'}}");
}

TEST(database, shows_its_items_to_the_sqlite3_shell)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    cr_assert_eq(
        fixture_put(&f, "music", "{'artist':{'S':'Björk'},'year':{'N':'1993'}}", NULL),
        DM_OK);
    assert_str(
        fixture_sql(&f, "SELECT \"table\" || '|' || hash || '|' || range FROM item"),
        "music|Björk|1993");
    assert_str(fixture_sql(&f, "SELECT item FROM item"),
               "{\"artist\":{\"S\":\"Björk\"},\"year\":{\"N\":\"1993\"}}");
    assert_str(fixture_sql(&f, "SELECT item FROM items"),
               "{\"artist\":{\"S\":\"Björk\"},\"year\":{\"N\":\"1993\"}}");
}

TEST(database, refuses_a_file_of_another_program)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_sql(&f, "CREATE TABLE mine (x)");
    expect_refusal(&f, "another program");
    assert_str(fixture_sql(&f, "SELECT count(*) FROM sqlite_schema"), "1");
}

TEST(database, refuses_a_file_of_a_newer_version)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_close(&f);
    fixture_sql(&f, "PRAGMA user_version = 2");
    expect_refusal(&f, "version 2, made by a newer dynamod");
    fixture_sql(&f, "PRAGMA user_version = 0");
    expect_refusal(&f, "unknown version 0");
}

TEST(database, refuses_a_file_that_is_no_database)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    FILE *file = fopen(f.path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is not a database\n", file);
    fclose(file);
    expect_refusal(&f, "no database");
}

TEST(database, refuses_a_folder_that_is_not_there)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    snprintf(f.path, sizeof f.path, "%s/no/test.db", f.folder);
    expect_refusal(&f, "cannot be opened");
}

/* Root may write everything, so it must be nobody for a while. */
TEST(database, refuses_a_file_that_it_cannot_write)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_close(&f);
    cr_assert_eq(chmod(f.path, 0444), 0);
    cr_assert_eq(chmod(f.folder, 0755), 0);
    uid_t user = geteuid();
    cr_assert(user != 0 || seteuid(65534) == 0);
    expect_refusal(&f, "cannot be written");
    cr_assert(user != 0 || seteuid(0) == 0);
}

TEST(database, is_not_for_readers_to_make)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    struct database *database = NULL;
    struct dm_error err;
    cr_assert_eq(database_open(f.path, DATABASE_READ, false, &database, &err),
                 DM_E_CONFIG);
    cr_assert_null(database);
}

TEST(database, lets_a_reader_write_nothing)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    struct key_schema schema = {{STR("id"), DM_S}, {{NULL, 0}, DM_S}};
    struct store_create request = {.table = STR("abc"), .schema = &schema};
    assert_ok(database_begin(f.reader, &f.err), f.err);
    cr_assert_eq(database_create_table(f.reader, &request, &f.err), DM_E_REFUSED);
    database_rollback(f.reader);
}

TEST(database, shows_a_reader_one_moment)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    const struct table *table;
    const struct dm_value *item;
    struct key key = {.hash_attribute = {STR("id"), DM_S},
                      .hash = {.type = DM_S, .as.text = STR("1")}};
    assert_ok(database_begin(f.reader, &f.err), f.err);
    assert_ok(database_table(f.reader, STR("plain"), &table, &f.err), f.err);
    assert_ok(items_get(f.reader, table, &key, &f.arena, &item, &f.err), f.err);
    cr_assert_null(item);
    cr_assert_eq(fixture_put(&f, "plain", "{'id':{'S':'1'}}", NULL), DM_OK);
    assert_ok(items_get(f.reader, table, &key, &f.arena, &item, &f.err), f.err);
    cr_assert_null(item);
    assert_ok(database_commit(f.reader, &f.err), f.err);
    assert_ok(database_begin(f.reader, &f.err), f.err);
    assert_ok(items_get(f.reader, table, &key, &f.arena, &item, &f.err), f.err);
    cr_assert_not_null(item);
    assert_ok(database_commit(f.reader, &f.err), f.err);
}

static enum dm_code put_plain(struct fixture *f, const char *json)
{
    const struct table *table;
    double units;
    DM_TRY(database_table(f->writer, STR("plain"), &table, &f->err));
    return items_replace(f->writer, table, NULL, fixture_item(f, json), &units, &f->err);
}

TEST(database, undoes_one_request_alone)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    assert_ok(database_begin(f.writer, &f.err), f.err);
    assert_ok(database_savepoint(f.writer, &f.err), f.err);
    assert_ok(put_plain(&f, "{'id':{'S':'kept'}}"), f.err);
    assert_ok(database_release(f.writer, &f.err), f.err);
    assert_ok(database_savepoint(f.writer, &f.err), f.err);
    assert_ok(put_plain(&f, "{'id':{'S':'undone'}}"), f.err);
    database_undo(f.writer);
    cr_assert(database_in_transaction(f.writer));
    assert_ok(database_commit(f.writer, &f.err), f.err);
    assert_str(fixture_sql(&f, "SELECT group_concat(hash) FROM item"), "kept");
}

TEST(database, says_when_its_disk_is_full_and_goes_on)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    char *big = mem_new(300001);
    memset(big, 'x', 300000);
    struct dm_str json = arena_printf(&f.arena, "{'id':{'S':'1'},'x':{'S':'%s'}}", big);
    mem_free(big);
    sqlite3_exec(f.writer->handle, "PRAGMA max_page_count = 40", NULL, NULL, NULL);
    cr_assert_eq(fixture_put(&f, "plain", json.ptr, NULL), DM_E_OVERLOADED);
    cr_assert_gt(f.err.retry_after_s, 0);
    cr_assert(strstr(f.err.message, "full"), "%s", f.err.message);
    cr_assert_not(database_in_transaction(f.writer));
    cr_assert_eq(fixture_put(&f, "plain", "{'id':{'S':'2'}}", NULL), DM_OK);
    assert_str(fixture_sql(&f, "SELECT group_concat(hash) FROM item"), "2");
}

TEST(database, commits_nothing_of_a_transaction_that_is_gone)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    assert_ok(database_begin(f.writer, &f.err), f.err);
    assert_ok(put_plain(&f, "{'id':{'S':'1'}}"), f.err);
    sqlite3_exec(f.writer->handle, "ROLLBACK", NULL, NULL, NULL);
    cr_assert_not(database_in_transaction(f.writer));
    cr_assert_eq(database_savepoint(f.writer, &f.err), DM_E_OVERLOADED);
    cr_assert_eq(database_release(f.writer, &f.err), DM_E_OVERLOADED);
    database_undo(f.writer);
    cr_assert_eq(database_commit(f.writer, &f.err), DM_E_OVERLOADED);
    cr_assert_gt(f.err.retry_after_s, 0);
}

TEST(database, says_when_another_program_locks_it)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    sqlite3 *other = NULL;
    sqlite3_open(f.path, &other);
    cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_busy_timeout(f.writer->handle, 0);
    cr_assert_eq(database_begin(f.writer, &f.err), DM_E_OVERLOADED);
    cr_assert_eq(f.err.retry_after_s, 1);
    cr_assert(strstr(f.err.message, "locked"), "%s", f.err.message);
    sqlite3_close(other);
    assert_ok(database_begin(f.writer, &f.err), f.err);
    database_rollback(f.writer);
}

TEST(database, says_when_its_pages_are_damaged)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    for (int i = 0; i < 100; i++) {
        struct dm_str json =
            arena_printf(&f.arena, "{'id':{'S':'%d'},'x':{'S':'%0200d'}}", i, i);
        cr_assert_eq(fixture_put(&f, "plain", json.ptr, NULL), DM_OK);
    }
    fixture_close(&f);
    fixture_sql(&f, "PRAGMA wal_checkpoint(TRUNCATE)");
    long root = strtol(fixture_sql(&f, "SELECT rootpage FROM sqlite_schema"
                                       " WHERE name = 'items'")
                           .ptr,
                       NULL, 10);
    FILE *file = fopen(f.path, "r+");
    fseek(file, (root - 1) * 4096, SEEK_SET);
    for (int i = 0; i < 4096; i++)
        fputc(0xee, file);
    fclose(file);
    fixture_open(&f);
    const struct dm_value *item;
    cr_assert_eq(fixture_get(&f, "plain", "{'id':{'S':'1'}}", &item), DM_E_UPSTREAM);
    cr_assert(strstr(f.err.message, "damaged"), "%s", f.err.message);
    cr_assert_eq(fixture_put(&f, "plain", "{'id':{'S':'1'}}", NULL), DM_E_UPSTREAM);
}

TEST(database, says_when_an_item_is_none)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    fixture_create_tables(&f);
    const struct dm_value *item;
    cr_assert_eq(fixture_put(&f, "plain", "{'id':{'S':'1'}}", NULL), DM_OK);
    fixture_sql(&f, "UPDATE items SET item = '{\"id\":'");
    cr_assert_eq(fixture_get(&f, "plain", "{'id':{'S':'1'}}", &item), DM_E_UPSTREAM);
    fixture_sql(&f, "UPDATE items SET item = ''");
    cr_assert_eq(fixture_get(&f, "plain", "{'id':{'S':'1'}}", &item), DM_E_UPSTREAM);
}

TEST(database, has_a_code_for_every_failure_of_sqlite)
{
    static const struct {
        int result;
        enum dm_code code;
        unsigned retry_after_s;
    } cases[] = {
        {SQLITE_BUSY, DM_E_OVERLOADED, 1},
        {SQLITE_BUSY_SNAPSHOT, DM_E_OVERLOADED, 1},
        {SQLITE_LOCKED, DM_E_OVERLOADED, 1},
        {SQLITE_FULL, DM_E_OVERLOADED, 5},
        {SQLITE_CORRUPT, DM_E_UPSTREAM, 0},
        {SQLITE_CORRUPT_VTAB, DM_E_UPSTREAM, 0},
        {SQLITE_NOTADB, DM_E_UPSTREAM, 0},
        {SQLITE_IOERR_READ, DM_E_UPSTREAM, 0},
        {SQLITE_CANTOPEN, DM_E_UPSTREAM, 0},
        {SQLITE_READONLY, DM_E_REFUSED, 0},
        {SQLITE_READONLY_DBMOVED, DM_E_REFUSED, 0},
        {SQLITE_PERM, DM_E_REFUSED, 0},
        {SQLITE_NOMEM, DM_E_NOMEM, 0},
        {SQLITE_INTERRUPT, DM_E_TIMEOUT, 0},
        {SQLITE_MISUSE, DM_E_INTERNAL, 0},
        {SQLITE_CONSTRAINT, DM_E_INTERNAL, 0},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        cr_assert_eq(sqlite_fault(cases[i].result, &err), cases[i].code, "%d",
                     cases[i].result);
        cr_assert_eq(err.code, cases[i].code);
        cr_assert_eq(err.retry_after_s, cases[i].retry_after_s);
        cr_assert_neq(err.message[0], '\0');
        cr_assert_eq(sqlite_fault(cases[i].result, NULL), cases[i].code);
    }
}

TEST(database, survives_each_allocation_failing)
{
    DM_AUTO_DONE(fixture) f;
    fixture_init(&f);
    fixture_open(&f);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct database *database = NULL;
        enum dm_code code =
            database_open(f.path, DATABASE_READ, false, &database, &f.err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        database_close(database);
    }
}
