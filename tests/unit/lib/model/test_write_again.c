/* Writes over items past their time to live, writes with a token, and without memory, on
 * the embedded store. */
#include "write_fixture.h"

#define ONE .hash_key = STR("1")

/* --- items past their time to live --- */

TEST(write, sees_no_item_whose_time_is_over)
{
    struct write_result result;
    struct dm_str old = STR("old"), new = STR("new");
    DM_AUTO(dm_app) *app = opened();
    DELETE(app, "fading", "item-not-found -", .hash_key = old);
    UPDATE(app, "fading", "item-not-found -", .hash_key = old, .patch = STR("{\"a\":1}"));
    UPDATE(app, "fading", "item-not-found -", .hash_key = old,
           .patch = STR("{\"a\":{}}"));
    PUT(app, "fading", "condition-failed -", .hash_key = old, .item = STR("{}"),
        .guard.if_match = STR("*"));
    PUT(app, "fading", "condition-failed -", .hash_key = old, .item = STR("{\"rev\":7}"));
    PUT(app, "fading", "created {\"id\":\"old\",\"rev\":1}", .hash_key = old,
        .item = STR("{}"));
    UPDATE(app, "fading",
           "ok {\"id\":\"new\",\"until\":\"2286-11-20T17:46:39Z\","
           "\"rev\":8}",
           .hash_key = new, .patch = STR("{\"rev\":7}"));
}

TEST(write, makes_an_item_in_the_place_of_one_whose_time_is_over)
{
    static const struct {
        enum dm_patch_dialect dialect;
        const char *patch, *token;
    } cases[] = {
        {DM_MERGE_PATCH, "{\"a\":1}", NULL},
        {DM_UPDATE, "{\"add\":{\"a\":1}}", NULL},
        {DM_JSON_PATCH, "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1}]", NULL},
        {DM_MERGE_PATCH, "{\"a\":1}", "token"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct write_result result;
        DM_AUTO(dm_app) *app = opened();
        UPDATE(app, "fading", "created {\"id\":\"old\",\"rev\":1,\"a\":1}",
               .hash_key = STR("old"), .upsert = true, .dialect = cases[i].dialect,
               .patch = dm_str(cases[i].patch), .token = dm_str(cases[i].token));
    }
    DM_AUTO(dm_app) *app = opened();
    struct write_result result;
    PUT(app, "fading", "created {\"id\":\"old\",\"rev\":1}", .create = true,
        .item = STR("{\"id\":\"old\"}"));
}

/* --- what it would become --- */

TEST(write, makes_no_item_over_400_kb)
{
    enum { HALF = 220 * 1024 };
    struct write_result result;
    struct dm_buf half;
    DM_AUTO(dm_app) *app = opened();
    buf_init(&half, 2 * HALF);
    buf_add_str(&half, STR("{\"a\":\""));
    for (size_t i = 0; i < HALF; i++)
        buf_add_char(&half, 'x');
    buf_add_str(&half, STR("\"}"));
    UPDATE(app, "blobs", "created -", .hash_key = STR("MQ"), .upsert = true,
           .guard.if_none_match = STR("*"), .patch = buf_str(&half));
    half.ptr[2] = 'b';
    UPDATE(app, "blobs", "item-too-large -", .hash_key = STR("MQ"),
           .patch = buf_str(&half));
    UPDATE(app, "blobs", "item-too-large -", .hash_key = STR("MQ"), .token = STR("t"),
           .patch = buf_str(&half));
    buf_done(&half);
}

TEST(write, makes_no_item_without_what_is_required)
{
    struct write_result result;
    struct dm_str none = STR("*");
    DM_AUTO(dm_app) *app = opened();
    UPDATE(app, "strict", "invalid-item -", ONE, .upsert = true,
           .guard.if_none_match = none, .patch = STR("{\"a\":1}"));
    UPDATE(app, "strict", "invalid-item -", ONE, .upsert = true,
           .guard.if_none_match = none, .patch = STR("{\"a\":{}}"));
    UPDATE(app, "strict", "created {\"id\":\"1\",\"name\":\"n\"}", ONE, .upsert = true,
           .guard.if_none_match = none, .patch = STR("{\"name\":\"n\"}"));
    UPDATE(app, "strict", "ok {\"id\":\"1\",\"name\":\"n\",\"a\":1}", ONE, .upsert = true,
           .guard.if_match = none, .dialect = DM_UPDATE,
           .patch = STR("{\"add\":{\"a\":1}}"));
    for (int i = 0; i < 2; i++)
        UPDATE(app, "strict", "created {\"id\":\"2\",\"name\":\"n\"}",
               .hash_key = STR("2"), .upsert = true, .guard.if_none_match = none,
               .token = STR("t"), .patch = STR("{\"name\":\"n\"}"));
}

/* --- tokens --- */

TEST(write, has_one_effect_with_one_token)
{
    struct write_result result;
    struct dm_str token = STR("once");
    DM_AUTO(dm_app) *app = opened();
    for (int i = 0; i < 2; i++)
        PUT(app, "notes", "created {\"id\":\"1\",\"n\":1}", .create = true,
            .token = STR("put"), .item = STR("{\"id\":\"1\",\"n\":1}"));
    for (int i = 0; i < 2; i++)
        UPDATE(app, "notes", "ok {\"id\":\"1\",\"n\":2}", ONE, .token = token,
               .dialect = DM_UPDATE, .patch = STR("{\"add\":{\"n\":1}}"));
    UPDATE(app, "notes", "conflict -", ONE, .token = token, .dialect = DM_UPDATE,
           .patch = STR("{\"add\":{\"n\":2}}"));
    for (int i = 0; i < 2; i++)
        DELETE(app, "notes", "ok -", ONE, .token = STR("del"), .return_item = true);
    UPDATE(app, "notes", "item-not-found -", ONE, .token = STR("late"),
           .patch = STR("{}"));
    PUT(app, "notes", "ok {\"id\":\"1\"}", ONE, .token = STR("p2"), .item = STR("{}"));
}

TEST(write, tells_what_stood_in_the_way_of_a_write_with_a_token)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "notes", "created {\"id\":\"1\"}", ONE, .item = STR("{}"));
    PUT(app, "notes", "item-exists {\"id\":\"1\"}", .create = true,
        .item = STR("{\"id\":\"1\"}"), .token = STR("t"));
    PUT(app, "notes", "condition-failed {\"id\":\"1\"}", ONE, .item = STR("{}"),
        .guard.if_none_match = STR("*"), .token = STR("u"));
    PUT(app, "notes", "invalid-request -", ONE, .item = STR("{}"), .token = STR("a b"));
    PUT(app, "notes", "invalid-request -", ONE, .item = STR("{}"),
        .token = STR("0123456789012345678901234567890123456"));
    cr_assert_str_eq(result.err.message,
                     "token: expected at most 36 visible ASCII characters");
}

/* --- without memory --- */

static void expect_memory(enum dm_code code, struct dm_outcome *outcome,
                          const struct dm_error *err)
{
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err->message);
    dm_outcome_free(outcome);
}

static void put_or_fail(struct dm_app *app)
{
    struct dm_error err = {0};
    struct dm_outcome *outcome;
    struct dm_put asked = {.hash_key = STR("new"),
                           .item = STR("{\"a\":[1.0],\"until\":9999999999}"),
                           .guard.if_none_match = STR("\"x\", \"y\"")};
    enum dm_code code = dm_put(app, "notes", &asked, &outcome, &err);
    expect_memory(code, outcome, &err);
}

static void update_or_fail(struct dm_app *app)
{
    struct dm_error err = {0};
    struct dm_outcome *outcome;
    struct dm_filter filter = {STR("rev"), STR("ge.1")};
    struct dm_update asked = {.hash_key = STR("new"),
                              .patch = STR("{\"m\":{\"a\":[1.0]}}"),
                              .guard = {.filters = &filter, .filter_count = 1}};
    enum dm_code code = dm_update(app, "fading", &asked, &outcome, &err);
    expect_memory(code, outcome, &err);
}

static void delete_or_fail(struct dm_app *app)
{
    struct dm_error err = {0};
    struct dm_outcome *outcome;
    struct dm_delete asked = {.hash_key = STR("none"), .token = STR("t")};
    enum dm_code code = dm_delete(app, "notes", &asked, &outcome, &err);
    cr_assert(code == DM_E_NOT_FOUND || (mem_failed() && code == DM_E_NOMEM), "%s",
              err.message);
    dm_outcome_free(outcome);
}

/* The first times fill what is kept for the next. */
TEST(write, survives_each_allocation_failing)
{
    DM_AUTO(dm_app) *app = opened();
    put_or_fail(app);
    put_or_fail(app);
    WITH_EACH_ALLOCATION_FAILING put_or_fail(app);
    update_or_fail(app);
    WITH_EACH_ALLOCATION_FAILING update_or_fail(app);
    delete_or_fail(app);
    WITH_EACH_ALLOCATION_FAILING delete_or_fail(app);
}

static void etag_or_fail(const struct dm_item *item)
{
    char *tag = NULL;
    struct dm_error err = {0};
    enum dm_code code = dm_item_etag(item, DM_TYPED, &tag, &err);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
    dm_free(tag);
}

TEST(write, makes_no_tag_without_memory)
{
    DM_AUTO(dm_item) *item = item_new(NULL);
    WITH_EACH_ALLOCATION_FAILING etag_or_fail(item);
}
