/* Items: read, replaced, and their index entries with them. */
#include "database_fixture.h"
#include "store/capacity.h"

static void open_with_tables(struct fixture *f)
{
    fixture_init(f);
    fixture_open(f);
    fixture_create_tables(f);
}

static void expect_item(struct fixture *f, const char *table, const char *key,
                        const char *expected)
{
    const struct dm_value *item = NULL;
    assert_ok(fixture_get(f, table, key, &item), f->err);
    assert_str(fixture_text(f, item), expected);
}

static double put_units(struct fixture *f, const char *json)
{
    double units = -1;
    assert_ok(fixture_put(f, "music", json, &units), f->err);
    return units;
}

TEST(items, come_back_as_they_were_put)
{
    static const char *const items[] = {
        "{'id':{'S':'1'}}",
        "{'id':{'S':'é\\u0000\\n\\\\'},'a':{'S':''}}",
        "{'id':{'S':'1'},'n':{'N':'12345678901234567890123456789012345678'},"
        "'b':{'B':'AAH/'},'t':{'BOOL':true},'z':{'NULL':true},"
        "'l':{'L':[{'S':'x'},{'M':{'k':{'N':'0'}}}]},'e':{'L':[]},'m':{'M':{}},"
        "'ss':{'SS':['b','a']},'ns':{'NS':['3','1']},'bs':{'BS':['AA==','AQ==']}}",
    };
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    for (size_t i = 0; i < DM_COUNT(items); i++) {
        assert_ok(fixture_put(&f, "plain", items[i], NULL), f.err);
        expect_item(&f, "plain", items[i], items[i]);
    }
}

TEST(items, that_are_not_there_are_none)
{
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    expect_item(&f, "plain", "{'id':{'S':'1'}}", "");
}

TEST(items, are_found_by_number_in_any_spelling)
{
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    put_units(&f, "{'artist':{'S':'a'},'year':{'N':'1990'}}");
    expect_item(&f, "music", "{'artist':{'S':'a'},'year':{'N':'1.99e3'}}",
                "{'artist':{'S':'a'},'year':{'N':'1990'}}");
}

TEST(items, are_replaced_and_deleted)
{
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    assert_ok(fixture_put(&f, "plain", "{'id':{'S':'1'},'a':{'S':'x'}}", NULL), f.err);
    assert_ok(fixture_put(&f, "plain", "{'id':{'S':'1'},'b':{'S':'y'}}", NULL), f.err);
    expect_item(&f, "plain", "{'id':{'S':'1'}}", "{'id':{'S':'1'},'b':{'S':'y'}}");
    assert_ok(fixture_delete(&f, "plain", "{'id':{'S':'1'}}", NULL), f.err);
    expect_item(&f, "plain", "{'id':{'S':'1'}}", "");
    assert_ok(fixture_delete(&f, "plain", "{'id':{'S':'1'}}", NULL), f.err);
}

TEST(items, of_two_tables_are_apart)
{
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    assert_ok(fixture_put(&f, "plain", "{'id':{'S':'a'}}", NULL), f.err);
    put_units(&f, "{'artist':{'S':'a'},'year':{'N':'1'}}");
    assert_ok(fixture_delete(&f, "plain", "{'id':{'S':'a'}}", NULL), f.err);
    expect_item(&f, "music", "{'artist':{'S':'a'},'year':{'N':'1'}}",
                "{'artist':{'S':'a'},'year':{'N':'1'}}");
}

/* DynamoDB's words. */
TEST(items, are_refused_as_dynamodb_refuses_them)
{
    static const struct {
        const char *table, *item, *words;
    } cases[] = {
        {"plain", "{'a':{'S':'1'}}", "Missing the key id in the item"},
        {"plain", "{'id':{'N':'1'}}", "Type mismatch for key id expected: S actual: N"},
        {"plain", "{'id':{'S':''}}", "cannot contain an empty string value. Key: id"},
        {"music", "{'artist':{'S':'a'}}", "Missing the key year in the item"},
        {"music", "{'artist':{'S':'a'},'year':{'S':'1'}}", "expected: N actual: S"},
        {"music", "{'artist':{'S':'a'},'year':{'N':'1'},'title':{'N':'1'}}",
         "Type mismatch for Index Key title Expected: S Actual: N IndexName: by_title"},
        {"music", "{'artist':{'S':'a'},'year':{'N':'1'},'label':{'NULL':true}}",
         "Index Key label Expected: S Actual: NULL IndexName: by_label"},
        {"music", "{'artist':{'S':'a'},'year':{'N':'1'},'label':{'S':''}}",
         "empty string value. IndexName: by_label, IndexKey: label"},
    };
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        cr_assert_eq(fixture_put(&f, cases[i].table, cases[i].item, NULL),
                     DM_E_VALIDATION, "%s", cases[i].item);
        cr_assert(strstr(f.err.message, cases[i].words), "%s", f.err.message);
        cr_assert_str_eq(f.err.upstream_type, "ValidationException");
    }
}

static const char *with_run(struct fixture *f, const char *before, size_t count,
                            const char *after)
{
    char *run = arena_alloc(&f->arena, count + 1);
    memset(run, 'x', count);
    run[count] = '\0';
    return arena_printf(&f->arena, "%s%s%s", before, run, after).ptr;
}

TEST(items, have_keys_and_sizes_up_to_dynamodbs_limits)
{
    static const char mid[] = "{'artist':{'S':'a'},'year':{'N':'1'},'title':{'S':'";
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    assert_ok(fixture_put(&f, "plain", with_run(&f, "{'id':{'S':'", 2048, "'}}"), NULL),
              f.err);
    cr_assert_eq(
        fixture_put(&f, "plain", with_run(&f, "{'id':{'S':'", 2049, "'}}"), NULL),
        DM_E_VALIDATION);
    assert_ok(fixture_put(&f, "music", with_run(&f, mid, 1024, "'}}"), NULL), f.err);
    cr_assert_eq(fixture_put(&f, "music", with_run(&f, mid, 1025, "'}}"), NULL),
                 DM_E_VALIDATION);
    /* "id", "1", "x" and the run */
    assert_ok(fixture_put(&f, "plain",
                          with_run(&f, "{'id':{'S':'1'},'x':{'S':'", 409596, "'}}"),
                          NULL),
              f.err);
    cr_assert_eq(fixture_put(&f, "plain",
                             with_run(&f, "{'id':{'S':'1'},'x':{'S':'", 409597, "'}}"),
                             NULL),
                 DM_E_VALIDATION);
    cr_assert(strstr(f.err.message, "Item size has exceeded"), "%s", f.err.message);
}

TEST(items, are_not_found_by_a_key_of_another_schema)
{
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    const struct table *table;
    const struct dm_value *item;
    const struct key_attribute id = {STR("id"), DM_S}, other = {STR("x"), DM_S};
    const struct dm_value text = {.type = DM_S, .as.text = STR("1")};
    const struct dm_value number = {.type = DM_N, .as.text = STR("1")};
    const struct dm_value empty = {.type = DM_S, .as.text = STR("")};
    const struct key keys[] = {
        {.hash_attribute = other, .hash = text},
        {.hash_attribute = id, .hash = number},
        {.hash_attribute = id, .hash = empty},
        {.hash_attribute = id, .range_attribute = other, .hash = text, .range = text},
    };
    assert_ok(database_begin(f.reader, &f.err), f.err);
    assert_ok(database_table(f.reader, STR("plain"), &table, &f.err), f.err);
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        cr_assert_eq(items_get(f.reader, table, &keys[i], &f.arena, &item, &f.err),
                     DM_E_VALIDATION);
    assert_ok(items_get(f.reader, table,
                        &(struct key){.hash_attribute = id, .hash = text}, &f.arena,
                        &item, &f.err),
              f.err);
    database_rollback(f.reader);
}

/* --- index entries --- */

static void expect_entries(struct fixture *f, const char *expected)
{
    assert_str(fixture_sql(f, "SELECT coalesce(group_concat(index_id || hex(hash) || ','"
                              " || hex(range), ' '), '') FROM entries"),
               expected);
}

TEST(items, are_in_an_index_only_with_its_keys)
{
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    put_units(&f, "{'artist':{'S':'a'},'year':{'N':'1'}}");
    expect_entries(&f, "");
    put_units(&f, "{'artist':{'S':'a'},'year':{'N':'1'},'title':{'S':'t'}}");
    expect_entries(&f, "05361,5374");
    put_units(&f, "{'artist':{'S':'a'},'year':{'N':'1'},'title':{'S':'u'},"
                  "'plays':{'N':'0'}}");
    expect_entries(&f, "05361,5375 24E01,");
    assert_ok(fixture_delete(&f, "music", "{'artist':{'S':'a'},'year':{'N':'1'}}", NULL),
              f.err);
    expect_entries(&f, "");
}

/* The published rules, and what DynamoDB Local says: capacity of the table and of each
 * index whose entry is put, deleted, moved (both) or changed. */
TEST(items, cost_what_dynamodb_asks)
{
    static const char key[] = "'artist':{'S':'a'},'year':{'N':'1'}";
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
#define ITEM(rest) arena_printf(&f.arena, "{%s%s}", key, rest).ptr
    cr_assert_eq(put_units(&f, ITEM("")), 1);
    cr_assert_eq(put_units(&f, ITEM("")), 1);
    cr_assert_eq(put_units(&f, ITEM(",'label':{'S':'l'}")), 2, "an entry put");
    cr_assert_eq(put_units(&f, ITEM(",'label':{'S':'l'}")), 1, "nothing changed");
    cr_assert_eq(put_units(&f, ITEM(",'label':{'S':'m'}")), 3, "an entry moved");
    cr_assert_eq(put_units(&f, ITEM(",'label':{'S':'m'},'x':{'S':'y'}")), 2,
                 "an entry changed");
    cr_assert_eq(put_units(&f, ITEM(",'plays':{'N':'1'},'genre':{'S':'y'}")), 3,
                 "one deleted, another put");
    cr_assert_eq(put_units(&f, ITEM(",'plays':{'N':'1.0'},'genre':{'S':'y'},"
                                    "'x':{'S':'z'}")),
                 1, "what is not projected changed");
    double units = 0;
    assert_ok(fixture_delete(&f, "music", ITEM(""), &units), f.err);
    cr_assert_eq(units, 2);
    assert_ok(fixture_delete(&f, "music", ITEM(""), &units), f.err);
    cr_assert_eq(units, 1, "nothing was there");
#undef ITEM
}

TEST(capacity, counts_begun_units)
{
    cr_assert_eq(capacity_read(0, true), 1);
    cr_assert_eq(capacity_read(0, false), 0.5);
    cr_assert_eq(capacity_read(4096, true), 1);
    cr_assert_eq(capacity_read(4097, true), 2);
    cr_assert_eq(capacity_read(4097, false), 1);
    cr_assert_eq(capacity_write(0, 0), 1);
    cr_assert_eq(capacity_write(0, 1024), 1);
    cr_assert_eq(capacity_write(0, 1025), 2);
    cr_assert_eq(capacity_write(3000, 10), 3);
}

TEST(items, survive_each_allocation_failing)
{
    static const char json[] = "{'artist':{'S':'a'},'year':{'N':'1'},'title':{'S':'t'},"
                               "'plays':{'N':'3'},'genre':{'S':'g'}}";
    DM_AUTO_DONE(fixture) f;
    open_with_tables(&f);
    put_units(&f, json);
    const struct dm_value *item = fixture_item(&f, json);
    const struct table *table;
    struct key key;
    assert_ok(database_begin(f.writer, &f.err), f.err);
    assert_ok(database_table(f.writer, STR("music"), &table, &f.err), f.err);
    assert_ok(items_key(table, item, &key, &f.err), f.err);
    WITH_EACH_ALLOCATION_FAILING
    {
        double units;
        const struct dm_value *old = NULL;
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 1024 * 1024);
        enum dm_code code = items_get(f.writer, table, &key, &arena, &old, &f.err);
        if (code == DM_OK)
            code = items_replace(f.writer, table, old, item, &units, &f.err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", f.err.message);
    }
    database_rollback(f.writer);
}
