/* Patches of both dialects, applied. */
#include "json_fixture.h"
#include "model/patch.h"

static const struct attribute declared[] = {
    {.name = {"id", 2}, .type = DM_S, .prefix = {"T#", 2}},
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"tags", 4}, .type = DM_SS},
    {.name = {"seen", 4}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
};

static struct attributes *declare(void)
{
    struct attributes *attributes = NULL;
    cr_assert_eq(attributes_new(declared, DM_COUNT(declared), &attributes, NULL), DM_OK);
    return attributes;
}

static enum dm_code apply(enum patch_dialect dialect, const char *json, const char *item,
                          struct arena *arena, struct dm_value *ret_after,
                          struct dm_error *err)
{
    struct patch patch;
    struct dm_value before = typed(item, arena);
    DM_AUTO(attributes) *attributes = declare();
    DM_TRY(patch_read(dialect, dm_str(json), arena, &patch, err));
    return patch_apply(&patch, attributes, &before, arena, ret_after, err);
}

struct row {
    const char *item, *patch, *after;
};

static void assert_all(enum patch_dialect dialect, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        DM_AUTO_DONE(arena) arena;
        struct dm_error err = {0};
        struct dm_value after;
        arena_init(&arena, JSON_FIXTURE_MAX);
        cr_assert_eq(apply(dialect, rows[i].patch, rows[i].item, &arena, &after, &err),
                     DM_OK, "%s: %s", rows[i].patch, err.message);
        assert_item(&after, rows[i].after);
    }
}

/* --- merge patches --- */

static const struct row merges[] = {
    {"{\"a\":{\"S\":\"b\"}}", "{\"a\":\"c\"}", "{\"a\":{\"S\":\"c\"}}"},
    {"{\"a\":{\"S\":\"b\"}}", "{\"b\":1}", "{\"a\":{\"S\":\"b\"},\"b\":{\"N\":\"1\"}}"},
    {"{\"a\":{\"S\":\"b\"}}", "{\"a\":null,\"x\":null}", "{}"},
    {"{\"a\":{\"L\":[{\"S\":\"b\"}]}}", "{\"a\":[null]}",
     "{\"a\":{\"L\":[{\"NULL\":true}]}}"},
    {"{\"a\":{\"S\":\"b\"}}", "{\"a\":{\"x\":null,\"y\":1}}",
     "{\"a\":{\"M\":{\"y\":{\"N\":\"1\"}}}}"},
    {"{}", "{\"a\":{\"b\":{\"c\":null,\"d\":1}}}",
     "{\"a\":{\"M\":{\"b\":{\"M\":{\"d\":{\"N\":\"1\"}}}}}}"},
    {"{\"a\":{\"M\":{\"b\":{\"SS\":[\"x\"]},\"c\":{\"S\":\"1\"},\"d\":{\"B\":\"AP8=\"}}}"
     "}",
     "{\"a\":{\"c\":2}}",
     "{\"a\":{\"M\":{\"b\":{\"SS\":[\"x\"]},\"c\":{\"N\":\"2\"},\"d\":{\"B\":\"AP8=\"}}}"
     "}"},
    {"{\"id\":{\"S\":\"T#1\"}}", "{\"id\":\"1\",\"created\":\"2024-01-02T03:04:05Z\"}",
     "{\"id\":{\"S\":\"T#1\"},\"created\":{\"S\":\"2024-01-02T03:04:05.000000+0000\"}}"},
    {"{\"tags\":{\"SS\":[\"a\"]}}", "{\"tags\":[\"b\"]}", "{\"tags\":{\"SS\":[\"b\"]}}"},
    /* Inside JSON. */
    {"{\"doc\":{\"S\":\"{\\\"a\\\": 1, \\\"b\\\": 2}\"}}",
     "{\"doc\":{\"a\":null,\"c\":3}}", "{\"doc\":{\"S\":\"{\\\"b\\\":2,\\\"c\\\":3}\"}}"},
    {"{\"doc\":{\"S\":\"no JSON\"}}", "{\"doc\":{\"a\":1}}",
     "{\"doc\":{\"S\":\"{\\\"a\\\":1}\"}}"},
    {"{}", "{\"doc\":{\"a\":{\"b\":null}}}", "{\"doc\":{\"S\":\"{\\\"a\\\":{}}\"}}"},
    /* What is not named, or says the same, stays as it is. */
    {"{\"doc\":{\"S\":\" {\\\"a\\\": 1.0} \"}}", "{\"x\":1}",
     "{\"doc\":{\"S\":\" {\\\"a\\\": 1.0} \"},\"x\":{\"N\":\"1\"}}"},
    {"{\"doc\":{\"S\":\"no JSON\"}}", "{\"x\":1}",
     "{\"doc\":{\"S\":\"no JSON\"},\"x\":{\"N\":\"1\"}}"},
    {"{\"doc\":{\"S\":\" {\\\"a\\\": 1.0} \"}}", "{\"doc\":{\"a\":1,\"b\":null}}",
     "{\"doc\":{\"S\":\" {\\\"a\\\": 1.0} \"}}"},
};

TEST(merge_patch, is_rfc_7396_in_the_declared_form)
{
    assert_all(PATCH_MERGE, merges, DM_COUNT(merges));
}

/* --- JSON Patches --- */

static const struct row patches[] = {
    {"{}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":[1]}]",
     "{\"a\":{\"L\":[{\"N\":\"1\"}]}}"},
    {"{\"a\":{\"L\":[{\"N\":\"1\"}]}}",
     "[{\"op\":\"add\",\"path\":\"/a/0\",\"value\":0},"
     "{\"op\":\"add\",\"path\":\"/a/-\",\"value\":2},"
     "{\"op\":\"add\",\"path\":\"/a/3\",\"value\":3}]",
     "{\"a\":{\"L\":[{\"N\":\"0\"},{\"N\":\"1\"},{\"N\":\"2\"},{\"N\":\"3\"}]}}"},
    {"{\"a\":{\"M\":{\"b\":{\"S\":\"1\"}}}}",
     "[{\"op\":\"add\",\"path\":\"/a/c~1d~0\",\"value\":null,\"odd\":1}]",
     "{\"a\":{\"M\":{\"b\":{\"S\":\"1\"},\"c/d~\":{\"NULL\":true}}}}"},
    {"{\"a\":{\"S\":\"1\"},\"b\":{\"S\":\"2\"}}", "[{\"op\":\"remove\",\"path\":\"/a\"}]",
     "{\"b\":{\"S\":\"2\"}}"},
    {"{\"a\":{\"L\":[{\"S\":\"x\"},{\"S\":\"y\"}]}}",
     "[{\"op\":\"remove\",\"path\":\"/a/0\"}]", "{\"a\":{\"L\":[{\"S\":\"y\"}]}}"},
    {"{\"a\":{\"L\":[{\"S\":\"x\"},{\"S\":\"y\"}]}}",
     "[{\"op\":\"replace\",\"path\":\"/a/0\",\"value\":1}]",
     "{\"a\":{\"L\":[{\"N\":\"1\"},{\"S\":\"y\"}]}}"},
    {"{\"a\":{\"M\":{\"b\":{\"NS\":[\"1\"]}}}}",
     "[{\"op\":\"move\",\"from\":\"/a/b\",\"path\":\"/c\"}]",
     "{\"a\":{\"M\":{}},\"c\":{\"NS\":[\"1\"]}}"},
    {"{\"a\":{\"M\":{\"b\":{\"N\":\"1\"}}}}",
     "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/c\"}]",
     "{\"a\":{\"M\":{\"b\":{\"N\":\"1\"},\"c\":{\"M\":{\"b\":{\"N\":\"1\"}}}}}}"},
    {"{\"a\":{\"L\":[{\"S\":\"x\"}]}}",
     "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]",
     "{\"a\":{\"L\":[{\"S\":\"x\"}]}}"},
    /* Declared forms; typed values keep their type where they may. */
    {"{\"tags\":{\"SS\":[\"b\",\"a\"]}}",
     "[{\"op\":\"test\",\"path\":\"/tags\",\"value\":[\"a\",\"b\"]},"
     "{\"op\":\"copy\",\"from\":\"/tags\",\"path\":\"/other\"},"
     "{\"op\":\"replace\",\"path\":\"/tags\",\"value\":[\"c\"]}]",
     "{\"other\":{\"SS\":[\"b\",\"a\"]},\"tags\":{\"SS\":[\"c\"]}}"},
    {"{\"l\":{\"L\":[{\"S\":\"a\"}]}}",
     "[{\"op\":\"move\",\"from\":\"/l\",\"path\":\"/tags\"}]",
     "{\"tags\":{\"SS\":[\"a\"]}}"},
    {"{\"created\":{\"S\":\"2024-01-02T03:04:05.000000+0000\"}}",
     "[{\"op\":\"test\",\"path\":\"/created\",\"value\":\"2024-01-02T04:04:05+01:00\"},"
     "{\"op\":\"copy\",\"from\":\"/created\",\"path\":\"/seen\"},"
     "{\"op\":\"move\",\"from\":\"/created\",\"path\":\"/text\"}]",
     "{\"seen\":{\"S\":\"2024-01-02T03:04:05.000000+0000\"},"
     "\"text\":{\"S\":\"2024-01-02T03:04:05Z\"}}"},
    {"{\"id\":{\"S\":\"T#1\"}}",
     "[{\"op\":\"test\",\"path\":\"/id\",\"value\":\"1\"},"
     "{\"op\":\"copy\",\"from\":\"/id\",\"path\":\"/x\"}]",
     "{\"id\":{\"S\":\"T#1\"},\"x\":{\"S\":\"1\"}}"},
    /* What is tested is what clients see. */
    {"{\"s\":{\"SS\":[\"a\"]},\"m\":{\"M\":{\"b\":{\"B\":\"AP8=\"}}}}",
     "[{\"op\":\"test\",\"path\":\"/s\",\"value\":[\"a\"]},"
     "{\"op\":\"test\",\"path\":\"/m\",\"value\":{\"b\":\"AP8=\"}},"
     "{\"op\":\"test\",\"path\":\"/m/b\",\"value\":\"AP8=\"}]",
     "{\"s\":{\"SS\":[\"a\"]},\"m\":{\"M\":{\"b\":{\"B\":\"AP8=\"}}}}"},
    /* Inside JSON. */
    {"{\"doc\":{\"S\":\"{\\\"a\\\": [1]}\"}}",
     "[{\"op\":\"add\",\"path\":\"/doc/a/-\",\"value\":2},"
     "{\"op\":\"test\",\"path\":\"/doc/a/0\",\"value\":1.0}]",
     "{\"doc\":{\"S\":\"{\\\"a\\\":[1,2]}\"}}"},
    {"{\"doc\":{\"S\":\" {\\\"a\\\": 1} \"}}",
     "[{\"op\":\"test\",\"path\":\"/doc\",\"value\":{\"a\":1}}]",
     "{\"doc\":{\"S\":\" {\\\"a\\\": 1} \"}}"},
    {"{\"doc\":{\"S\":\"no JSON\"},\"a\":{\"N\":\"1\"}}",
     "[{\"op\":\"test\",\"path\":\"/doc\",\"value\":\"no JSON\"}]",
     "{\"doc\":{\"S\":\"no JSON\"},\"a\":{\"N\":\"1\"}}"},
    {"{\"doc\":{\"S\":\"\\\"{}\\\"\"}}",
     "[{\"op\":\"test\",\"path\":\"/doc\",\"value\":\"{}\"},"
     "{\"op\":\"add\",\"path\":\"/x\",\"value\":1}]",
     "{\"doc\":{\"S\":\"\\\"{}\\\"\"},\"x\":{\"N\":\"1\"}}"},
    {"{\"doc\":{\"S\":\"{\\\"a\\\":1}\"}}",
     "[{\"op\":\"move\",\"from\":\"/doc/a\",\"path\":\"/a\"}]",
     "{\"doc\":{\"S\":\"{}\"},\"a\":{\"N\":\"1\"}}"},
    {"{\"a\":{\"N\":\"1\"}}", "[]", "{\"a\":{\"N\":\"1\"}}"},
};

TEST(json_patch, is_rfc_6902_on_what_clients_see)
{
    assert_all(PATCH_JSON, patches, DM_COUNT(patches));
}

static const struct refusal {
    const char *patch;
    enum dm_code code;
    const char *message;
} refusals[] = {
    {"", DM_E_INVALID_PATCH, "the patch is not good JSON: byte 0"},
    {"[] x", DM_E_INVALID_PATCH, "the patch is not good JSON: byte 3"},
    {"{}", DM_E_INVALID_PATCH, "a JSON Patch is an array of up to 256 operations"},
    {"[1]", DM_E_INVALID_PATCH, "operation 0: expected an object"},
    {"[{}]", DM_E_INVALID_PATCH, "operation 0: expected op"},
    {"[{\"op\":1}]", DM_E_INVALID_PATCH, "operation 0: expected op"},
    {"[{\"op\":\"ADD\"}]", DM_E_INVALID_PATCH, "operation 0: expected op"},
    {"[{\"op\":\"remove\"}]", DM_E_INVALID_PATCH, "operation 0: expected path"},
    {"[{\"op\":\"remove\",\"path\":\"\"}]", DM_E_INVALID_PATCH,
     "operation 0: expected path"},
    {"[{\"op\":\"remove\",\"path\":\"a\"}]", DM_E_INVALID_PATCH,
     "operation 0: expected path"},
    {"[{\"op\":\"remove\",\"path\":\"/a~\"}]", DM_E_INVALID_PATCH,
     "operation 0: expected a JSON Pointer, in which"},
    {"[{\"op\":\"remove\",\"path\":\"/a~2\"}]", DM_E_INVALID_PATCH,
     "operation 0: expected a JSON Pointer, in which"},
    {"[{\"op\":\"remove\",\"path\":\"//////////////////////////////////\"}]",
     DM_E_INVALID_PATCH, "operation 0: expected a JSON Pointer of at most 32 steps"},
    {"[{\"op\":\"add\",\"path\":\"/a\"}]", DM_E_INVALID_PATCH,
     "operation 0: expected a value"},
    {"[{\"op\":\"test\",\"path\":\"/l/0\",\"value\":0},{\"op\":\"move\",\"path\":\"/"
     "a\"}]",
     DM_E_INVALID_PATCH, "operation 1: expected from"},
    {"[{\"op\":\"add\",\"path\":\"/no/a\",\"value\":1}]", DM_E_INVALID_PATCH,
     "there is nothing at /no/a"},
    {"[{\"op\":\"add\",\"path\":\"/l/3\",\"value\":1}]", DM_E_INVALID_PATCH,
     "there is nothing at /l/3"},
    {"[{\"op\":\"add\",\"path\":\"/l/00\",\"value\":1}]", DM_E_INVALID_PATCH,
     "there is nothing at /l/00"},
    {"[{\"op\":\"add\",\"path\":\"/s/a\",\"value\":1}]", DM_E_INVALID_PATCH,
     "/s/a leads into a value"},
    {"[{\"op\":\"add\",\"path\":\"/tags/-\",\"value\":\"x\"}]", DM_E_INVALID_PATCH,
     "/tags/- leads into a value"},
    {"[{\"op\":\"replace\",\"path\":\"/no\",\"value\":1}]", DM_E_INVALID_PATCH,
     "there is nothing at /no"},
    {"[{\"op\":\"remove\",\"path\":\"/l/-\"}]", DM_E_INVALID_PATCH,
     "there is nothing at /l/-"},
    {"[{\"op\":\"remove\",\"path\":\"/l/9\"}]", DM_E_INVALID_PATCH,
     "there is nothing at /l/9"},
    {"[{\"op\":\"move\",\"from\":\"/no\",\"path\":\"/a\"}]", DM_E_INVALID_PATCH,
     "there is nothing at /no"},
    {"[{\"op\":\"move\",\"from\":\"/m\",\"path\":\"/m/a\"}]", DM_E_INVALID_PATCH,
     "/m cannot be moved into itself"},
    {"[{\"op\":\"add\",\"path\":\"/tags\",\"value\":[]}]", DM_E_INVALID_ITEM,
     "attribute \"tags\" must be"},
    {"[{\"op\":\"copy\",\"from\":\"/s\",\"path\":\"/created\"}]", DM_E_INVALID_ITEM,
     "attribute \"created\" must be"},
    {"[{\"op\":\"test\",\"path\":\"/no\",\"value\":null}]", DM_E_CONDITION,
     "the test of /no fails"},
    {"[{\"op\":\"test\",\"path\":\"/s\",\"value\":\"y\"}]", DM_E_CONDITION,
     "the test of /s fails"},
    {"[{\"op\":\"test\",\"path\":\"/tags\",\"value\":[]}]", DM_E_CONDITION,
     "the test of /tags fails"},
};
static const char refused_item[] = "{\"s\":{\"S\":\"x\"},\"l\":{\"L\":[{\"N\":\"0\"}]},"
                                   "\"m\":{\"M\":{}},\"tags\":{\"SS\":[\"a\"]}}";

TEST(json_patch, says_what_is_wrong_and_where)
{
    for (size_t i = 0; i < DM_COUNT(refusals); i++) {
        DM_AUTO_DONE(arena) arena;
        struct dm_error err = {0};
        struct dm_value after;
        const struct refusal *refusal = &refusals[i];
        arena_init(&arena, JSON_FIXTURE_MAX);
        cr_assert_eq(
            apply(PATCH_JSON, refusal->patch, refused_item, &arena, &after, &err),
            refusal->code, "%s: %s", refusal->patch, err.message);
        cr_assert(str_starts(dm_str(err.message), dm_str(refusal->message)), "%s: %s",
                  refusal->patch, err.message);
    }
}

/* `count` operations of one text. */
static const char *operations(const char *operation, size_t count, struct arena *arena)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, JSON_FIXTURE_MAX);
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%c%s", i ? ',' : '[', operation);
    buf_add_char(&text, ']');
    return arena_str(arena, buf_str(&text)).ptr;
}

TEST(json_patch, does_not_grow_beyond_bounds)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct dm_value after;
    arena_init(&arena, JSON_FIXTURE_MAX);
    const char *add = "{\"op\":\"add\",\"path\":\"/l/-\",\"value\":1}";
    const char *nest = "{\"op\":\"copy\",\"from\":\"/m\",\"path\":\"/m/m\"}";
    const char *fill = "{\"op\":\"copy\",\"from\":\"/l\",\"path\":\"/l/-\"}";
    const char *item = "{\"m\":{\"M\":{}},\"l\":{\"L\":[{\"S\":\"0123456789\"}]}}";
    cr_assert_eq(
        apply(PATCH_JSON, operations(add, 257, &arena), item, &arena, &after, &err),
        DM_E_INVALID_PATCH);
    assert_ok(apply(PATCH_JSON, operations(add, 256, &arena), item, &arena, &after, &err),
              err);
    cr_assert_eq(
        apply(PATCH_JSON, operations(nest, 40, &arena), item, &arena, &after, &err),
        DM_E_INVALID_PATCH);
    assert_str(dm_str(err.message), "/m/m would be nested deeper than 32");
    cr_assert_eq(
        apply(PATCH_JSON, operations(fill, 20, &arena), item, &arena, &after, &err),
        DM_E_TOO_LARGE, "%s", err.message);
}

TEST(merge_patch, refuses_what_is_no_object_and_does_not_fit)
{
    static const struct refusal cases[] = {
        {"[]", DM_E_INVALID_PATCH, "a merge patch of an item is a JSON object"},
        {"null", DM_E_INVALID_PATCH, "a merge patch of an item is a JSON object"},
        {"{\"a\":1,\"a\":2}", DM_E_INVALID_PATCH, "the patch is not good JSON: "},
        {"{\"tags\":{\"a\":1}}", DM_E_INVALID_ITEM, "attribute \"tags\" must be"},
        {"{\"created\":\"soon\"}", DM_E_INVALID_ITEM, "attribute \"created\" must be"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        DM_AUTO_DONE(arena) arena;
        struct dm_error err = {0};
        struct dm_value after;
        arena_init(&arena, JSON_FIXTURE_MAX);
        cr_assert_eq(apply(PATCH_MERGE, cases[i].patch, "{}", &arena, &after, &err),
                     cases[i].code);
        cr_assert(str_starts(dm_str(err.message), dm_str(cases[i].message)), "%s",
                  err.message);
    }
}

TEST(merge_patch, refuses_more_attributes_than_an_update_takes)
{
    for (unsigned more = 0; more < 2; more++) {
        DM_AUTO_DONE(arena) arena;
        DM_AUTO_DONE(dm_buf) text;
        struct dm_error err = {0};
        struct patch patch;
        arena_init(&arena, JSON_FIXTURE_MAX);
        buf_init(&text, JSON_FIXTURE_MAX);
        for (unsigned i = 0; i < PATCH_ATTRIBUTES_MAX + more; i++)
            buf_printf(&text, "%c\"a%u\":1", i ? ',' : '{', i);
        buf_add_char(&text, '}');
        cr_assert_eq(patch_read(PATCH_MERGE, buf_str(&text), &arena, &patch, &err),
                     more ? DM_E_INVALID_PATCH : DM_OK);
    }
}

static void apply_without_memory(enum patch_dialect dialect, const struct row *rows,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        DM_AUTO_DONE(arena) kept;
        DM_AUTO(attributes) *attributes = declare();
        arena_init(&kept, JSON_FIXTURE_MAX);
        struct dm_value before = typed(rows[i].item, &kept);
        WITH_EACH_ALLOCATION_FAILING
        {
            DM_AUTO_DONE(arena) arena;
            struct patch patch;
            struct dm_value after;
            arena_init(&arena, JSON_FIXTURE_MAX);
            enum dm_code code =
                patch_read(dialect, dm_str(rows[i].patch), &arena, &patch, NULL);
            if (!code)
                code = patch_apply(&patch, attributes, &before, &arena, &after, NULL);
            cr_assert(code == DM_OK || (mem_failed() && code == DM_E_NOMEM), "%s: %d",
                      rows[i].patch, code);
        }
    }
}

TEST(patch, ends_without_memory)
{
    apply_without_memory(PATCH_MERGE, merges, DM_COUNT(merges));
    apply_without_memory(PATCH_JSON, patches, DM_COUNT(patches));
}

TEST(patch, names_all_that_it_reads_and_changes)
{
    DM_AUTO_DONE(arena) arena;
    struct patch patch;
    struct name_list names;
    arena_init(&arena, JSON_FIXTURE_MAX);
    cr_assert_eq(patch_read(PATCH_MERGE, STR("{\"a\":{\"b\":1},\"c\":null}"), &arena,
                            &patch, NULL),
                 DM_OK);
    cr_assert_eq(patch_names(&patch, &arena, &names, NULL), DM_OK);
    cr_assert_eq(names.count, 2);
    assert_str(names.at[1], "c");
    cr_assert_eq(
        patch_read(PATCH_JSON,
                   STR("[{\"op\":\"copy\",\"from\":\"/a/b\",\"path\":\"/c~1/0\"},"
                       "{\"op\":\"remove\",\"path\":\"/a\"}]"),
                   &arena, &patch, NULL),
        DM_OK);
    cr_assert_eq(patch_names(&patch, &arena, &names, NULL), DM_OK);
    cr_assert_eq(names.count, 3);
    assert_str(names.at[0], "c/");
    assert_str(names.at[1], "a");
    assert_str(names.at[2], "a");
}
