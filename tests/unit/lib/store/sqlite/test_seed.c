/* Tables made ready: created, and seeded from a file. */
#include <stdio.h>
#include <unistd.h>

#include "store_fixture.h"

static void write_seed(const char *path, const char *text)
{
    FILE *out = fopen(path, "we");
    cr_assert(out);
    cr_assert_geq(fputs(text, out), 0);
    fclose(out);
}

/* Seeds `ttt` with the text; the path of the text is said as FILE in *err. */
static enum dm_code seed(struct store_fixture *f, const char *text)
{
    char path[64];
    write_seed(scratch_path(&path), text);
    f->err = (struct dm_error){.code = DM_OK};
    struct sqlite_seed seed = {path, NULL};
    enum dm_code code = sqlite_seed_table(f->file, STR("ttt"), &seed, &f->err);
    unlink(path);
    if (code)
        cr_assert(strncmp(f->err.message, path, strlen(path)) == 0, "%s", f->err.message);
    return code;
}

static const char *complaint(const struct store_fixture *f)
{
    return strchr(f->err.message, ':');
}

TEST(sqlite_seed, lines_are_plain_or_dynamodb_json)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_ok(seed(&f, "{\"id\":\"1\",\"n\":1.50,\"l\":[1,\"x\",null]}\n"
                       "\n"
                       "  \t\r\n"
                       "{\"id\":{\"S\":\"2\"},\"s\":{\"SS\":[\"a\"]}}\r\n"
                       "{\"id\":\"3\",\"m\":{\"S\":\"looks typed\"}}"),
              f.err);
    cr_assert_str_eq(stored(&f, "1"),
                     "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1.5\"},\"l\":{\"L\":[{\"N\":"
                     "\"1\"},{\"S\":\"x\"},{\"NULL\":true}]}}");
    cr_assert_str_eq(stored(&f, "2"), "{\"id\":{\"S\":\"2\"},\"s\":{\"SS\":[\"a\"]}}");
    cr_assert_str_eq(stored(&f, "3"), "{\"id\":{\"S\":\"3\"},\"m\":{\"M\":{\"S\":{\"S\":"
                                      "\"looks typed\"}}}}");
    store_down(&f);
}

TEST(sqlite_seed, a_bad_line_is_named_and_nothing_is_loaded)
{
    static const char *const cases[][2] = {
        {"{\"id\":\"1\"}\n\n{\"id\":", ":3: byte 6"},
        {"{\"id\":\"1\"}\n{\"id\":\"2\"}}\n", ":2: byte 10"},
        {"{\"id\":\"1\"}\nnonsense\n", ":2: byte 0"},
        {"{\"id\":\"1\"}\n[]\n", ":2: byte 0"},
        {"{\"id\":\"1\"}\n{\"no\":\"id\"}\n", ":2: One"},
        {"{\"id\":\"1\"}\n{\"id\":2}\n", ":2: One"},
        {"{\"id\":\"1\"}\n{\"id\":{\"N\":\"x\"}}\n", ":2: byte"},
        {"{\"id\":\"1\"}\n{}\n", ":2: One"},
        {"{\"id\":\"1\"}\n{\"id\":\"1\",\"n\":2}\n", ":2: a line above"},
        {"{\"id\":\"1\"}\n{\"id\":\"2\",\"g\":\"no number\"}\n", ":2: One"},
    };
    struct store_fixture f;
    store_up(&f, ":memory:");
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        cr_assert_eq(seed(&f, cases[i][0]), DM_E_CONFIG, "%s", cases[i][0]);
        cr_assert(strncmp(complaint(&f), cases[i][1], strlen(cases[i][1])) == 0, "%s: %s",
                  cases[i][0], f.err.message);
        cr_assert_str_eq(stored(&f, "1"), "none");
    }
    store_down(&f);
}

TEST(sqlite_seed, a_table_that_is_not_empty_is_left_alone)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_ok(seed(&f, "{\"id\":\"1\"}\n"), f.err);
    assert_ok(seed(&f, "{\"id\":\"2\"}\nnonsense\n"), f.err);
    cr_assert_str_eq(stored(&f, "2"), "none");
    store_down(&f);
}

TEST(sqlite_seed, a_file_that_is_not_there_is_said_so)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct sqlite_seed seed = {"/nowhere/at/all", NULL};
    cr_assert_eq(sqlite_seed_table(f.file, STR("ttt"), &seed, &f.err), DM_E_CONFIG);
    cr_assert(strstr(f.err.message, "/nowhere/at/all: "));
    store_down(&f);
}

TEST(sqlite_seed, a_line_without_end_is_refused)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    size_t len = 5 * 1024 * 1024;
    char *text = arena_alloc(&f.arena, len + 1);
    memset(text, ' ', len);
    memcpy(text, "{\"id\":\"1\",", 10);
    text[len - 1] = '}';
    text[len] = '\0';
    cr_assert_eq(seed(&f, text), DM_E_CONFIG);
    cr_assert(strstr(f.err.message, ":1: the line is longer than"), "%s", f.err.message);
    store_down(&f);
}

static enum dm_code prepare_declared(struct store_fixture *f, const char *table,
                                     const char *text)
{
    static const struct attribute declared[] = {
        {.name = {"pk", 2}, .type = DM_S, .prefix = {"CUST#", 5}},
        {.name = {"bin", 3}, .type = DM_B},
        {.name = {"tags", 4}, .type = DM_SS},
        {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
        {.name = {"expires", 7}, .type = DM_N, .kind = ATTRIBUTE_TTL},
        {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    };
    char path[64];
    struct key_schema schema = {.hash = {STR("pk"), DM_S}};
    struct store_create create = {.table = dm_str(table), .schema = &schema};
    DM_AUTO(attributes) *attributes = NULL;
    assert_ok(attributes_new(declared, DM_COUNT(declared), &attributes, &f->err), f->err);
    write_seed(scratch_path(&path), text);
    struct sqlite_seed seed = {path, attributes};
    enum dm_code code = sqlite_prepare(f->file, &create, &seed, &f->err);
    unlink(path);
    return code;
}

TEST(sqlite_seed, plain_json_takes_the_declared_form)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_ok(prepare_declared(&f, "declared",
                               "{\"pk\":\"1\",\"bin\":\"AP8=\",\"tags\":[\"a\"],"
                               "\"created\":\"2024-01-02T03:04:05Z\","
                               "\"expires\":\"2024-01-01T00:00:00Z\",\"doc\":{\"a\": 1},"
                               "\"other\":[\"a\"]}\n"),
              f.err);
    struct answer page = DO(&f, scan, .table = STR("declared"));
    assert_code(page, DM_OK);
    cr_assert_eq(page.result.item_count, 1);
    assert_json(
        &f, &page.result.items[0],
        "{\"pk\":{\"S\":\"CUST#1\"},\"bin\":{\"B\":\"AP8=\"},\"tags\":{\"SS\":[\"a\"]},"
        "\"created\":{\"S\":\"2024-01-02T03:04:05.000000+0000\"},"
        "\"expires\":{\"N\":\"1704067200\"},\"doc\":{\"S\":\"{\\\"a\\\":1}\"},"
        "\"other\":{\"L\":[{\"S\":\"a\"}]}}");
    store_down(&f);
}

TEST(sqlite_seed, dynamodb_json_is_stored_as_it_is)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_ok(prepare_declared(&f, "typed",
                               "{\"pk\":{\"S\":\"1\"},\"created\":{\"S\":\"soon\"}}\n"),
              f.err);
    struct answer page = DO(&f, scan, .table = STR("typed"));
    assert_json(&f, &page.result.items[0],
                "{\"pk\":{\"S\":\"1\"},\"created\":{\"S\":\"soon\"}}");
    store_down(&f);
}

TEST(sqlite_seed, plain_json_of_another_form_is_refused)
{
    static const char *const lines[] = {
        "{\"pk\":\"\"}\n",
        "{\"pk\":\"1\",\"bin\":\"no base64\"}\n",
        "{\"pk\":\"1\",\"tags\":[]}\n",
        "{\"pk\":\"1\",\"created\":\"soon\"}\n",
    };
    struct store_fixture f;
    store_up(&f, ":memory:");
    for (size_t i = 0; i < DM_COUNT(lines); i++) {
        cr_assert_eq(prepare_declared(&f, "refused", lines[i]), DM_E_CONFIG);
        cr_assert(strstr(f.err.message, ":1: attribute \""), "%s", f.err.message);
    }
    store_down(&f);
}

TEST(sqlite_seed, a_table_with_other_keys_is_refused)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct key_schema other = {.hash = {STR("id"), DM_N}};
    struct store_create create = {.table = STR("ttt"), .schema = &other};
    cr_assert_eq(sqlite_prepare(f.file, &create, NULL, &f.err), DM_E_CONFIG);
    struct key_schema same = {.hash = {STR("id"), DM_S}};
    create.schema = &same;
    assert_ok(sqlite_prepare(f.file, &create, NULL, &f.err), f.err);
    store_down(&f);
}

static void seed_or_fail(struct store_fixture *f, const char *path)
{
    struct sqlite_seed seed = {path, NULL};
    enum dm_code code = sqlite_seed_table(f->file, STR("ttt"), &seed, &f->err);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_E_CONFIG, "%s", f->err.message);
}

TEST(sqlite_seed, whatever_memory_is_missing_a_seed_ends)
{
    struct store_fixture f;
    char path[64];
    store_up(&f, ":memory:");
    write_seed(scratch_path(&path), "{\"id\":\"1\",\"g\":1,\"m\":{\"l\":[1]}}\n"
                                    "{\"id\":{\"S\":\"2\"}}\n{\"id\":3}\n");
    seed_or_fail(&f, path);
    WITH_EACH_ALLOCATION_FAILING seed_or_fail(&f, path);
    unlink(path);
    store_down(&f);
}
