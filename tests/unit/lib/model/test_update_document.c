/* Changes in dynamod's own words, read and rendered. */
#include "model/update_document.h"

#include "expr/render.h"
#include "json_fixture.h"

static const struct attribute declared[] = {
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"tags", 4}, .type = DM_SS},
    {.name = {"log", 3}, .type = DM_L},
    {.name = {"count", 5}, .type = DM_N},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
};
static const struct key_schema schema = {{{"id", 2}, DM_S}, {{"at", 2}, DM_N}};

static enum dm_code read_document(const char *json, struct arena *arena,
                                  struct update_document *ret_document,
                                  struct dm_error *err)
{
    DM_AUTO(attributes) *attributes = NULL;
    struct dm_value value;
    struct json_reader reader;
    reader_init(&reader, dm_str(json), VALUE_MAX_DEPTH, arena);
    DM_TRY(attributes_new(declared, DM_COUNT(declared), &attributes, err));
    DM_TRY(plain_json_read(&reader, arena, &value, err));
    return update_document_read(&value, attributes, &schema, arena, ret_document, err);
}

static const struct {
    const char *json, *rendered;
    bool adds;
} good[] = {
    {"{\"set\":{\"name\":\"Ada\",\"shelf.row\":3,\"l[0]\":null}}",
     "SET #0=:0,#1.#2=:1,#3[0]=:2,\"ExpressionAttributeNames\":{\"#0\":\"name\","
     "\"#1\":\"shelf\",\"#2\":\"row\",\"#3\":\"l\"},\"ExpressionAttributeValues\":{"
     "\":0\":{\"S\":\"Ada\"},\":1\":{\"N\":\"3\"},\":2\":{\"NULL\":true}}",
     false},
    {"{\"set\":{\"created\":\"2024-01-02T03:04:05Z\",\"doc\":{\"a\":1},\"tags\":[\"x\"]}"
     "}",
     "SET #0=:0,#1=:1,#2=:2,\"ExpressionAttributeNames\":{\"#0\":\"created\","
     "\"#1\":\"doc\",\"#2\":\"tags\"},\"ExpressionAttributeValues\":{"
     "\":0\":{\"S\":\"2024-01-02T03:04:05.000000+0000\"},"
     "\":1\":{\"S\":\"{\\\"a\\\":1}\"},\":2\":{\"SS\":[\"x\"]}}",
     false},
    {"{\"remove\":[\"old\",\"tags\",\"\\\"odd.name\\\"[1]\"]}",
     "REMOVE #0,#1,#2[1],\"ExpressionAttributeNames\":{\"#0\":\"old\",\"#1\":\"tags\","
     "\"#2\":\"odd.name\"}",
     false},
    {"{\"add\":{\"count\":1,\"n\":-1,\"tags\":[\"x\"]}}",
     "ADD #0 :0,#1 :1,#2 :2,\"ExpressionAttributeNames\":{\"#0\":\"count\",\"#1\":\"n\","
     "\"#2\":\"tags\"},\"ExpressionAttributeValues\":{\":0\":{\"N\":\"1\"},"
     "\":1\":{\"N\":\"-1\"},\":2\":{\"SS\":[\"x\"]}}",
     true},
    {"{\"delete\":{\"tags\":[\"x\"]}}",
     "DELETE #0 :0,\"ExpressionAttributeNames\":{\"#0\":\"tags\"},"
     "\"ExpressionAttributeValues\":{\":0\":{\"SS\":[\"x\"]}}",
     false},
    {"{\"append\":{\"log\":[\"x\"]}}",
     "SET #0=list_append(if_not_exists(#0,:0),:1),\"ExpressionAttributeNames\":"
     "{\"#0\":\"log\"},\"ExpressionAttributeValues\":{\":0\":{\"L\":[]},"
     "\":1\":{\"L\":[{\"S\":\"x\"}]}}",
     true},
};

TEST(update_document, is_one_update)
{
    for (size_t i = 0; i < DM_COUNT(good); i++) {
        DM_AUTO_DONE(arena) arena;
        DM_AUTO_DONE(dm_buf) out;
        struct render render;
        struct update_document document;
        struct dm_error err = {0};
        arena_init(&arena, JSON_FIXTURE_MAX);
        buf_init(&out, JSON_FIXTURE_MAX);
        assert_ok(read_document(good[i].json, &arena, &document, &err), err);
        render_init(&render, &arena);
        render_update(&render, &document.update, &out);
        render_placeholders(&render, &out);
        assert_str(buf_str(&out), good[i].rendered);
        cr_assert_eq(document.adds, good[i].adds, "%s", good[i].json);
        cr_assert_eq(document.condition_count, 0);
    }
}

TEST(update_document, has_the_conditions_of_a_query)
{
    DM_AUTO_DONE(arena) arena;
    struct update_document document;
    struct dm_error err = {0};
    arena_init(&arena, JSON_FIXTURE_MAX);
    assert_ok(read_document("{\"if\":{\"rev\":\"eq.3\",\"or\":\"(a.eq.1,b.eq.2)\"},"
                            "\"remove\":[\"x\"]}",
                            &arena, &document, &err),
              err);
    cr_assert_eq(document.condition_count, 2);
    assert_str(document.conditions[0].name, "rev");
    assert_str(document.conditions[0].value, "eq.3");
    assert_str(document.conditions[1].name, "or");
}

static const struct {
    const char *json;
    enum dm_code code;
    const char *message;
} refused[] = {
    {"[]", DM_E_INVALID_PATCH, "an update is a JSON object"},
    {"{}", DM_E_INVALID_PATCH, "the update changes nothing"},
    {"{\"set\":{},\"remove\":[],\"if\":{\"a\":\"eq.1\"}}", DM_E_INVALID_PATCH,
     "the update changes nothing"},
    {"{\"put\":{}}", DM_E_INVALID_PATCH, "\"put\" is none of set, remove, add"},
    {"{\"set\":[]}", DM_E_INVALID_PATCH, "\"set\" must be an object"},
    {"{\"remove\":{}}", DM_E_INVALID_PATCH, "\"remove\" must be an array"},
    {"{\"remove\":[1]}", DM_E_INVALID_PATCH, "\"remove\" must be an array of doc"},
    {"{\"set\":{\"a..b\":1}}", DM_E_INVALID_PATCH, "\"a..b\" must be a document path"},
    {"{\"set\":{\"a,b\":1}}", DM_E_INVALID_PATCH, "\"a,b\" must be a document path"},
    {"{\"set\":{\"\":1}}", DM_E_INVALID_PATCH, "\"\" must be a document path"},
    {"{\"set\":{\"id\":\"x\"}}", DM_E_INVALID_PATCH, "\"id\" is a key"},
    {"{\"add\":{\"at\":1}}", DM_E_INVALID_PATCH, "\"at\" is a key"},
    {"{\"remove\":[\"id.x\"]}", DM_E_INVALID_PATCH, "\"id\" is a key"},
    {"{\"add\":{\"rev\":1}}", DM_E_INVALID_PATCH, "\"rev\" is the version"},
    {"{\"set\":{\"doc.a\":1}}", DM_E_INVALID_PATCH, "\"doc\" is stored as S"},
    {"{\"append\":{\"tags[0]\":[1]}}", DM_E_INVALID_PATCH, "\"tags\" is stored as SS"},
    {"{\"set\":{\"tags\":[]}}", DM_E_INVALID_ITEM, "attribute \"tags\" must be"},
    {"{\"set\":{\"created\":\"soon\"}}", DM_E_INVALID_ITEM,
     "attribute \"created\" must be"},
    {"{\"add\":{\"a\":\"1\"}}", DM_E_INVALID_PATCH, "\"a\" must be a number to add"},
    {"{\"add\":{\"log\":1}}", DM_E_INVALID_PATCH, "\"log\" must be a number to add"},
    {"{\"add\":{\"a\":[\"x\"]}}", DM_E_INVALID_PATCH, "\"a\" must be a number to add"},
    {"{\"add\":{\"tags\":1}}", DM_E_INVALID_ITEM, "attribute \"tags\" must be"},
    {"{\"delete\":{\"a\":[\"x\"]}}", DM_E_INVALID_PATCH,
     "\"a\" must be an attribute that the model declares SS"},
    {"{\"delete\":{\"count\":1}}", DM_E_INVALID_PATCH,
     "\"count\" must be an attribute that the model declares SS"},
    {"{\"append\":{\"a\":1}}", DM_E_INVALID_PATCH, "\"a\" must be an array to append"},
    {"{\"append\":{\"tags\":[\"x\"]}}", DM_E_INVALID_PATCH,
     "\"tags\" must be an array to append"},
    {"{\"if\":{\"a\":1}}", DM_E_INVALID_PATCH, "\"a\" must be a condition"},
};

TEST(update_document, says_what_is_wrong)
{
    for (size_t i = 0; i < DM_COUNT(refused); i++) {
        DM_AUTO_DONE(arena) arena;
        struct update_document document;
        struct dm_error err = {0};
        arena_init(&arena, JSON_FIXTURE_MAX);
        cr_assert_eq(read_document(refused[i].json, &arena, &document, &err),
                     refused[i].code, "%s: %s", refused[i].json, err.message);
        cr_assert(str_starts(dm_str(err.message), dm_str(refused[i].message)), "%s: %s",
                  refused[i].json, err.message);
    }
}

TEST(update_document, ends_without_memory)
{
    for (size_t i = 0; i < DM_COUNT(good); i++)
        WITH_EACH_ALLOCATION_FAILING
        {
            DM_AUTO_DONE(arena) arena;
            struct update_document document;
            arena_init(&arena, JSON_FIXTURE_MAX);
            enum dm_code code = read_document(good[i].json, &arena, &document, NULL);
            cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", good[i].json);
        }
}
