/* Transactions on the embedded store. */
#include "app_fixture.h"
#include "model/transacted.h"

static const char config[] =
    "dynamodb = { host = \"sqlite::memory:\"; };\n"
    "models = { todo = { hash_key = { name = \"id\"; template = \"T#{}\"; };\n"
    "    allow = [ \"read\", \"write\" ]; seed = \"items.jsonl\";\n"
    "    attributes = { expires = \"ttl\"; tags = \"SS\"; };\n"
    "    required = [ \"name\" ]; defaults = { name = \"none\"; }; };\n"
    "  counted = { hash_key = \"id\"; allow = [ \"read\", \"write\" ];\n"
    "    attributes = { id = \"S\"; v = \"version\"; }; };\n"
    "  strict = { hash_key = \"id\"; allow = [ \"read\", \"write\" ];\n"
    "    attributes = { id = \"S\"; }; require_if_match = true; };\n"
    "  seen = { hash_key = \"id\"; attributes = { id = \"S\"; }; };\n"
    "  blind = { hash_key = \"id\"; attributes = { id = \"S\"; }; allow = [ \"write\" ]; "
    "};\n"
    "  far = { hash_key = \"id\"; attributes = { id = \"S\"; };\n"
    "    dynamodb = { region = \"eu-west-1\"; host = \"http://127.0.0.1:1/\"; }; };\n"
    "};\n";

static const char seed[] =
    "{\"id\":\"1\",\"name\":\"one\",\"n\":1,\"tags\":[\"x\"]}\n"
    "{\"id\":\"2\",\"name\":\"two\"}\n"
    "{\"id\":\"old\",\"name\":\"gone\",\"expires\":\"2001-01-01T00:00:00Z\"}\n";

static struct dm_app *opened(void)
{
    return app_opened(config, seed);
}

static struct dm_transaction transaction(const char *document)
{
    return (struct dm_transaction){.document = dm_str(document)};
}

static void expect_items(struct dm_app *app, const char *document, const char *json)
{
    DM_AUTO(dm_transacted) *transacted = NULL;
    struct dm_error err = {0};
    struct dm_transaction asked = transaction(document);
    char *text = NULL;
    assert_ok(dm_transact(app, &asked, &transacted, &err), err);
    const struct dm_items *items = dm_transacted_items(transacted);
    cr_assert_eq(dm_items_count(items), dm_transacted_count(transacted));
    assert_ok(dm_items_json(items, DM_PLAIN, &text, NULL, &err), err);
    cr_assert_str_eq(text, json);
    dm_free(text);
}

static void expect_done(struct dm_app *app, const char *document, size_t count)
{
    DM_AUTO(dm_transacted) *transacted = NULL;
    struct dm_error err = {0};
    struct dm_transaction asked = transaction(document);
    assert_ok(dm_transact(app, &asked, &transacted, &err), err);
    cr_assert_eq(dm_transacted_count(transacted), count);
    cr_assert_null(dm_transacted_items(transacted));
    cr_assert_eq(dm_transacted_reason(transacted, 0, NULL), DM_OK);
}

/* The reasons' names, with a space behind each. */
static void expect_cancelled(struct dm_app *app, const char *document,
                             const char *reasons)
{
    DM_AUTO(dm_transacted) *transacted = NULL;
    struct dm_error err = {0};
    struct dm_transaction asked = transaction(document);
    char text[256] = "";
    size_t len = 0;
    cr_assert_eq(dm_transact(app, &asked, &transacted, &err), DM_E_CONFLICT, "%s",
                 err.message);
    cr_assert(transacted);
    cr_assert_null(dm_transacted_items(transacted));
    for (size_t i = 0; i < dm_transacted_count(transacted); i++) {
        struct dm_str detail;
        enum dm_code code = dm_transacted_reason(transacted, i, &detail);
        cr_assert(code == DM_OK || detail.len);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s ", dm_code_name(code));
    }
    cr_assert_str_eq(text, reasons);
}

TEST(transact, gets_items_of_several_models_in_order)
{
    DM_AUTO(dm_app) *app = opened();
    expect_items(
        app,
        "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"2\"}},"
        "{\"model\":\"counted\",\"key\":{\"id\":\"1\"}},"
        "{\"model\":\"todo\",\"key\":{\"id\":\"old\"},\"attributes_to_get\":\"id\"},"
        "{\"model\":\"todo\",\"key\":{\"id\":\"1\"},\"attributes_to_get\":\"id,n\"}]}",
        "[{\"id\":\"2\",\"name\":\"two\"},null,null,{\"id\":\"1\",\"n\":1}]");
}

TEST(transact, writes_all_kinds_at_once)
{
    DM_AUTO(dm_app) *app = opened();
    expect_done(
        app,
        "{\"write\":["
        "{\"model\":\"todo\",\"put\":{\"id\":\"3\",\"tags\":[\"p\",\"q\"]}},"
        "{\"model\":\"todo\",\"update\":{\"key\":{\"id\":\"1\"},\"set\":{\"m\":1},"
        "\"add\":{\"n\":1,\"tags\":[\"y\"]}},\"if\":{\"n\":\"eq.1\"}},"
        "{\"model\":\"todo\",\"delete\":{\"id\":\"2\"},\"if\":{\"name\":\"eq.two\"}},"
        "{\"model\":\"counted\",\"check\":{\"id\":\"9\"},"
        "\"if\":{\"id\":\"exists.false\"}}]}",
        4);
    expect_items(app,
                 "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"1\"}},"
                 "{\"model\":\"todo\",\"key\":{\"id\":\"2\"}},"
                 "{\"model\":\"todo\",\"key\":{\"id\":\"3\"}}]}",
                 "[{\"id\":\"1\",\"name\":\"one\",\"n\":2,\"tags\":[\"x\",\"y\"],"
                 "\"m\":1},null,"
                 "{\"id\":\"3\",\"tags\":[\"p\",\"q\"],\"name\":\"none\"}]");
}

TEST(transact, leaves_everything_when_one_condition_fails)
{
    DM_AUTO(dm_app) *app = opened();
    expect_cancelled(app,
                     "{\"write\":[{\"model\":\"todo\",\"put\":{\"id\":\"3\"}},"
                     "{\"model\":\"todo\",\"delete\":{\"id\":\"2\"},"
                     "\"if\":{\"name\":\"eq.one\"}}]}",
                     "ok condition-failed ");
    expect_items(app,
                 "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"3\"}},"
                 "{\"model\":\"todo\",\"key\":{\"id\":\"2\"}}]}",
                 "[null,{\"id\":\"2\",\"name\":\"two\"}]");
}

TEST(transact, updates_what_is_there_unless_it_may_make_it)
{
    DM_AUTO(dm_app) *app = opened();
    expect_cancelled(app,
                     "{\"write\":[{\"model\":\"todo\",\"update\":"
                     "{\"key\":{\"id\":\"5\"},\"set\":{\"a\":1}}}]}",
                     "condition-failed ");
    expect_cancelled(app,
                     "{\"write\":[{\"model\":\"todo\",\"update\":"
                     "{\"key\":{\"id\":\"old\"},\"set\":{\"a\":1}}}]}",
                     "condition-failed ");
    expect_done(
        app,
        "{\"write\":[{\"model\":\"todo\",\"update\":"
        "{\"key\":{\"id\":\"5\"},\"upsert\":true,\"set\":{\"a\":1,\"name\":\"n\"},"
        "\"append\":{\"log\":[\"made\"]},\"if\":{\"a\":\"exists.false\"}}}]}",
        1);
    expect_items(app, "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"5\"}}]}",
                 "[{\"id\":\"5\",\"a\":1,\"name\":\"n\",\"log\":[\"made\"]}]");
}

TEST(transact, counts_versions)
{
    DM_AUTO(dm_app) *app = opened();
    const char *get = "{\"get\":[{\"model\":\"counted\",\"key\":{\"id\":\"1\"}}]}";
    const char *put = "{\"write\":[{\"model\":\"counted\",\"put\":{\"id\":\"1\"}}]}";
    expect_done(app, put, 1);
    expect_items(app, get, "[{\"id\":\"1\",\"v\":1}]");
    expect_cancelled(app, put, "condition-failed ");
    expect_done(
        app,
        "{\"write\":[{\"model\":\"counted\",\"put\":{\"id\":\"1\",\"v\":1,\"a\":2}}]}",
        1);
    expect_items(app, get, "[{\"id\":\"1\",\"a\":2,\"v\":2}]");
    expect_done(app,
                "{\"write\":[{\"model\":\"counted\",\"update\":"
                "{\"key\":{\"id\":\"1\"},\"set\":{\"a\":3}}}]}",
                1);
    expect_items(app, get, "[{\"id\":\"1\",\"a\":3,\"v\":3}]");
}

TEST(transact, has_one_effect_for_one_token)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_error err = {0};
    struct dm_transaction asked =
        transaction("{\"write\":[{\"model\":\"todo\",\"update\":"
                    "{\"key\":{\"id\":\"1\"},\"add\":{\"n\":1}}}]}");
    asked.token = STR("one-and-the-same");
    for (int i = 0; i < 2; i++) {
        DM_AUTO(dm_transacted) *transacted = NULL;
        assert_ok(dm_transact(app, &asked, &transacted, &err), err);
    }
    expect_items(app,
                 "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"1\"},"
                 "\"attributes_to_get\":\"n\"}]}",
                 "[{\"n\":2}]");
}

static void refuse(struct dm_app *app, const char *document, enum dm_code code,
                   const char *message)
{
    struct dm_transacted *transacted = NULL;
    struct dm_error err = {0};
    struct dm_transaction asked = transaction(document);
    cr_assert_eq(dm_transact(app, &asked, &transacted, &err), code, "%s", err.message);
    cr_assert_str_eq(err.message, message);
    cr_assert_null(transacted);
}

TEST(transact, makes_no_item_without_what_is_required)
{
    DM_AUTO(dm_app) *app = opened();
    expect_cancelled(app,
                     "{\"write\":[{\"model\":\"todo\",\"update\":{\"key\":{\"id\":\"9\"},"
                     "\"upsert\":true,\"set\":{\"a\":1}}}]}",
                     "condition-failed ");
    for (int i = 0; i < 2; i++)
        expect_done(app,
                    "{\"write\":[{\"model\":\"todo\",\"update\":{\"key\":{\"id\":\"9\"},"
                    "\"upsert\":true,\"set\":{\"name\":\"n\"}}}]}",
                    1);
}

TEST(transact, counts_the_version_as_part_of_the_item)
{
    enum { FITS_WITHOUT = 400 * 1024 - 4 };
    static char document[400 * 1024 + 128];
    DM_AUTO(dm_app) *app = opened();
    int start = snprintf(document, sizeof document,
                         "{\"write\":[{\"model\":\"counted\",\"put\":{\"id\":\"5\","
                         "\"x\":\"");
    memset(document + start, 'x', FITS_WITHOUT);
    snprintf(document + start + FITS_WITHOUT, 8, "\"}}]}");
    refuse(app, document, DM_E_TOO_LARGE,
           "write[0]: the item is 409603 bytes: DynamoDB takes 409600");
}

TEST(transact, names_what_is_wrong_with_a_document)
{
    DM_AUTO(dm_app) *app = opened();
    refuse(app, "{}", DM_E_INVALID, "expected {\"get\": […]} or {\"write\": […]}");
    refuse(app, "{\"get\":[],\"write\":[]}", DM_E_INVALID,
           "expected {\"get\": […]} or {\"write\": […]}");
    refuse(app, "{\"get\":[]}", DM_E_INVALID, "get: expected 1 to 100 entries, got 0");
    refuse(app, "{\"get\":[{\"model\":\"todo\"}]}", DM_E_INVALID,
           "get[0]: expected {\"model\": …, \"key\": {…}}");
    refuse(app, "{\"write\":[{\"model\":\"todo\"}]}", DM_E_INVALID,
           "write[0]: expected put, update, delete or check");
    refuse(app, "{\"write\":[{\"put\":{\"id\":\"1\"}}]}", DM_E_INVALID,
           "write[0]: expected a \"model\"");
    refuse(app, "{\"write\":[{\"model\":\"todo\",\"put\":{},\"delete\":{}}]}",
           DM_E_INVALID, "write[0]: one entry does one thing");
    refuse(app, "{\"write\":[{\"model\":\"todo\",\"check\":{\"id\":\"1\"}}]}",
           DM_E_INVALID, "write[0]: a check needs an \"if\"");
    refuse(app, "{\"write\":[{\"model\":\"todo\",\"update\":{\"set\":{\"a\":1}}}]}",
           DM_E_INVALID, "write[0]: an update needs a \"key\"");
    refuse(app,
           "{\"write\":[{\"model\":\"todo\",\"delete\":{\"id\":\"1\"}},"
           "{\"model\":\"todo\",\"put\":{\"id\":\"1\"}}]}",
           DM_E_INVALID, "write[0] and write[1] are of one item");
}

TEST(transact, names_what_is_wrong_with_an_entry)
{
    DM_AUTO(dm_app) *app = opened();
    refuse(app, "{\"write\":[{\"model\":\"todo\",\"put\":{\"name\":\"x\"}}]}",
           DM_E_INVALID_KEY, "write[0]: key \"id\" is missing");
    refuse(app,
           "{\"write\":[{\"model\":\"todo\",\"update\":{\"key\":{\"id\":\"1\"},"
           "\"remove\":[\"name\"]}}]}",
           DM_E_INVALID_ITEM, "write[0]: attribute \"name\" is required");
    refuse(app, "{\"write\":[{\"model\":\"todo\",\"update\":{\"key\":{\"id\":\"1\"}}}]}",
           DM_E_INVALID_PATCH, "write[0]: the update changes nothing");
    refuse(
        app,
        "{\"write\":[{\"model\":\"todo\",\"delete\":{\"id\":\"1\"},\"if\":{\"n\":1}}]}",
        DM_E_INVALID_FILTER, "write[0]: n: expected a condition: \"eq.3\"");
    refuse(app, "{\"write\":[{\"model\":\"strict\",\"delete\":{\"id\":\"1\"}}]}",
           DM_E_FORBIDDEN, "write[0]: model \"strict\" demands an \"if\"");
    refuse(app, "{\"write\":[{\"model\":\"seen\",\"delete\":{\"id\":\"1\"}}]}",
           DM_E_FORBIDDEN, "write[0]: model \"seen\" does not allow writing");
    refuse(app,
           "{\"write\":[{\"model\":\"blind\",\"check\":{\"id\":\"1\"},"
           "\"if\":{\"id\":\"exists.true\"}}]}",
           DM_E_FORBIDDEN, "write[0]: model \"blind\" does not allow reading");
    refuse(
        app,
        "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"1\"}},"
        "{\"model\":\"far\",\"key\":{\"id\":\"1\"}}]}",
        DM_E_INVALID,
        "get[1]: model \"far\" has a connection of its own: a transaction is of models "
        "that share one");
}

TEST(transact, takes_tokens_that_dynamodb_takes)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_transacted *transacted = NULL;
    struct dm_error err = {0};
    struct dm_transaction asked =
        transaction("{\"write\":[{\"model\":\"todo\",\"delete\":{\"id\":\"1\"}}]}");
    asked.token = STR("1234567890123456789012345678901234567");
    cr_assert_eq(dm_transact(app, &asked, &transacted, &err), DM_E_INVALID);
    asked.token = STR("with space");
    cr_assert_eq(dm_transact(app, &asked, &transacted, &err), DM_E_INVALID);
    cr_assert_str_eq(err.message, "token: expected at most 36 visible ASCII characters");
}

TEST(transact, reads_typed_json)
{
    DM_AUTO(dm_app) *app = opened();
    DM_AUTO(dm_transacted) *transacted = NULL;
    struct dm_error err = {0};
    struct dm_transaction asked =
        transaction("{\"write\":[{\"model\":\"todo\",\"put\":{\"id\":{\"S\":\"T#7\"},"
                    "\"b\":{\"B\":\"AA==\"}}"
                    "},{\"model\":\"todo\",\"update\":{\"key\":{\"id\":{\"S\":\"T#1\"}},"
                    "\"set\":{\"n\":5}}}]"
                    "}");
    asked.format = DM_TYPED;
    assert_ok(dm_transact(app, &asked, &transacted, &err), err);
    expect_items(
        app,
        "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"7\"}},"
        "{\"model\":\"todo\",\"key\":{\"id\":\"1\"},\"attributes_to_get\":\"n\"}]}",
        "[{\"id\":\"7\",\"b\":\"AA==\",\"name\":\"none\"},{\"n\":5}]");
}

static void transact_or_fail(struct dm_app *app, const char *document)
{
    DM_AUTO(dm_transacted) *transacted = NULL;
    struct dm_error err = {0};
    struct dm_transaction asked = transaction(document);
    enum dm_code code = dm_transact(app, &asked, &transacted, &err);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
}

TEST(transact, survives_each_allocation_failing)
{
    DM_AUTO(dm_app) *app = opened();
    const char *get = "{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"1\"},"
                      "\"attributes_to_get\":\"n\"}]}";
    const char *write =
        "{\"write\":[{\"model\":\"todo\",\"put\":{\"id\":\"3\",\"tags\":[\"p\"]},"
        "\"if\":{\"x\":\"exists.false\"}},"
        "{\"model\":\"todo\",\"update\":{\"key\":{\"id\":\"1\"},\"add\":{\"n\":1}}},"
        "{\"model\":\"counted\",\"update\":{\"key\":{\"id\":\"1\"},\"upsert\":true,"
        "\"set\":{\"n\":1}}},{\"model\":\"todo\",\"delete\":{\"id\":\"2\"}}]}";
    transact_or_fail(app, get);
    transact_or_fail(app, write);
    WITH_EACH_ALLOCATION_FAILING transact_or_fail(app, get);
    WITH_EACH_ALLOCATION_FAILING transact_or_fail(app, write);
}

static void never(enum dm_code code, struct dm_transacted *transacted,
                  const struct dm_error *err, void *ctx)
{
    (void)code, (void)transacted, (void)err, (void)ctx;
    cr_assert_fail("it was cancelled");
}

TEST(transact, can_be_cancelled)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_error err = {0};
    struct dm_call *call = NULL;
    struct dm_transaction asked =
        transaction("{\"get\":[{\"model\":\"todo\",\"key\":{\"id\":\"1\"}}]}");
    assert_ok(dm_transact_async(app, &asked, never, NULL, &call, &err), err);
    dm_call_cancel(call);
    assert_ok(dm_transact_async(app, &asked, never, NULL, NULL, &err), err);
}
