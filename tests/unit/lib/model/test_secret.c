/* Attributes that a model hides: "all" sees the table as it is. */
#include "model/secret.h"

#include "model/model_config.h"
#include "write_fixture.h"

#define COMMON                                                                           \
    "table_name = \"table\"; hash_key = \"id\"; allow = [ \"read\", \"write\" ];\n"      \
    "attributes = { id = \"S\"; state = \"S\"; hash = \"S\"; set = \"SS\"; };\n"         \
    "indexes = { by_state = { hash_key = \"state\"; }; }; seed = \"items.jsonl\";\n"

static struct dm_app *hiding(void)
{
    static const char config[] =
        "dynamodb = { host = \"sqlite::memory:\"; };\n"
        "models = { all = { " COMMON " };\n"
        "  users = { " COMMON " hide = [ \"hash\", \"set\", \"extra\" ];\n"
        "    defaults = { set = [ \"born\" ]; }; };\n"
        "  drop = { table_name = \"table\"; hash_key = \"id\"; allow = [ \"write\" ];\n"
        "    attributes = { id = \"S\"; }; };\n"
        "  counted = { hash_key = \"id\"; allow = [ \"read\", \"write\" ];\n"
        "    attributes = { id = \"S\"; rev = \"version\"; }; hide = [ \"hash\" ];\n"
        "    seed = \"items.jsonl\"; };\n"
        "};\n";
    static const char seed[] =
        "{\"id\":\"1\",\"state\":\"on\",\"a\":1,\"hash\":\"s3cr3t\",\"rev\":4}\n"
        "{\"id\":\"2\",\"state\":\"on\",\"a\":1}\n";
    return app_opened(config, seed);
}

#define KEY .hash_key = STR("1")

/* --- reading --- */

static size_t count(struct dm_app *app, struct dm_str name, struct dm_str value)
{
    DM_AUTO(dm_page) *page = NULL;
    struct dm_error err = {0};
    struct dm_filter filter = {name, value};
    struct dm_query query = {.filters = &filter, .filter_count = 1};
    assert_ok(dm_query(app, "users", &query, &page, &err), err);
    for (size_t i = 0; i < dm_page_count(page); i++)
        cr_assert_null(dm_value_member(dm_page_item(page, i), "hash"));
    return dm_page_count(page);
}

TEST(secret, a_filter_finds_what_it_would_if_no_item_had_the_attribute)
{
    static const char *const never[] = {
        "eq.s3cr3t",     "exists.true", "begins_with.s",    "contains.s",   "ge.a",
        "in.(s3cr3t,b)", "type.S",      "not.exists.false", "between.(a,z)"};
    static const char *const always[] = {"exists.false", "ne.s3cr3t", "not.eq.s3cr3t",
                                         "not.type.S", "not.exists.true"};
    DM_AUTO(dm_app) *app = hiding();
    for (size_t i = 0; i < DM_COUNT(never); i++)
        cr_expect_eq(count(app, STR("hash"), dm_str(never[i])), 0, "%s", never[i]);
    for (size_t i = 0; i < DM_COUNT(always); i++)
        cr_expect_eq(count(app, STR("hash"), dm_str(always[i])), 2, "%s", always[i]);
    cr_assert_eq(count(app, STR("hash[0].x"), STR("exists.true")), 0);
    cr_assert_eq(count(app, STR("\"hash\""), STR("exists.true")), 0);
    cr_assert_eq(count(app, STR("or"), STR("(hash.eq.s3cr3t,id.eq.1)")), 1);
    cr_assert_eq(count(app, STR("not.and"), STR("(hash.eq.s3cr3t,id.eq.1)")), 2);
}

TEST(secret, an_item_is_shown_without_it_however_it_is_asked_for)
{
    static const struct {
        const char *asked, *shown;
    } cases[] = {
        {"", "{\"id\":\"1\",\"state\":\"on\",\"a\":1,\"rev\":4}"},
        {"hash", "{}"},
        {"hash.x,\"set\"", "{}"},
        {"a,hash", "{\"a\":1}"},
    };
    DM_AUTO(dm_app) *app = hiding();
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        DM_AUTO(dm_item) *item = NULL;
        struct dm_error err = {0};
        struct dm_get get = {KEY, .attributes_to_get = dm_str(cases[i].asked)};
        char *json = NULL;
        assert_ok(dm_get_or_404(app, "users", &get, &item, &err), err);
        assert_ok(dm_item_json(item, DM_PLAIN, &json, NULL, &err), err);
        cr_assert_str_eq(json, cases[i].shown);
        dm_free(json);
    }
}

TEST(secret, an_entity_tag_does_not_tell_of_it)
{
    DM_AUTO(dm_app) *app = hiding();
    struct write_result result;
    char *before = tag_of(app, "users", "1", DM_PLAIN);
    UPDATE(app, "all", result.text, KEY, .patch = STR("{\"hash\":\"other\"}"));
    char *after = tag_of(app, "users", "1", DM_PLAIN);
    cr_assert_str_eq(before, after);
    PUT(app, "users", "ok {\"id\":\"1\",\"b\":1}", KEY, .item = STR("{\"b\":1}"),
        .guard.if_match = dm_str(after));
    dm_free(before);
    dm_free(after);
}

/* --- writing --- */

TEST(secret, a_put_keeps_it_and_a_new_item_has_its_default)
{
    DM_AUTO(dm_app) *app = hiding();
    struct write_result result;
    PUT(app, "users", "ok {\"id\":\"1\",\"b\":2}", KEY, .item = STR("{\"b\":2}"));
    stored(app, "all", "1", NULL,
           "{\"id\":{\"S\":\"1\"},\"hash\":{\"S\":\"s3cr3t\"},\"b\":{\"N\":\"2\"}}");
    PUT(app, "users", "created {\"id\":\"new\"}", .hash_key = STR("new"),
        .item = STR("{}"));
    stored(app, "all", "new", NULL,
           "{\"id\":{\"S\":\"new\"},\"set\":{\"SS\":[\"born\"]}}");
    PUT(app, "counted", "ok {\"id\":\"1\",\"rev\":5}", KEY, .item = STR("{\"rev\":4}"));
    PUT(app, "counted", "condition-failed {\"id\":\"1\",\"rev\":5}", KEY,
        .item = STR("{\"rev\":4}"));
}

TEST(secret, nothing_that_is_written_names_it)
{
    static const char *const patches[] = {
        "[{\"op\":\"test\",\"path\":\"/hash\",\"value\":\"s3cr3t\"}]",
        "[{\"op\":\"copy\",\"from\":\"/hash\",\"path\":\"/a\"}]",
        "[{\"op\":\"move\",\"from\":\"/hash/x\",\"path\":\"/a\"}]",
        "[{\"op\":\"remove\",\"path\":\"/hash\"}]"};
    static const char *const updates[] = {
        "{\"set\":{\"hash\":1}}", "{\"remove\":[\"hash.x\"]}",
        "{\"append\":{\"\\\"extra\\\"\":[1]}}", "{\"delete\":{\"set\":[\"x\"]}}"};
    DM_AUTO(dm_app) *app = hiding();
    struct write_result result;
    PUT(app, "users", "invalid-item -", KEY, .item = STR("{\"extra\":1}"));
    UPDATE(app, "users", "invalid-patch -", KEY, .patch = STR("{\"hash\":null}"));
    UPDATE(app, "users", "invalid-patch -", KEY, .patch = STR("{\"hash\":{\"x\":1}}"));
    for (size_t i = 0; i < DM_COUNT(patches); i++)
        UPDATE(app, "users", "invalid-patch -", KEY, .dialect = DM_JSON_PATCH,
               .patch = dm_str(patches[i]));
    for (size_t i = 0; i < DM_COUNT(updates); i++)
        UPDATE(app, "users", "invalid-patch -", KEY, .dialect = DM_UPDATE,
               .patch = dm_str(updates[i]));
    UPDATE(app, "users",
           "condition-failed {\"id\":\"1\",\"state\":\"on\",\"a\":1,\"rev\":4}", KEY,
           .dialect = DM_UPDATE,
           .patch = STR("{\"set\":{\"a\":2},\"if\":{\"hash\":\"eq.s3cr3t\"}}"));
}

static enum dm_code batch_put(struct dm_app *app, struct dm_error *err)
{
    struct dm_written *written = NULL;
    struct dm_batch batch = {.document = STR("{\"put\":[{\"id\":\"2\"}]}")};
    enum dm_code code = dm_batch_write(app, "users", &batch, &written, err);
    dm_written_free(written);
    return code;
}

static enum dm_code transact_put(struct dm_app *app, const char *document,
                                 struct dm_error *err)
{
    struct dm_transacted *transacted = NULL;
    struct dm_transaction transaction = {.document = dm_str(document)};
    enum dm_code code = dm_transact(app, &transaction, &transacted, err);
    dm_transacted_free(transacted);
    return code;
}

TEST(secret, a_put_that_cannot_spare_it_only_creates)
{
    DM_AUTO(dm_app) *app = hiding();
    struct dm_error err;
    cr_assert_eq(batch_put(app, &err), DM_E_FORBIDDEN);
    cr_assert_eq(
        transact_put(app, "{\"write\":[{\"model\":\"users\",\"put\":{\"id\":\"1\"}}]}",
                     &err),
        DM_E_CONFLICT);
    assert_ok(transact_put(app,
                           "{\"write\":[{\"model\":\"users\",\"put\":{\"id\":\"9\"}}]}",
                           &err),
              err);
}

static void put_or_fail(struct dm_app *app)
{
    struct dm_error err = {0};
    DM_AUTO(dm_outcome) *outcome = NULL;
    struct dm_put asked = {KEY, .item = STR("{\"b\":2}")};
    enum dm_code code = dm_put(app, "users", &asked, &outcome, &err);
    cr_assert(code == DM_OK || (mem_failed() && code == DM_E_NOMEM), "%s", err.message);
}

TEST(secret, a_put_that_spares_it_survives_each_allocation)
{
    DM_AUTO(dm_app) *app = hiding();
    put_or_fail(app);
    WITH_EACH_ALLOCATION_FAILING put_or_fail(app);
}

/* --- without reading --- */

TEST(secret, what_is_not_read_is_not_compared)
{
    DM_AUTO(dm_app) *app = hiding();
    struct write_result result;
    UPDATE(app, "drop", "operation-not-allowed -", KEY, .dialect = DM_UPDATE,
           .patch = STR("{\"set\":{\"b\":1},\"if\":{\"a\":\"eq.1\"}}"));
    UPDATE(app, "drop", "operation-not-allowed -", KEY, .dialect = DM_JSON_PATCH,
           .patch = STR("[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]"));
    PUT(app, "drop", "operation-not-allowed -", KEY, .item = STR("{}"),
        .guard.if_match = STR("\"a\""));
    PUT(app, "drop", "condition-failed -", KEY, .item = STR("{}"),
        .guard.if_none_match = STR("*"));
    UPDATE(app, "drop", "ok -", KEY, .patch = STR("{\"b\":1}"),
           .guard.if_match = STR("*"));
}

/* --- keys --- */

TEST(secret, no_key_is_hidden)
{
    struct dm_error err = {0};
    DM_AUTO(attributes) *attributes = NULL;
    struct dm_str hash = STR("hash");
    assert_ok(attributes_new(NULL, 0, &attributes, &err), err);
    assert_ok(attributes_hide(attributes, &hash, 1, &err), err);
    struct key_schema schema = {.hash = {STR("id"), DM_S}, .range = {STR("hash"), DM_S}};
    cr_assert(secret_is_key(attributes, &schema));
    schema.range.name = STR("");
    cr_assert(!secret_is_key(attributes, &schema));
    cr_assert(!secret_is_key(NULL, &schema));
}
