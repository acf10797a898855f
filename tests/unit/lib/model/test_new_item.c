/* Items as clients write them, made ready to be stored. */
#include "model/new_item.h"

#include <stdio.h>

#include "json_fixture.h"
#include "model/defaults.h"

static const struct attribute declared[] = {
    {.name = {"id", 2}, .type = DM_S, .prefix = {"T#", 2}},
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"tags", 4}, .type = DM_SS},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
};
static const struct key_schema schema = {{{"id", 2}, DM_S}, {{"at", 2}, DM_N}};
static const struct key_schema binary = {.hash = {{"bin", 3}, DM_B}};

static struct dm_str required[] = {{"status", 6}, {"who", 3}};
static struct value_member defaults[] = {
    {{"status", 6}, {DM_S, {.text = {"open", 4}}}},
    {{"done", 4}, {.type = DM_BOOL}},
};

struct made {
    struct arena arena;
    struct attributes *attributes;
    struct model_config model;
    struct new_item_place place;
    struct key path;
    struct new_item item;
    struct dm_error err;
};

static void made_init(struct made *made, enum dm_format format)
{
    *made = (struct made){.place = {&made->model, &schema, format}};
    arena_init(&made->arena, JSON_FIXTURE_MAX);
    made->path = (struct key){schema.hash,
                              schema.range,
                              {DM_S, {.text = {"T#1", 3}}},
                              {DM_N, {.text = {"5", 1}}}};
    made->model.defaults = (struct dm_value){DM_M, {.map = {defaults, 0}}};
}

static void made_done(struct made *made)
{
    attributes_unref(made->attributes);
    arena_done(&made->arena);
}

static enum dm_code make(struct made *made, const char *json, bool with_path)
{
    struct dm_value written;
    if (!made->attributes)
        DM_TRY(
            attributes_new(declared, DM_COUNT(declared), &made->attributes, &made->err));
    made->model.attributes = made->attributes;
    DM_TRY(new_item_read(dm_str(json), made->place.format, &made->arena, &written,
                         &made->err));
    return new_item_make(&made->place, &written, with_path ? &made->path : NULL,
                         &made->arena, &made->item, &made->err);
}

static void assert_made(enum dm_format format, const char *json, bool with_path,
                        const char *expected)
{
    struct made made;
    made_init(&made, format);
    assert_ok(make(&made, json, with_path), made.err);
    assert_item(&made.item.value, expected);
    assert_str(made.item.key.hash.as.text, "T#1");
    assert_str(made.item.key.range.as.text, "5");
    made_done(&made);
}

TEST(new_item, has_its_key_from_the_body_or_the_path)
{
    static const char expected[] =
        "{\"id\":{\"S\":\"T#1\"},\"at\":{\"N\":\"5\"},\"a\":{\"N\":\"1.5\"}}";
    assert_made(DM_PLAIN, "{\"a\":1.50,\"at\":5.0,\"id\":\"1\"}", false, expected);
    assert_made(DM_PLAIN, "{\"a\":1.50}", true, expected);
    assert_made(DM_PLAIN, "{\"a\":1.50,\"at\":5.0}", true, expected);
    assert_made(DM_TYPED, "{\"a\":{\"N\":\"1.50\"}}", true, expected);
    assert_made(DM_TYPED,
                "{\"a\":{\"N\":\"1.50\"},\"at\":{\"N\":\"5.0\"},\"id\":{\"S\":\"T#1\"}}",
                false, expected);
}

TEST(new_item, is_in_the_form_that_is_stored)
{
    assert_made(DM_PLAIN,
                "{\"id\":\"1\",\"at\":5,\"tags\":[\"x\"],\"l\":[1.0,{\"n\":2e1}],"
                "\"created\":\"2024-01-02T03:04:05Z\"}",
                false,
                "{\"id\":{\"S\":\"T#1\"},\"at\":{\"N\":\"5\"},\"tags\":{\"SS\":[\"x\"]},"
                "\"l\":{\"L\":[{\"N\":\"1\"},{\"M\":{\"n\":{\"N\":\"20\"}}}]},"
                "\"created\":{\"S\":\"2024-01-02T03:04:05.000000+0000\"}}");
    assert_made(DM_TYPED, "{\"ns\":{\"NS\":[\"1.0\",\"+2\"]}}", true,
                "{\"id\":{\"S\":\"T#1\"},\"at\":{\"N\":\"5\"},"
                "\"ns\":{\"NS\":[\"1\",\"2\"]}}");
}

TEST(new_item, gives_the_version_apart)
{
    struct made made;
    made_init(&made, DM_PLAIN);
    assert_ok(make(&made, "{\"rev\":3.0}", true), made.err);
    assert_str(made.item.version, "3");
    assert_item(&made.item.value, "{\"id\":{\"S\":\"T#1\"},\"at\":{\"N\":\"5\"}}");
    assert_ok(make(&made, "{}", true), made.err);
    cr_assert_eq(made.item.version.len, 0);
    made_done(&made);
}

TEST(new_item, has_the_defaults_that_it_lacks_and_all_that_is_required)
{
    struct made made;
    made_init(&made, DM_PLAIN);
    made.model.defaults.as.map.count = DM_COUNT(defaults);
    made.model.required = (struct setting_strings){required, DM_COUNT(required)};
    assert_ok(make(&made, "{\"who\":\"me\",\"done\":true}", true), made.err);
    assert_item(&made.item.value,
                "{\"id\":{\"S\":\"T#1\"},\"at\":{\"N\":\"5\"},\"who\":{\"S\":\"me\"},"
                "\"done\":{\"BOOL\":true},\"status\":{\"S\":\"open\"}}");
    cr_assert_eq(make(&made, "{\"status\":\"x\"}", true), DM_E_INVALID_ITEM);
    assert_str(dm_str(made.err.message), "attribute \"who\" is required");
    made_done(&made);
}

TEST(new_item, has_binary_keys_in_base64)
{
    struct made made;
    made_init(&made, DM_PLAIN);
    made.place.schema = &binary;
    assert_ok(make(&made, "{\"bin\":\"AP8=\"}", false), made.err);
    assert_item(&made.item.value, "{\"bin\":{\"B\":\"AP8=\"}}");
    made_done(&made);
}

static const struct {
    enum dm_format format;
    bool with_path;
    const char *json;
    enum dm_code code;
    const char *message;
} refused[] = {
    {DM_PLAIN, true, "", DM_E_INVALID_ITEM, "not good JSON: byte 0"},
    {DM_PLAIN, true, "{} x", DM_E_INVALID_ITEM, "not good JSON: byte 3"},
    {DM_PLAIN, true, "{\"a\":NaN}", DM_E_INVALID_ITEM, "not good JSON: byte 5"},
    {DM_PLAIN, true, "{\"a\":1,\"a\":1}", DM_E_INVALID_ITEM, "not good JSON: "},
    {DM_PLAIN, true, "{\"a\":111111111111111111111111111111111111111}", DM_E_INVALID_ITEM,
     "not good JSON: byte 5"},
    {DM_PLAIN, true, "{\"a\":\"\\ud800\"}", DM_E_INVALID_ITEM, "not good JSON: "},
    {DM_PLAIN, true, "[]", DM_E_INVALID_ITEM, "an item is a JSON object"},
    {DM_TYPED, true, "[]", DM_E_INVALID_ITEM, "not good JSON: byte 0"},
    {DM_TYPED, true, "{\"a\":1}", DM_E_INVALID_ITEM, "not good JSON: byte 5"},
    {DM_TYPED, true, "{\"a\":{\"SS\":[]}}", DM_E_INVALID_ITEM, "not good JSON: "},
    {DM_PLAIN, false, "{\"at\":1}", DM_E_INVALID_KEY, "key \"id\" is missing"},
    {DM_PLAIN, false, "{\"id\":\"1\"}", DM_E_INVALID_KEY, "key \"at\" is missing"},
    {DM_PLAIN, true, "{\"id\":\"\"}", DM_E_INVALID_KEY, "key \"id\" must not be"},
    {DM_PLAIN, true, "{\"id\":null}", DM_E_INVALID_KEY, "attribute \"id\" must be"},
    {DM_PLAIN, true, "{\"at\":\"5\"}", DM_E_INVALID_KEY,
     "attribute \"at\" must be a number: got a string"},
    {DM_PLAIN, true, "{\"id\":\"2\"}", DM_E_INVALID_KEY,
     "key \"id\" is \"T#2\" in the item, and \"T#1\" in the path"},
    {DM_TYPED, true, "{\"id\":{\"S\":\"1\"}}", DM_E_INVALID_KEY,
     "attribute \"id\" must be of the form"},
    {DM_TYPED, true, "{\"at\":{\"S\":\"5\"}}", DM_E_INVALID_KEY,
     "attribute \"at\" must be of type N"},
    {DM_PLAIN, true, "{\"tags\":[]}", DM_E_INVALID_ITEM, "attribute \"tags\" must"},
    {DM_PLAIN, true, "{\"rev\":\"1\"}", DM_E_INVALID_ITEM, "attribute \"rev\" must"},
    {DM_TYPED, true, "{\"tags\":{\"L\":[]}}", DM_E_INVALID_ITEM,
     "attribute \"tags\" must be of type SS"},
};

TEST(new_item, says_what_is_wrong)
{
    for (size_t i = 0; i < DM_COUNT(refused); i++) {
        struct made made;
        made_init(&made, refused[i].format);
        cr_assert_eq(make(&made, refused[i].json, refused[i].with_path), refused[i].code,
                     "%s: %s", refused[i].json, made.err.message);
        cr_assert(str_starts(dm_str(made.err.message), dm_str(refused[i].message)),
                  "%s: %s", refused[i].json, made.err.message);
        made_done(&made);
    }
}

/* {"<name>":"xxx…"}, in the arena. */
static const char *long_text(struct made *made, const char *name, size_t len)
{
    char *text = arena_alloc(&made->arena, len + 32);
    int start = snprintf(text, 16, "{\"%s\":\"", name);
    memset(text + start, 'x', len);
    snprintf(text + (size_t)start + len, 8, "\"}");
    return text;
}

TEST(new_item, is_no_larger_than_dynamodb_takes)
{
    enum { KEY = 2 + 3 + 2 + 2, NAME = 1 };
    struct made made;
    made_init(&made, DM_PLAIN);
    size_t most = NEW_ITEM_SIZE_MAX - KEY - NAME;
    assert_ok(make(&made, long_text(&made, "v", most), true), made.err);
    cr_assert_eq(make(&made, long_text(&made, "v", most + 1), true), DM_E_TOO_LARGE);
    assert_str(dm_str(made.err.message),
               "the item is 409601 bytes: DynamoDB takes 409600");
    cr_assert_eq(make(&made, long_text(&made, "id", KEY_HASH_MAX - 1), false),
                 DM_E_INVALID_KEY);
    assert_str(dm_str(made.err.message),
               "key \"id\" must be at most 2048 bytes: got 2049");
    made_done(&made);
}

TEST(new_item, ends_without_memory)
{
    static const char *const items[] = {
        "{\"id\":\"1\",\"at\":5.0,\"who\":\"\\u00e9\",\"l\":[1.0]"
        ",\"tags\":[\"a\"],\"rev\":1}",
        "{\"who\":{\"SS\":[\"a\"]}}"};
    for (size_t i = 0; i < DM_COUNT(items); i++)
        WITH_EACH_ALLOCATION_FAILING
        {
            struct made made;
            made_init(&made, i ? DM_TYPED : DM_PLAIN);
            made.model.defaults.as.map.count = DM_COUNT(defaults);
            made.model.required = (struct setting_strings){required, DM_COUNT(required)};
            enum dm_code code = make(&made, items[i], i);
            cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", made.err.message);
            made_done(&made);
        }
}

/* --- keys alone --- */

static enum dm_code read_key(struct made *made, const char *json, struct key *ret_key)
{
    struct dm_value written;
    DM_TRY(attributes_new(declared, DM_COUNT(declared), &made->attributes, &made->err));
    made->model.attributes = made->attributes;
    DM_TRY(new_item_read_key(dm_str(json), made->place.format, &made->arena, &written,
                             &made->err));
    return new_item_key(&made->place, &written, &made->arena, ret_key, &made->err);
}

TEST(new_item, keys_alone_are_objects_of_the_key_and_nothing_else)
{
    static const struct {
        enum dm_format format;
        const char *json, *message; /* NULL: it is good */
    } cases[] = {
        {DM_PLAIN, "{\"id\":\"1\",\"at\":5.0}", NULL},
        {DM_TYPED, "{\"at\":{\"N\":\"5\"},\"id\":{\"S\":\"T#1\"}}", NULL},
        {DM_PLAIN, "[]", "a key is an object of key attributes"},
        {DM_PLAIN, "{", "not good JSON: "},
        {DM_PLAIN, "{\"id\":\"1\"}", "key \"at\" is missing"},
        {DM_PLAIN, "{\"id\":\"1\",\"at\":5,\"x\":1}", "\"x\" is no attribute of the key"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct made made;
        struct key key = {.hash.type = DM_NULL};
        made_init(&made, cases[i].format);
        enum dm_code code = read_key(&made, cases[i].json, &key);
        cr_assert_eq(code, cases[i].message ? DM_E_INVALID_KEY : DM_OK, "%s",
                     made.err.message);
        if (cases[i].message)
            cr_assert(str_starts(dm_str(made.err.message), dm_str(cases[i].message)),
                      "%s", made.err.message);
        else
            assert_str(key.range.as.text, "5");
        made_done(&made);
    }
}

/* --- what is required --- */

TEST(required, is_not_removed_by_an_update)
{
    struct path_step steps[] = {{{"who", 3}, 0}, {{"x", 1}, 0}};
    struct update_action action = {.kind = UPDATE_REMOVE, .path = {steps, 1}};
    struct update update = {&action, 1};
    struct model_config model = {.required = {required, DM_COUNT(required)}};
    struct dm_error err = {0};
    cr_assert_eq(required_check_update(&model, &update, &err), DM_E_INVALID_ITEM);
    assert_str(dm_str(err.message), "attribute \"who\" is required");
    action.path.count = 2;
    cr_assert_eq(required_check_update(&model, &update, &err), DM_OK);
    action = (struct update_action){.kind = UPDATE_SET, .path = {steps, 1}};
    cr_assert_eq(required_check_update(&model, &update, &err), DM_OK);
}
