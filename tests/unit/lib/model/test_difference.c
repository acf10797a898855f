/* Updates and conditions that are made of items and of flat patches. */
#include "model/difference.h"

#include <stdio.h>

#include "expr/render.h"
#include "json_fixture.h"

static const struct attribute declared[] = {
    {.name = {"id", 2}, .type = DM_S, .prefix = {"T#", 2}},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"tags", 4}, .type = DM_SS},
    {.name = {"rev", 3}, .type = DM_N, .kind = ATTRIBUTE_VERSION},
};
static const struct key_schema schema = {.hash = {{"id", 2}, DM_S}};

#define assert_update(update, arena, expected)                                           \
    do {                                                                                 \
        struct render render_;                                                           \
        DM_AUTO_DONE(dm_buf) out_;                                                       \
        buf_init(&out_, JSON_FIXTURE_MAX);                                               \
        render_init(&render_, arena);                                                    \
        render_update(&render_, update, &out_);                                          \
        render_placeholders(&render_, &out_);                                            \
        assert_str(buf_str(&out_), expected);                                            \
    } while (0)

TEST(difference, is_an_update_of_what_is_not_the_same)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct update update;
    arena_init(&arena, JSON_FIXTURE_MAX);
    struct dm_value before = typed("{\"id\":{\"S\":\"1\"},\"a\":{\"N\":\"1\"},"
                                   "\"b\":{\"SS\":[\"x\",\"y\"]},\"c\":{\"S\":\"z\"}}",
                                   &arena);
    struct dm_value after = typed("{\"a\":{\"N\":\"1.0\"},\"b\":{\"SS\":[\"y\",\"x\"]},"
                                  "\"d\":{\"BOOL\":true},\"id\":{\"S\":\"1\"}}",
                                  &arena);
    assert_ok(difference_update(&before, &after, &schema, &arena, &update, &err), err);
    assert_update(&update, &arena,
                  "SET #0=:0 REMOVE #1,\"ExpressionAttributeNames\":{\"#0\":\"d\",\"#1\":"
                  "\"c\"},\"ExpressionAttributeValues\":{\":0\":{\"BOOL\":true}}");
    assert_ok(difference_update(&before, &before, &schema, &arena, &update, &err), err);
    cr_assert_eq(update.count, 0);
}

TEST(difference, does_not_change_keys)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct update update;
    arena_init(&arena, JSON_FIXTURE_MAX);
    struct dm_value before = typed("{\"id\":{\"S\":\"1\"}}", &arena);
    struct dm_value other = typed("{\"id\":{\"S\":\"2\"}}", &arena);
    struct dm_value none = typed("{}", &arena);
    cr_assert_eq(difference_update(&before, &other, &schema, &arena, &update, &err),
                 DM_E_INVALID_KEY);
    assert_str(dm_str(err.message), "\"id\" is a key of the item, which does not change");
    cr_assert_eq(difference_update(&before, &none, &schema, &arena, &update, &err),
                 DM_E_INVALID_KEY);
}

TEST(difference, as_read_is_a_condition_on_each_attribute_once)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    struct dm_error err = {0};
    struct condition condition;
    struct render render;
    struct dm_str names[] = {STR("a"), STR("no"), STR("a")};
    struct name_list list = {names, DM_COUNT(names)};
    arena_init(&arena, JSON_FIXTURE_MAX);
    buf_init(&out, JSON_FIXTURE_MAX);
    struct dm_value item = typed("{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}", &arena);
    assert_ok(difference_as_read(&item, &list, &arena, &condition, &err), err);
    render_init(&render, &arena);
    render_condition(&render, &condition, &out);
    assert_str(buf_str(&out), "#0=:0 AND attribute_not_exists(#1)");
    list.count = 0;
    assert_ok(difference_as_read(&item, &list, &arena, &condition, &err), err);
    cr_assert_eq(condition.child_count, 0);
}

TEST(difference, as_read_is_on_no_more_attributes_than_dynamodb_takes)
{
    static char digits[AS_READ_MAX + 1][8];
    struct dm_str names[AS_READ_MAX + 1];
    struct name_list list = {names, AS_READ_MAX};
    DM_AUTO_DONE(arena) arena;
    struct dm_value item = {.type = DM_M};
    struct condition condition;
    arena_init(&arena, JSON_FIXTURE_MAX);
    for (size_t i = 0; i <= AS_READ_MAX; i++) {
        snprintf(digits[i], sizeof digits[i], "%zu", i);
        names[i] = dm_str(digits[i]);
    }
    cr_assert_eq(difference_as_read(&item, &list, &arena, &condition, NULL), DM_OK);
    list.count++;
    cr_assert_eq(difference_as_read(&item, &list, &arena, &condition, NULL),
                 DM_E_VALIDATION);
}

TEST(difference, ends_without_memory)
{
    DM_AUTO_DONE(arena) kept;
    arena_init(&kept, JSON_FIXTURE_MAX);
    struct dm_value before = typed("{\"id\":{\"S\":\"1\"},\"a\":{\"N\":\"1\"}}", &kept);
    struct dm_value after = typed("{\"id\":{\"S\":\"1\"},\"b\":{\"N\":\"1\"}}", &kept);
    struct dm_str names[] = {STR("a"), STR("b")};
    struct name_list list = {names, DM_COUNT(names)};
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        struct update update;
        struct condition condition;
        arena_init(&arena, JSON_FIXTURE_MAX);
        enum dm_code code =
            difference_update(&before, &after, &schema, &arena, &update, NULL);
        if (!code)
            code = difference_as_read(&before, &list, &arena, &condition, NULL);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}

/* --- flat merge patches --- */

static enum dm_code flat(const char *json, struct arena *arena, struct update *ret_update,
                         struct dm_error *err)
{
    struct patch patch;
    struct key key = {.hash_attribute = schema.hash,
                      .hash = {.type = DM_S, .as.text = STR("T#1")}};
    DM_AUTO(attributes) *attributes = NULL;
    DM_TRY(attributes_new(declared, DM_COUNT(declared), &attributes, err));
    DM_TRY(patch_read(PATCH_MERGE, dm_str(json), arena, &patch, err));
    return patch_flat_update(&patch, attributes, &key, arena, ret_update, err);
}

TEST(flat_patch, is_an_update_without_key_and_version)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err = {0};
    struct update update;
    arena_init(&arena, JSON_FIXTURE_MAX);
    assert_ok(flat("{\"id\":\"1\",\"tags\":[\"a\"],\"rev\":3,\"old\":null}", &arena,
                   &update, &err),
              err);
    assert_update(&update, &arena,
                  "SET #0=:0 REMOVE #1,\"ExpressionAttributeNames\":{\"#0\":\"tags\","
                  "\"#1\":\"old\"},\"ExpressionAttributeValues\":{\":0\":{\"SS\":"
                  "[\"a\"]}}");
}

TEST(flat_patch, refuses_another_key_and_what_does_not_fit)
{
    static const struct {
        const char *patch;
        enum dm_code code;
    } cases[] = {
        {"{\"id\":\"2\"}", DM_E_INVALID_KEY},
        {"{\"id\":null}", DM_E_INVALID_KEY},
        {"{\"id\":[]}", DM_E_INVALID_KEY},
        {"{\"tags\":1}", DM_E_INVALID_ITEM},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        DM_AUTO_DONE(arena) arena;
        struct update update;
        arena_init(&arena, JSON_FIXTURE_MAX);
        cr_assert_eq(flat(cases[i].patch, &arena, &update, NULL), cases[i].code, "%s",
                     cases[i].patch);
    }
}

TEST(flat_patch, has_no_objects_to_merge)
{
    static const struct {
        const char *json;
        bool is_flat;
    } cases[] = {{"{}", true},
                 {"{\"a\":1,\"b\":[{}],\"c\":null}", true},
                 {"{\"a\":{}}", false},
                 {"{\"doc\":{\"a\":1}}", false}};
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        DM_AUTO_DONE(arena) arena;
        struct patch patch;
        arena_init(&arena, JSON_FIXTURE_MAX);
        cr_assert_eq(patch_read(PATCH_MERGE, dm_str(cases[i].json), &arena, &patch, NULL),
                     DM_OK);
        cr_assert_eq(patch_is_flat(&patch), cases[i].is_flat, "%s", cases[i].json);
    }
}
