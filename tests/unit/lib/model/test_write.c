/* Writes of single items, on the embedded store. */
#include "write_fixture.h"

#define ONE .hash_key = STR("1")

/* --- put --- */

TEST(write, creates_an_item_once)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "notes", "created {\"id\":\"1\",\"a\":1}", .create = true,
        .item = STR("{\"id\":\"1\",\"a\":1}"));
    cr_assert_str_eq(result.key, "1");
    PUT(app, "notes", "item-exists {\"id\":\"1\",\"a\":1}", .create = true,
        .item = STR("{\"id\":\"1\",\"a\":2}"));
    cr_assert_str_eq(result.err.message, "the item is there already");
    cr_assert_str_eq(result.key, "1");
    stored(app, "notes", "1", NULL, "{\"id\":{\"S\":\"1\"},\"a\":{\"N\":\"1\"}}");
}

TEST(write, puts_an_item_in_its_declared_form_and_says_whether_it_is_new)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "notes", "created {\"id\":\"1\",\"tags\":[\"x\"],\"data\":{\"b\":[2]}}", ONE,
        .item = STR("{\"tags\":[\"x\"],\"data\":{\"b\":[2]}}"));
    stored(app, "notes", "1", NULL,
           "{\"id\":{\"S\":\"1\"},\"tags\":{\"SS\":[\"x\"]},\"data\":{\"S\":\"{\\\"b\\\":"
           "[2]}\"}}");
    PUT(app, "notes", "ok {\"id\":\"1\",\"a\":1}", ONE, .item = STR("{\"a\":1}"));
    PUT(app, "notes", "ok {\"id\":\"1\"}", ONE, .format = DM_TYPED,
        .item = STR("{\"id\":{\"S\":\"1\"}}"));
    PUT(app, "notes", "invalid-key -", ONE, .item = STR("{\"id\":\"2\"}"));
    PUT(app, "notes", "invalid-key -", .item = STR("{\"a\":1}"));
    PUT(app, "notes", "invalid-item -", ONE, .item = STR("[1]"));
    PUT(app, "notes", "invalid-item -", ONE, .item = STR("{\"a\":1}x"));
}

TEST(write, adds_defaults_and_demands_what_is_required)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "strict", "created {\"id\":\"1\",\"name\":\"a\",\"state\":\"new\"}",
        .create = true, .item = STR("{\"id\":\"1\",\"name\":\"a\"}"));
    PUT(app, "strict", "invalid-item -", .create = true, .item = STR("{\"id\":\"2\"}"));
    UPDATE(app, "strict", "invalid-item -", ONE, .patch = STR("{\"name\":null}"),
           .guard.if_match = STR("*"));
    UPDATE(app, "strict", "invalid-item -", ONE, .dialect = DM_JSON_PATCH,
           .patch = STR("[{\"op\":\"remove\",\"path\":\"/name\"}]"),
           .guard.if_match = STR("*"));
}

TEST(write, tells_keys_as_clients_write_them)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "orders", "created {\"pk\":\"7\",\"n\":1}", .create = true,
        .item = STR("{\"pk\":\"7\",\"n\":1.0}"));
    cr_assert_str_eq(result.key, "7/1");
    stored(app, "orders", "7", "1", "{\"pk\":{\"S\":\"CUST#7\"},\"n\":{\"N\":\"1\"}}");
    PUT(app, "blobs", "created {\"id\":\"+/8=\"}", .create = true,
        .item = STR("{\"id\":\"+/8=\"}"));
    cr_assert_str_eq(result.key, "-_8");
}

TEST(write, needs_leave_to_write_and_shows_no_more_than_may_be_read)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    struct dm_str key = STR("-_8");
    PUT(app, "shut", "operation-not-allowed -", ONE, .item = STR("{}"));
    PUT(app, "none", "model-not-found -", ONE, .item = STR("{}"));
    PUT(app, "blobs", "created {\"id\":\"+/8=\",\"a\":1}", .hash_key = key,
        .item = STR("{\"a\":1}"));
    UPDATE(app, "blobs", "ok -", .hash_key = key, .patch = STR("{\"a\":2}"));
    PUT(app, "blobs", "condition-failed -", .hash_key = key, .item = STR("{}"),
        .guard.if_none_match = STR("*"));
    DELETE(app, "blobs", "ok -", .hash_key = key, .return_item = true);
}

/* --- guards --- */

TEST(write, asks_whether_the_item_is_there)
{
    struct write_result result;
    struct dm_guard there = {.if_match = STR("*")},
                    absent = {.if_none_match = STR(" * ")};
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "notes", "condition-failed -", ONE, .item = STR("{}"), .guard = there);
    cr_assert_str_eq(result.err.message, "there is no item as the request demands");
    UPDATE(app, "notes", "condition-failed -", ONE, .patch = STR("{}"), .guard = there);
    DELETE(app, "notes", "condition-failed -", ONE, .guard = there);
    PUT(app, "notes", "created {\"id\":\"1\"}", ONE, .item = STR("{}"), .guard = absent);
    PUT(app, "notes", "condition-failed {\"id\":\"1\"}", ONE, .item = STR("{\"a\":1}"),
        .guard = absent);
    PUT(app, "notes", "ok {\"id\":\"1\",\"a\":1}", ONE, .item = STR("{\"a\":1}"),
        .guard = there);
    DELETE(app, "notes", "ok {\"id\":\"1\",\"a\":1}", ONE, .guard = there,
           .return_item = true);
}

TEST(write, compares_the_tags_of_either_format)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "notes", "created {\"id\":\"1\"}", ONE, .item = STR("{}"));
    for (enum dm_format format = DM_PLAIN; format <= DM_TYPED; format++) {
        char *tag = tag_of(app, "notes", "1", format), list[128], weak[128];
        snprintf(list, sizeof list, "\"other\" ,,\t%s", tag);
        snprintf(weak, sizeof weak, "W/%s", tag);
        PUT(app, "notes", "condition-failed {\"id\":\"1\"}", ONE, .item = STR("{}"),
            .guard.if_none_match = dm_str(weak));
        PUT(app, "notes", "condition-failed {\"id\":\"1\"}", ONE, .item = STR("{}"),
            .guard.if_match = dm_str(weak));
        PUT(app, "notes", "ok {\"id\":\"1\"}", ONE, .item = STR("{}"),
            .guard.if_match = dm_str(list));
        UPDATE(app, "notes", "ok {\"id\":\"1\",\"a\":1}", ONE, .patch = STR("{\"a\":1}"),
               .guard.if_match = dm_str(tag));
        UPDATE(app, "notes", "condition-failed {\"id\":\"1\",\"a\":1}", ONE,
               .patch = STR("{\"a\":2}"), .guard.if_match = dm_str(tag));
        UPDATE(app, "notes", "ok {\"id\":\"1\"}", ONE, .patch = STR("{\"a\":null}"),
               .guard.if_none_match = dm_str(tag));
        dm_free(tag);
    }
}

TEST(write, finds_no_tag_on_an_item_that_is_not_there)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    DELETE(app, "notes", "condition-failed -", ONE, .guard.if_match = STR("\"x\""));
    PUT(app, "notes", "condition-failed -", ONE, .item = STR("{}"),
        .guard.if_match = STR("\"x\""));
    PUT(app, "notes", "created {\"id\":\"1\"}", ONE, .item = STR("{}"),
        .guard.if_none_match = STR("\"x\""));
    DELETE(app, "notes", "ok -", ONE, .guard.if_none_match = STR("\"x\""));
    DELETE(app, "notes", "item-not-found -", ONE, .guard.if_none_match = STR("\"x\""));
}

TEST(write, refuses_lists_that_are_none)
{
    static const char *const lists[] = {"x", "\"x", "\"a\"\"b\"", "\"a\" b", ",", "**"};
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    for (size_t i = 0; i < DM_COUNT(lists); i++) {
        PUT(app, "notes", "invalid-request -", ONE, .item = STR("{}"),
            .guard.if_match = dm_str(lists[i]));
        PUT(app, "notes", "invalid-request -", ONE, .item = STR("{}"),
            .guard.if_none_match = dm_str(lists[i]));
    }
}

TEST(write, demands_a_guard_where_the_model_does)
{
    struct write_result result;
    struct dm_guard any = {.if_match = STR("*")};
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "strict", "precondition-required -", ONE, .item = STR("{\"name\":\"a\"}"));
    UPDATE(app, "strict", "precondition-required -", ONE, .patch = STR("{}"));
    DELETE(app, "strict", "precondition-required -", ONE);
    cr_assert_str_eq(result.err.hint, "read the item, and send its ETag as If-Match");
    PUT(app, "strict", "created {\"id\":\"1\",\"name\":\"a\",\"state\":\"new\"}", ONE,
        .item = STR("{\"name\":\"a\"}"), .guard.if_none_match = STR("*"));
    DELETE(app, "strict", "ok -", ONE, .guard = any);
}

TEST(write, meets_filters)
{
    struct write_result result;
    struct dm_filter open = {STR("state"), STR("eq.open")};
    struct dm_filter wrong = {STR("state"), STR("open")};
    struct dm_guard guard = {.filters = &open, .filter_count = 1};
    DM_AUTO(dm_app) *app = opened();
    DELETE(app, "notes", "item-not-found -", ONE, .guard = guard);
    PUT(app, "notes", "created {\"id\":\"1\",\"state\":\"shut\"}", ONE,
        .item = STR("{\"state\":\"shut\"}"));
    DELETE(app, "notes", "condition-failed {\"id\":\"1\",\"state\":\"shut\"}", ONE,
           .guard = guard);
    UPDATE(app, "notes", "condition-failed {\"id\":\"1\",\"state\":\"shut\"}", ONE,
           .guard = guard, .patch = STR("{\"m\":{\"a\":1}}"));
    UPDATE(app, "notes", "ok {\"id\":\"1\",\"state\":\"open\"}", ONE,
           .patch = STR("{\"state\":\"open\"}"));
    DELETE(app, "notes", "ok -", ONE, .guard = guard);
    guard.filters = &wrong;
    DELETE(app, "notes", "invalid-filter -", ONE, .guard = guard);
}

/* --- versions --- */

TEST(write, counts_versions_of_puts)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "counted", "invalid-item -", .create = true,
        .item = STR("{\"id\":\"1\",\"rev\":1}"));
    cr_assert_str_eq(result.err.message,
                     "\"rev\" counts by itself: an item is created without it");
    PUT(app, "counted", "created {\"id\":\"1\",\"rev\":1}", .create = true,
        .item = STR("{\"id\":\"1\"}"));
    PUT(app, "counted", "condition-failed {\"id\":\"1\",\"rev\":1}", ONE,
        .item = STR("{}"));
    PUT(app, "counted", "ok {\"id\":\"1\",\"rev\":2}", ONE, .item = STR("{\"rev\":1}"));
    PUT(app, "counted", "condition-failed {\"id\":\"1\",\"rev\":2}", ONE,
        .item = STR("{\"rev\":1}"));
    PUT(app, "counted", "invalid-item -", ONE, .item = STR("{\"rev\":-1}"));
    PUT(app, "counted", "invalid-item -", ONE, .item = STR("{\"rev\":1.5}"));
    PUT(app, "counted", "created {\"id\":\"2\",\"rev\":1}", .hash_key = STR("2"),
        .item = STR("{}"));
    stored(app, "counted", "1", NULL, "{\"id\":{\"S\":\"1\"},\"rev\":{\"N\":\"2\"}}");
}

TEST(write, takes_the_version_from_the_tag)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "counted", "created {\"id\":\"1\",\"rev\":1}", ONE, .item = STR("{}"));
    char *first = tag_of(app, "counted", "1", DM_PLAIN), list[160];
    cr_assert(str_starts(dm_str(first), STR("\"v1-")), "%s", first);
    PUT(app, "counted", "ok {\"id\":\"1\",\"rev\":2}", ONE, .item = STR("{}"),
        .guard.if_match = dm_str(first));
    PUT(app, "counted", "condition-failed {\"id\":\"1\",\"rev\":2}", ONE,
        .item = STR("{}"), .guard.if_match = dm_str(first));
    DELETE(app, "counted", "condition-failed {\"id\":\"1\",\"rev\":2}", ONE,
           .guard.if_match = dm_str(first));
    char *second = tag_of(app, "counted", "1", DM_PLAIN);
    snprintf(list, sizeof list, "%s, %s", first, second);
    PUT(app, "counted", "ok {\"id\":\"1\",\"rev\":3}", ONE, .item = STR("{}"),
        .guard.if_match = dm_str(list));
    UPDATE(app, "counted", "ok {\"id\":\"1\",\"rev\":4,\"a\":1}", ONE,
           .patch = STR("{\"a\":1}"), .guard.if_match = STR("\"v3-x\""));
    dm_free(first);
    dm_free(second);
}

TEST(write, counts_versions_of_updates)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    UPDATE(app, "counted", "ok {\"id\":\"1\",\"rev\":1}", ONE, .patch = STR("{}"),
           .upsert = true);
    UPDATE(app, "counted", "ok {\"id\":\"1\",\"rev\":2,\"a\":1}", ONE,
           .patch = STR("{\"a\":1,\"rev\":1}"));
    UPDATE(app, "counted", "condition-failed {\"id\":\"1\",\"rev\":2,\"a\":1}", ONE,
           .patch = STR("{\"a\":1,\"rev\":1}"));
    UPDATE(app, "counted", "ok {\"id\":\"1\",\"rev\":3,\"a\":1,\"m\":{\"x\":1}}", ONE,
           .patch = STR("{\"m\":{\"x\":1},\"rev\":2}"));
    UPDATE(app, "counted",
           "condition-failed {\"id\":\"1\",\"rev\":3,\"a\":1,\"m\":{\"x\":1}}", ONE,
           .patch = STR("{\"m\":{\"x\":1},\"rev\":2}"));
    UPDATE(app, "counted", "invalid-patch -", ONE, .patch = STR("{\"rev\":null}"));
    UPDATE(app, "counted", "invalid-patch -", ONE, .dialect = DM_JSON_PATCH,
           .patch = STR("[{\"op\":\"add\",\"path\":\"/rev\",\"value\":9}]"));
    UPDATE(app, "counted", "invalid-patch -", ONE, .dialect = DM_UPDATE,
           .patch = STR("{\"set\":{\"rev\":9}}"));
    UPDATE(app, "counted", "ok {\"id\":\"1\",\"rev\":4,\"a\":3,\"m\":{\"x\":1}}", ONE,
           .dialect = DM_UPDATE, .patch = STR("{\"add\":{\"a\":2}}"));
    UPDATE(app, "counted", "ok {\"id\":\"1\",\"rev\":5,\"m\":{\"x\":1}}", ONE,
           .dialect = DM_JSON_PATCH,
           .patch = STR("[{\"op\":\"test\",\"path\":\"/rev\",\"value\":4},"
                        "{\"op\":\"remove\",\"path\":\"/a\"}]"));
}

/* --- updates --- */

TEST(write, patches_in_three_dialects)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    UPDATE(app, "notes", "item-not-found -", ONE, .patch = STR("{\"a\":1}"),
           .message = STR("gone"));
    cr_assert_str_eq(result.err.message, "gone");
    UPDATE(app, "notes", "item-not-found -", ONE, .patch = STR("{\"m\":{}}"));
    PUT(app, "notes", "created {\"id\":\"1\",\"n\":1}", ONE, .item = STR("{\"n\":1}"));
    UPDATE(app, "notes", "ok {\"id\":\"1\",\"n\":2,\"m\":{\"x\":{\"y\":1}}}", ONE,
           .patch = STR("{\"n\":2,\"m\":{\"x\":{\"y\":1,\"z\":null}}}"));
    UPDATE(app, "notes", "ok {\"id\":\"1\",\"n\":2,\"m\":{\"x\":5}}", ONE,
           .dialect = DM_JSON_PATCH,
           .patch = STR("[{\"op\":\"test\",\"path\":\"/n\",\"value\":2},"
                        "{\"op\":\"replace\",\"path\":\"/m/x\",\"value\":5}]"));
    UPDATE(app, "notes", "condition-failed {\"id\":\"1\",\"n\":2,\"m\":{\"x\":5}}", ONE,
           .dialect = DM_JSON_PATCH,
           .patch = STR("[{\"op\":\"test\",\"path\":\"/n\",\"value\":3}]"));
    UPDATE(app, "notes", "ok {\"id\":\"1\",\"n\":5,\"m\":{\"x\":5},\"l\":[\"a\"]}", ONE,
           .dialect = DM_UPDATE,
           .patch = STR("{\"add\":{\"n\":3},\"append\":{\"l\":[\"a\"]},"
                        "\"if\":{\"m.x\":\"eq.5\"}}"));
    UPDATE(app, "notes",
           "condition-failed {\"id\":\"1\",\"n\":5,\"m\":{\"x\":5},\"l\":[\"a\"]}", ONE,
           .dialect = DM_UPDATE,
           .patch = STR("{\"add\":{\"n\":3},\"if\":{\"m.x\":\"eq.6\"}}"));
}

TEST(write, upserts)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    UPDATE(app, "notes", "ok {\"id\":\"1\",\"a\":1}", ONE, .patch = STR("{\"a\":1}"),
           .upsert = true);
    UPDATE(app, "notes", "created {\"id\":\"2\",\"m\":{\"b\":1}}", .hash_key = STR("2"),
           .patch = STR("{\"m\":{\"b\":1}}"), .upsert = true);
    UPDATE(app, "notes", "created {\"id\":\"3\",\"b\":1}", .hash_key = STR("3"),
           .dialect = DM_JSON_PATCH, .upsert = true,
           .patch = STR("[{\"op\":\"add\",\"path\":\"/b\",\"value\":1}]"));
    UPDATE(app, "notes", "created {\"id\":\"4\",\"b\":1}", .hash_key = STR("4"),
           .dialect = DM_UPDATE, .upsert = true, .patch = STR("{\"add\":{\"b\":1}}"),
           .guard.if_none_match = STR("*"));
}

TEST(write, refuses_what_is_no_patch_of_this_item)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "notes", "created {\"id\":\"1\"}", ONE, .item = STR("{}"));
    UPDATE(app, "notes", "invalid-patch -", ONE, .patch = STR("{"));
    UPDATE(app, "notes", "invalid-patch -", ONE, .dialect = DM_UPDATE,
           .patch = STR("{\"add\""));
    UPDATE(app, "notes", "invalid-patch -", ONE, .dialect = DM_JSON_PATCH,
           .patch = STR("{}"));
    UPDATE(app, "notes", "invalid-key -", ONE, .patch = STR("{\"id\":\"2\"}"));
    UPDATE(app, "notes", "invalid-key -", ONE, .patch = STR("{\"id\":\"2\",\"m\":{}}"));
    UPDATE(app, "notes", "invalid-item -", ONE, .patch = STR("{\"tags\":[1]}"));
    UPDATE(app, "notes", "invalid-key -", .patch = STR("{}"));
    DELETE(app, "notes", "invalid-key -", .message = STR("x"));
}

/* --- deleting --- */

TEST(write, deletes_an_item_once)
{
    struct write_result result;
    DM_AUTO(dm_app) *app = opened();
    PUT(app, "notes", "created {\"id\":\"1\"}", ONE, .item = STR("{}"));
    DELETE(app, "notes", "ok -", ONE);
    cr_assert_str_eq(result.key, "1");
    DELETE(app, "notes", "item-not-found -", ONE, .message = STR("gone"));
    cr_assert_str_eq(result.err.message, "gone");
}
