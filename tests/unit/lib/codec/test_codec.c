/* Both dialects: read, written, refused. */
#include "base/mem.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "support/cases.h"
#include "value/item.h"

enum { MEMORY_MAX = 64 << 20 };

typedef enum dm_code read_fn(struct json_reader *, struct arena *, struct dm_value *,
                             struct dm_error *);
typedef void write_fn(const struct dm_value *, struct dm_buf *);

/* How the tests may read a text. */
struct document {
    struct arena arena;
    struct dm_value value;
    struct dm_error err;
    enum dm_code code;
};

static struct document document_read(read_fn *read, struct dm_str text, size_t memory)
{
    struct document document = {.value.type = DM_BS};
    struct json_reader reader;
    arena_init(&document.arena, memory);
    reader_init(&reader, text, DDB_JSON_DEPTH, &document.arena);
    document.code = read(&reader, &document.arena, &document.value, &document.err);
    if (!document.code)
        document.code = reader_end(&reader, &document.err);
    return document;
}

static void assert_written(write_fn *write, const struct dm_value *value,
                           struct dm_str expected)
{
    DM_AUTO_DONE(dm_buf) out;
    struct dm_error err = {0};
    buf_init(&out, MEMORY_MAX);
    write(value, &out);
    assert_ok(buf_check(&out, "value", &err), err);
    cr_assert(str_equal(buf_str(&out), expected), "wrote %.*s, expected %.*s",
              STR_ARG(buf_str(&out)), STR_ARG(expected));
}

static void accept_all(const char *path, read_fn *read, write_fn *write)
{
    struct cases cases = cases_open(path);
    while (cases_next(&cases)) {
        struct document document = document_read(read, cases.input, MEMORY_MAX);
        cr_assert_eq(document.code, DM_OK, "%.*s: %s", STR_ARG(cases.input),
                     document.err.message);
        assert_written(write, &document.value, cases.expected);
        arena_done(&document.arena);
    }
}

static void refuse_all(const char *path, read_fn *read)
{
    struct cases cases = cases_open(path);
    while (cases_next(&cases)) {
        struct document document = document_read(read, cases.input, MEMORY_MAX);
        cr_assert_eq(document.code, DM_E_INVALID, "%.*s", STR_ARG(cases.input));
        cr_assert(memmem(document.err.message, sizeof document.err.message,
                         cases.expected.ptr, cases.expected.len),
                  "%.*s: %s", STR_ARG(cases.input), document.err.message);
        arena_done(&document.arena);
    }
}

TEST(ddb_json, is_written_as_it_was_read)
{
    accept_all(TEST_DATA "/cases/ddb_accepted.txt", ddb_json_read_item,
               ddb_json_write_item);
}

TEST(ddb_json, is_refused_with_its_place)
{
    refuse_all(TEST_DATA "/cases/ddb_refused.txt", ddb_json_read_item);
}

TEST(ddb_json, becomes_plain)
{
    accept_all(TEST_DATA "/cases/ddb_plain.txt", ddb_json_read_item, plain_json_write);
}

TEST(plain_json, becomes_typed)
{
    accept_all(TEST_DATA "/cases/plain_accepted.txt", plain_json_read,
               ddb_json_write_value);
}

TEST(plain_json, is_refused_with_its_place)
{
    refuse_all(TEST_DATA "/cases/plain_refused.txt", plain_json_read);
}

TEST(ddb_json, reads_one_value_alone)
{
    struct document document =
        document_read(ddb_json_read_value, STR(" {\"SS\":[\"a\"]} "), MEMORY_MAX);
    assert_ok(document.code, document.err);
    cr_assert_eq(dm_value_type(&document.value), DM_SS);
    assert_written(ddb_json_write_value, &document.value, STR("{\"SS\":[\"a\"]}"));
    arena_done(&document.arena);
}

/* --- depth -------------------------------------------------------------------------- */

static void repeat(struct dm_buf *out, const char *text, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        buf_add_str(out, dm_str(text));
}

static enum dm_code read_nested(read_fn *read, const char *before, const char *open,
                                const char *leaf, const char *close, const char *after,
                                unsigned depth)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, MEMORY_MAX);
    buf_add_str(&text, dm_str(before));
    repeat(&text, open, depth);
    buf_add_str(&text, dm_str(leaf));
    repeat(&text, close, depth);
    buf_add_str(&text, dm_str(after));
    struct document document = document_read(read, buf_str(&text), MEMORY_MAX);
    if (document.code == DM_OK)
        assert_written(read == plain_json_read ? plain_json_write : ddb_json_write_item,
                       &document.value, buf_str(&text));
    arena_done(&document.arena);
    return document.code;
}

/* DynamoDB counts the item as the first level; the scalar in the last is none. */
TEST(ddb_json, nests_as_deep_as_dynamodb_does)
{
    static const char *const kinds[][2] = {{"{\"L\":[", "]}"}, {"{\"M\":{\"m\":", "}}"}};
    static const char *const leaves[] = {"{\"S\":\"x\"}", "{\"SS\":[\"x\"]}"};
    for (size_t kind = 0; kind < DM_COUNT(kinds); kind++) {
        for (size_t leaf = 0; leaf < DM_COUNT(leaves); leaf++) {
            const char *open = kinds[kind][0], *close = kinds[kind][1];
            cr_assert_eq(read_nested(ddb_json_read_item, "{\"a\":", open, leaves[leaf],
                                     close, "}", VALUE_MAX_DEPTH - 1),
                         DM_OK);
            cr_assert_eq(read_nested(ddb_json_read_item, "{\"a\":", open, leaves[leaf],
                                     close, "}", VALUE_MAX_DEPTH),
                         DM_E_INVALID);
        }
    }
}

TEST(plain_json, nests_as_deep_as_dynamodb_does)
{
    static const char *const kinds[][2] = {{"[", "]"}, {"{\"m\":", "}"}};
    for (size_t kind = 0; kind < DM_COUNT(kinds); kind++) {
        const char *open = kinds[kind][0], *close = kinds[kind][1];
        cr_assert_eq(
            read_nested(plain_json_read, "", open, "1", close, "", VALUE_MAX_DEPTH),
            DM_OK);
        cr_assert_eq(
            read_nested(plain_json_read, "", open, "1", close, "", VALUE_MAX_DEPTH + 1),
            DM_E_INVALID);
    }
}

TEST(json, is_not_written_deeper_than_it_is_read)
{
    static struct dm_value nested[VALUE_MAX_DEPTH + 1];
    write_fn *const writers[] = {ddb_json_write_value, plain_json_write};
    for (size_t i = 0; i < DM_COUNT(nested); i++)
        nested[i] = (struct dm_value){.type = DM_L, .as.list = {nested + i + 1, 1}};
    nested[VALUE_MAX_DEPTH].as.list.count = 0;
    for (size_t i = 0; i < DM_COUNT(writers); i++) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, MEMORY_MAX);
        writers[i](nested + 1, &out);
        cr_assert_not(out.failed);
        writers[i](nested, &out);
        cr_assert(out.failed);
    }
}

/* --- size --------------------------------------------------------------------------- */

enum { MANY = 100000 };

static void assert_many(read_fn *read, write_fn *write, const char *before,
                        const char *element, const char *after)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, MEMORY_MAX);
    buf_add_str(&text, dm_str(before));
    for (int i = 0; i < MANY; i++) {
        char number[16];
        snprintf(number, sizeof number, "%s%d", i ? "," : "", i);
        const char *comma = number + (i != 0);
        buf_add(&text, number, (size_t)(comma - number));
        for (const char *c = element; *c; c++)
            buf_add_str(&text, *c == '#' ? dm_str(comma) : (struct dm_str){c, 1});
    }
    buf_add_str(&text, dm_str(after));
    struct document document = document_read(read, buf_str(&text), ITEM_ARENA_MAX);
    assert_ok(document.code, document.err);
    assert_written(write, &document.value, buf_str(&text));
    arena_done(&document.arena);
}

TEST(ddb_json, holds_a_hundred_thousand_of_anything)
{
    assert_many(ddb_json_read_item, ddb_json_write_item, "{", "\"#\":{\"N\":\"#\"}", "}");
    assert_many(ddb_json_read_value, ddb_json_write_value, "{\"L\":[", "{\"N\":\"#\"}",
                "]}");
    assert_many(ddb_json_read_value, ddb_json_write_value, "{\"SS\":[", "\"#\"", "]}");
    assert_many(ddb_json_read_value, ddb_json_write_value, "{\"NS\":[", "\"#.50\"", "]}");
    assert_many(plain_json_read, plain_json_write, "{", "\"#\":#", "}");
    assert_many(plain_json_read, plain_json_write, "[", "#", "]");
}

/* Few are compared one by one, many are sorted. */
TEST(ddb_json, finds_equal_members_among_few_and_many)
{
    for (int count = 2; count < 200; count += 7) {
        DM_AUTO_DONE(dm_buf) text;
        buf_init(&text, MEMORY_MAX);
        buf_add_str(&text, STR("{\"m\":{\"M\":{"));
        for (int i = 0; i < count; i++)
            buf_printf(&text, "\"name%d\":{\"NULL\":true},", i * 7919 % count);
        buf_printf(&text, "\"name%d\":{\"NULL\":true}}}}", count / 2);
        struct document document =
            document_read(ddb_json_read_item, buf_str(&text), MEMORY_MAX);
        char expected[64];
        snprintf(expected, sizeof expected, "the name \"name%d\" comes twice", count / 2);
        cr_assert_eq(document.code, DM_E_INVALID);
        cr_assert(strstr(document.err.message, expected), "%s", document.err.message);
        arena_done(&document.arena);
    }
}

/* --- memory ------------------------------------------------------------------------- */

static const char everything[] =
    "{\"s\":{\"S\":\"a\\nb\"},\"n\":{\"N\":\"+1.0\"},\"b\":{\"B\":\"AAEC\"},"
    "\"l\":{\"L\":[{\"BOOL\":true},{\"NULL\":true}]},\"m\":{\"M\":{\"x\":{\"S\":\"\"}}},"
    "\"ss\":{\"SS\":[\"a\",\"b\"]},\"ns\":{\"NS\":[\"01\",\"2\"]},\"bs\":{\"BS\":[\"AA=="
    "\"]}}";

TEST(ddb_json, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct document document =
            document_read(ddb_json_read_item, dm_str(everything), MEMORY_MAX);
        cr_assert_eq(document.code, mem_failed() ? DM_E_NOMEM : DM_OK);
        cr_assert(document.code == DM_OK || document.value.type == DM_BS);
        arena_done(&document.arena);
    }
}

TEST(plain_json, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct document document = document_read(
            plain_json_read, STR("{\"a\\n\":[1,{\"b\":null},\"\\u0041\"]}"), MEMORY_MAX);
        cr_assert_eq(document.code, mem_failed() ? DM_E_NOMEM : DM_OK);
        cr_assert(document.code == DM_OK || document.value.type == DM_BS);
        arena_done(&document.arena);
    }
}

/* At every ceiling of the arena: whole, or out of memory. */
TEST(ddb_json, stays_under_the_ceiling)
{
    bool whole = false;
    for (size_t memory = 0; !whole; memory += 64) {
        struct document document =
            document_read(ddb_json_read_item, dm_str(everything), memory);
        whole = document.code == DM_OK;
        cr_assert(whole || document.code == DM_E_NOMEM);
        arena_done(&document.arena);
    }
}

TEST(item_json, is_either_format_terminated)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        static struct value_member id[] = {
            {{"id", 2}, {.type = DM_N, .as.text = {"1", 1}}}};
        DM_AUTO(dm_item) *item = item_new(NULL);
        char *plain = NULL, *typed = NULL;
        size_t len = 0;
        struct dm_error err = {0};
        enum dm_code code = DM_E_NOMEM;
        if (item) {
            item->value.as.map.at = id;
            item->value.as.map.count = 1;
            code = dm_item_json(item, DM_PLAIN, &plain, &len, &err);
        }
        if (!code)
            code = dm_item_json(item, DM_TYPED, &typed, NULL, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        cr_assert(!plain || (strcmp(plain, "{\"id\":1}") == 0 && len == 8));
        cr_assert(!typed || strcmp(typed, "{\"id\":{\"N\":\"1\"}}") == 0);
        dm_free(plain);
        dm_free(typed);
    }
}

TEST(plain_json, has_no_number_that_is_none)
{
    struct dm_value value = {.type = DM_N, .as.text = STR("x")};
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 100);
    plain_json_write(&value, &out);
    cr_assert(out.failed);
}
