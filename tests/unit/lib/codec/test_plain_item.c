/* Plain JSON in the declared form. */
#include "codec/ddb_json.h"
#include "codec/plain_item.h"
#include "codec/plain_json.h"
#include "support/test.h"

enum { MEMORY_MAX = 4 * 1024 * 1024 };

static const struct attribute declared[] = {
    {.name = {"s", 1}, .type = DM_S},
    {.name = {"n", 1}, .type = DM_N},
    {.name = {"b", 1}, .type = DM_B},
    {.name = {"f", 1}, .type = DM_BOOL},
    {.name = {"z", 1}, .type = DM_NULL},
    {.name = {"l", 1}, .type = DM_L},
    {.name = {"m", 1}, .type = DM_M},
    {.name = {"ss", 2}, .type = DM_SS},
    {.name = {"ns", 2}, .type = DM_NS},
    {.name = {"bs", 2}, .type = DM_BS},
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"ttl", 3}, .type = DM_N, .kind = ATTRIBUTE_TTL},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
    {.name = {"pk", 2}, .type = DM_S, .prefix = {"CUST#", 5}},
};

/* Reads the item as it is declared; what is stored, or the message, in *out. */
static enum dm_code read_item(const char *json, struct dm_buf *out)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO(attributes) *attributes = NULL;
    struct dm_value plain, item;
    struct json_reader reader;
    struct dm_error err = {0};
    arena_init(&arena, MEMORY_MAX);
    reader_init(&reader, dm_str(json), VALUE_MAX_DEPTH, &arena);
    enum dm_code code = attributes_new(declared, DM_COUNT(declared), &attributes, &err);
    if (!code)
        code = plain_json_read(&reader, &arena, &plain, &err);
    if (!code)
        code = plain_item_read(attributes, &plain, &arena, &item, &err);
    if (!code)
        ddb_json_write_item(&item, out);
    else
        buf_add_str(out, dm_str(err.message));
    return !code && out->failed ? DM_E_NOMEM : code;
}

static const char *const good[][2] = {
    {"{}", "{}"},
    {"{\"x\":[1,\"a\",null,true,{}]}",
     "{\"x\":{\"L\":[{\"N\":\"1\"},{\"S\":\"a\"},{\"NULL\":true},{\"BOOL\":true},{\"M\":"
     "{}}]}}"},
    {"{\"s\":\"\",\"n\":1.50,\"f\":false,\"z\":null,\"l\":[],\"m\":{}}",
     "{\"s\":{\"S\":\"\"},\"n\":{\"N\":\"1.50\"},\"f\":{\"BOOL\":false},"
     "\"z\":{\"NULL\":true},\"l\":{\"L\":[]},\"m\":{\"M\":{}}}"},
    {"{\"b\":\"AP8=\",\"bs\":[\"AP8=\",\"\"]}",
     "{\"b\":{\"B\":\"AP8=\"},\"bs\":{\"BS\":[\"AP8=\",\"\"]}}"},
    {"{\"ss\":[\"b\",\"a\"],\"ns\":[1.0,2e1]}",
     "{\"ss\":{\"SS\":[\"b\",\"a\"]},\"ns\":{\"NS\":[\"1\",\"20\"]}}"},
    {"{\"created\":\"2024-01-02T04:04:05.5+01:00\"}",
     "{\"created\":{\"S\":\"2024-01-02T03:04:05.500000+0000\"}}"},
    {"{\"ttl\":\"2024-01-01T00:00:00Z\"}", "{\"ttl\":{\"N\":\"1704067200\"}}"},
    {"{\"ttl\":1704067200.0,\"rev\":3}",
     "{\"ttl\":{\"N\":\"1704067200\"},\"rev\":{\"N\":\"3\"}}"},
    {"{\"doc\": {\"a\": [1.50, \"x\"]}}",
     "{\"doc\":{\"S\":\"{\\\"a\\\":[1.50,\\\"x\\\"]}\"}}"},
    {"{\"doc\":\"x\"}", "{\"doc\":{\"S\":\"\\\"x\\\"\"}}"},
    {"{\"doc\":null}", "{\"doc\":{\"S\":\"null\"}}"},
    {"{\"pk\":\"1\"}", "{\"pk\":{\"S\":\"CUST#1\"}}"},
};

TEST(plain_item, takes_the_declared_form)
{
    for (size_t i = 0; i < DM_COUNT(good); i++) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, MEMORY_MAX);
        cr_assert_eq(read_item(good[i][0], &out), DM_OK, "%.*s", STR_ARG(buf_str(&out)));
        assert_str(buf_str(&out), good[i][1]);
    }
}

static const char *const misfits[][2] = {
    {"{\"s\":1}", "attribute \"s\" must be a string: got a number"},
    {"{\"s\":null}", "attribute \"s\" must be a string: got null"},
    {"{\"n\":\"1\"}", "attribute \"n\" must be a number: got a string"},
    {"{\"f\":0}", "attribute \"f\" must be a boolean: got a number"},
    {"{\"z\":false}", "attribute \"z\" must be null: got a boolean"},
    {"{\"l\":{}}", "attribute \"l\" must be an array: got an object"},
    {"{\"m\":[]}", "attribute \"m\" must be an object: got an array"},
    {"{\"b\":\"!\"}", "attribute \"b\" must be a string of base64: got a string"},
    {"{\"b\":1}", "attribute \"b\" must be a string of base64: got a number"},
    {"{\"ss\":[]}", "attribute \"ss\" must be an array of strings, at least one and no "
                    "two equal: got an array"},
    {"{\"ss\":\"a\"}", "attribute \"ss\" must be an array of strings, at least one and "
                       "no two equal: got a string"},
    {"{\"ss\":[\"a\",\"a\"]}", "attribute \"ss\" must be an array of strings, at least "
                               "one and no two equal: got an array"},
    {"{\"ns\":[1,\"2\"]}", "attribute \"ns\" must be an array of numbers, at least one "
                           "and no two equal: got a string"},
    {"{\"ns\":[1,1.0]}", "attribute \"ns\" must be an array of numbers, at least one "
                         "and no two equal: got an array"},
    {"{\"bs\":[\"AP8=\",\"AP8=\"]}", "attribute \"bs\" must be an array of base64 "
                                     "strings, at least one and no two equal: got an "
                                     "array"},
    {"{\"bs\":[\"?\"]}", "attribute \"bs\" must be a string of base64: got a string"},
    {"{\"created\":\"soon\"}", "attribute \"created\" must be a date in ISO 8601, like "
                               "2024-01-02T03:04:05Z: got \"soon\""},
    {"{\"created\":2024}", "attribute \"created\" must be a string: got a number"},
    {"{\"ttl\":true}", "attribute \"ttl\" must be a date in ISO 8601, or seconds since "
                       "1970: got a boolean"},
    {"{\"pk\":\"\"}", "attribute \"pk\" must be a string that is not empty: got a "
                      "string"},
};

TEST(plain_item, says_which_attribute_does_not_fit)
{
    for (size_t i = 0; i < DM_COUNT(misfits); i++) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, MEMORY_MAX);
        cr_assert_eq(read_item(misfits[i][0], &out), DM_E_INVALID_ITEM, "%s",
                     misfits[i][0]);
        assert_str(buf_str(&out), misfits[i][1]);
    }
}

TEST(plain_item, ends_without_memory)
{
    for (size_t i = 0; i < DM_COUNT(good); i++)
        WITH_EACH_ALLOCATION_FAILING
        {
            DM_AUTO_DONE(dm_buf) out;
            buf_init(&out, MEMORY_MAX);
            enum dm_code code = read_item(good[i][0], &out);
            cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", good[i][0]);
        }
}

/* --- typed --- */

static enum dm_code check(const char *json, struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO(attributes) *attributes = NULL;
    struct dm_value item;
    struct json_reader reader;
    arena_init(&arena, MEMORY_MAX);
    reader_init(&reader, dm_str(json), DDB_JSON_DEPTH, &arena);
    DM_TRY(attributes_new(declared, DM_COUNT(declared), &attributes, err));
    enum dm_code code = ddb_json_read_item(&reader, &arena, &item, err);
    for (size_t i = 0; !code && i < item.as.map.count; i++)
        code = plain_item_check_attribute(
            attributes_find(attributes, item.as.map.at[i].name), &item.as.map.at[i].value,
            err);
    return code;
}

TEST(plain_item, takes_what_is_stored_in_its_own_form)
{
    struct dm_error err = {0};
    for (size_t i = 0; i < DM_COUNT(good); i++)
        assert_ok(check(good[i][1], &err), err);
    assert_ok(check("{\"pk\":{\"S\":\"CUST#1\"},\"ttl\":{\"N\":\"1.5\"}}", &err), err);
}

TEST(plain_item, refuses_what_is_typed_and_does_not_fit)
{
    static const char *const cases[][2] = {
        {"{\"s\":{\"N\":\"1\"}}",
         "attribute \"s\" must be of type S, as the model declares it: got a number"},
        {"{\"ss\":{\"L\":[]}}",
         "attribute \"ss\" must be of type SS, as the model declares it: got an array"},
        {"{\"created\":{\"S\":\"2024-01-02T03:04:05Z\"}}",
         "attribute \"created\" must be of the form in which it is stored "
         "(2024-01-02T03:04:05.000006+0000): got \"2024-01-02T03:04:05Z\""},
        {"{\"doc\":{\"S\":\"{\"}}",
         "attribute \"doc\" must be of the form in which it is stored (JSON): got \"{\""},
        {"{\"pk\":{\"S\":\"1\"}}",
         "attribute \"pk\" must be of the form in which it is stored (its template): got "
         "\"1\""},
        {"{\"pk\":{\"S\":\"CUST#\"}}",
         "attribute \"pk\" must be of the form in which it is stored (its template): got "
         "\"CUST#\""},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        cr_assert_eq(check(cases[i][0], &err), DM_E_INVALID_ITEM, "%s", cases[i][0]);
        assert_str(dm_str(err.message), cases[i][1]);
    }
}
