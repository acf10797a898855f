/* Plain JSON as a model's clients see it. */
#include "base/mem.h"
#include "codec/plain_json.h"
#include "support/cases.h"
#include "value/item.h"

enum { MEMORY_MAX = 1024 * 1024 };

static const struct attribute declared[] = {
    {.name = {"pk", 2}, .type = DM_S, .prefix = {"CUST#", 5}},
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"expires", 7}, .type = DM_N, .kind = ATTRIBUTE_TTL},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
};

static struct value_member members[] = {
    {{"doc", 3}, {DM_S, {.text = {"{\"a\": [1, \"\\u00e9\"]}", 20}}}},
    {{"pk", 2}, {DM_S, {.text = {"CUST#a\"b", 8}}}},
    {{"created", 7}, {DM_S, {.text = {"2024-01-02T03:04:05.000000+0000", 31}}}},
    {{"expires", 7}, {DM_N, {.text = {"1704067200", 10}}}},
    {{"rev", 3}, {DM_N, {.text = {"5", 1}}}},
    {{"other", 5}, {DM_S, {.text = {"CUST#1", 6}}}},
};
static const struct dm_value item = {DM_M, {.map = {members, DM_COUNT(members)}}};

static const char seen[] = "{\"doc\":{\"a\": [1, \"\\u00e9\"]},\"pk\":\"a\\\"b\","
                           "\"created\":\"2024-01-02T03:04:05Z\","
                           "\"expires\":\"2024-01-01T00:00:00Z\",\"rev\":5,"
                           "\"other\":\"CUST#1\"}";

TEST(seen_json, is_an_item_in_its_clients_words)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(attributes) *attributes = NULL;
        DM_AUTO(dm_item) *made = NULL;
        char *json = NULL;
        enum dm_code code =
            attributes_new(declared, DM_COUNT(declared), &attributes, &err);
        if (!code && !(made = item_new(attributes)))
            code = DM_E_NOMEM;
        if (!code) {
            made->value = item;
            code = dm_item_json(made, DM_PLAIN, &json, NULL, &err);
        }
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        if (json)
            assert_str(dm_str(json), seen);
        dm_free(json);
    }
}

TEST(seen_json, leaves_dynamodb_json_as_it_is_stored)
{
    struct dm_error err = {0};
    DM_AUTO(attributes) *attributes = NULL;
    char *json = NULL;
    assert_ok(attributes_new(declared, DM_COUNT(declared), &attributes, &err), err);
    DM_AUTO(dm_item) *made = item_new(attributes);
    made->value = (struct dm_value){DM_M, {.map = {&members[2], 1}}};
    assert_ok(dm_item_json(made, DM_TYPED, &json, NULL, &err), err);
    assert_str(dm_str(json), "{\"created\":{\"S\":\"2024-01-02T03:04:05.000000+0000\"}}");
    dm_free(json);
}

TEST(seen_json, is_plain_where_nothing_is_declared)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, MEMORY_MAX);
    struct dm_value one = {DM_M, {.map = {&members[1], 1}}};
    plain_json_write_item(NULL, &one, &out);
    assert_str(buf_str(&out), "{\"pk\":\"CUST#a\\\"b\"}");
}

/* attribute NULL: one that is not declared. */
static void assert_written(const struct attribute *attribute, struct dm_value value,
                           const char *expected)
{
    struct dm_error err = {0};
    DM_AUTO(attributes) *attributes = NULL;
    DM_AUTO_DONE(dm_buf) out;
    DM_AUTO_DONE(dm_buf) whole;
    struct value_member member = {attribute ? attribute->name : STR("else"), value};
    struct dm_value one = {DM_M, {.map = {&member, 1}}};
    assert_ok(attributes_new(declared, DM_COUNT(declared), &attributes, &err), err);
    buf_init(&out, MEMORY_MAX);
    buf_init(&whole, MEMORY_MAX);
    plain_json_write_item(attributes, &one, &out);
    buf_printf(&whole, "{\"%.*s\":%s}", STR_ARG(member.name), expected);
    cr_assert(!out.failed && str_equal(buf_str(&out), buf_str(&whole)), "%.*s",
              STR_ARG(buf_str(&out)));
}

static struct dm_value string(const char *text)
{
    return (struct dm_value){.type = DM_S, .as.text = dm_str(text)};
}

TEST(seen_json, shows_what_is_not_of_the_declared_form_as_it_is_stored)
{
    const struct attribute *key = &declared[0], *date = &declared[1], *ttl = &declared[2],
                           *doc = &declared[4];
    struct dm_value one = {.type = DM_N, .as.text = STR("1.5")};
    assert_written(key, string("ORDER#1"), "\"ORDER#1\"");
    assert_written(key, one, "1.5");
    assert_written(date, string("soon"), "\"soon\"");
    assert_written(ttl, one, "1.5");
    assert_written(ttl, string("soon"), "\"soon\"");
    assert_written(doc, one, "1.5");
    assert_written(NULL, string("{}"), "\"{}\"");
    static const char *const documents[][2] = {
        {"", "\"\""},
        {"{", "\"{\""},
        {"NaN", "\"NaN\""},
        {"1 2", "\"1 2\""},
        {"\"\\ud800\"", "\"\\\"\\\\ud800\\\"\""},
        {" [1e999] ", " [1e999] "},
        {"\"\\u00e9\"", "\"\\u00e9\""},
    };
    for (size_t i = 0; i < DM_COUNT(documents); i++)
        assert_written(doc, string(documents[i][0]), documents[i][1]);
}

TEST(seen_json, does_not_nest_json_deeper_than_can_be_read_back)
{
    static char nested[2 * VALUE_MAX_DEPTH + 1], text[sizeof nested + 2];
    for (size_t depth = VALUE_MAX_DEPTH - 1; depth <= VALUE_MAX_DEPTH; depth++) {
        memset(nested, '[', depth);
        memset(nested + depth, ']', depth);
        nested[2 * depth] = '\0';
        snprintf(text, sizeof text, depth < VALUE_MAX_DEPTH ? "%s" : "\"%s\"", nested);
        assert_written(&declared[4], string(nested), text);
    }
}

TEST(seen_json, fails_the_buffer_past_its_ceiling)
{
    struct dm_error err = {0};
    DM_AUTO(attributes) *attributes = NULL;
    assert_ok(attributes_new(declared, DM_COUNT(declared), &attributes, &err), err);
    for (size_t max = 0; max <= strlen(seen); max++) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, max);
        plain_json_write_item(attributes, &item, &out);
        cr_assert_eq(out.failed, max < strlen(seen), "%zu", max);
    }
}
