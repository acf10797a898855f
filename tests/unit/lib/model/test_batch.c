/* batchGet and batchWrite on the embedded store. */
#include "app_fixture.h"
#include "model/items.h"
#include "model/written.h"

static const char config[] =
    "dynamodb = { host = \"sqlite::memory:\"; };\n"
    "models = { orders = { hash_key = { name = \"pk\"; template = \"ORDER#{}\"; };\n"
    "    range_key = \"at\"; allow = [ \"read\", \"write\" ]; seed = \"items.jsonl\";\n"
    "    attributes = { at = \"N\"; tags = \"SS\"; expires = \"ttl\"; v = \"version\"; "
    "};\n"
    "    defaults = { status = \"open\"; }; };\n"
    "  shut = { hash_key = \"id\"; attributes = { id = \"S\"; }; allow = [ \"write\" ]; "
    "};\n"
    "  open = { hash_key = \"id\"; attributes = { id = \"S\"; }; };\n"
    "  strict = { hash_key = \"id\"; attributes = { id = \"S\"; };\n"
    "    allow = [ \"write\" ]; require_if_match = true; };\n"
    "};\n";

static const char seed[] =
    "{\"pk\":\"1\",\"at\":1,\"tag\":\"a\",\"v\":7}\n"
    "{\"pk\":\"1\",\"at\":2,\"tag\":\"b\",\"expires\":\"2001-01-01T00:00:00Z\"}\n"
    "{\"pk\":\"2\",\"at\":1,\"tag\":\"c\",\"tags\":[\"x\",\"y\"]}\n";

static struct dm_app *opened(void)
{
    return app_opened(config, seed);
}

static struct dm_batch batch(const char *document, enum dm_format format)
{
    return (struct dm_batch){.document = dm_str(document), .format = format};
}

/* --- reading --- */

static void expect_items(struct dm_app *app, const char *document, enum dm_format format,
                         const char *json)
{
    DM_AUTO(dm_items) *items = NULL;
    struct dm_error err = {0};
    struct dm_batch asked = batch(document, format);
    char *text = NULL;
    assert_ok(dm_batch_get(app, "orders", &asked, &items, &err), err);
    assert_ok(dm_items_json(items, format, &text, NULL, &err), err);
    cr_assert_str_eq(text, json);
    dm_free(text);
}

TEST(batch_get, gives_items_in_the_order_asked_and_null_for_what_is_missing)
{
    DM_AUTO(dm_app) *app = opened();
    expect_items(app,
                 "{\"keys\":[{\"pk\":\"2\",\"at\":1},{\"pk\":\"9\",\"at\":1},"
                 "{\"at\":1.0,\"pk\":\"1\"}]}",
                 DM_PLAIN,
                 "[{\"pk\":\"2\",\"at\":1,\"tag\":\"c\",\"tags\":[\"x\",\"y\"]},null,"
                 "{\"pk\":\"1\",\"at\":1,\"tag\":\"a\",\"v\":7}]");
    expect_items(app, "{\"keys\":[]}", DM_PLAIN, "[]");
}

TEST(batch_get, gives_an_item_as_often_as_it_is_asked_for)
{
    DM_AUTO(dm_app) *app = opened();
    expect_items(
        app,
        "{\"keys\":[{\"pk\":\"1\",\"at\":1},{\"pk\":\"2\",\"at\":1},"
        "{\"pk\":\"1\",\"at\":1.0},{\"pk\":\"9\",\"at\":9},{\"pk\":\"9\",\"at\":9}"
        "],\"attributes_to_get\":\"tag\",\"consistent_read\":true}",
        DM_PLAIN, "[{\"tag\":\"a\"},{\"tag\":\"c\"},{\"tag\":\"a\"},null,null]");
}

TEST(batch_get, hides_what_is_expired_also_when_its_time_is_not_asked_for)
{
    DM_AUTO(dm_app) *app = opened();
    expect_items(app, "{\"keys\":[{\"pk\":\"1\",\"at\":2}]}", DM_PLAIN, "[null]");
    expect_items(app,
                 "{\"keys\":[{\"pk\":\"1\",\"at\":2},{\"pk\":\"1\",\"at\":1}],"
                 "\"attributes_to_get\":\"at\"}",
                 DM_PLAIN, "[null,{\"at\":1}]");
}

TEST(batch_get, reads_and_writes_typed_json)
{
    DM_AUTO(dm_app) *app = opened();
    expect_items(app,
                 "{\"keys\":[{\"pk\":{\"S\":\"ORDER#1\"},\"at\":{\"N\":\"1\"}}],"
                 "\"attributes_to_get\":\"pk,tag\"}",
                 DM_TYPED, "[{\"pk\":{\"S\":\"ORDER#1\"},\"tag\":{\"S\":\"a\"}}]");
}

TEST(batch_get, asks_for_more_than_one_request_holds)
{
    DM_AUTO(dm_app) *app = opened();
    DM_AUTO_DONE(dm_buf) document;
    DM_AUTO(dm_items) *items = NULL;
    struct dm_error err = {0};
    struct dm_value tag;
    buf_init(&document, 1 << 20);
    buf_add_str(&document, STR("{\"keys\":["));
    for (int i = 0; i < 1000; i++)
        buf_printf(&document, "%s{\"pk\":\"%d\",\"at\":1}", i ? "," : "", i % 700);
    buf_add_str(&document, STR("]}"));
    struct dm_batch asked = {.document = buf_str(&document)};
    assert_ok(dm_batch_get(app, "orders", &asked, &items, &err), err);
    cr_assert_eq(dm_items_count(items), 1000);
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(dm_items_at(items, i) != NULL, i % 700 == 1 || i % 700 == 2);
    tag = *dm_value_member(dm_items_at(items, 702), "tag");
    assert_str(tag.as.text, "c");
    cr_assert_null(dm_items_at(items, 1000));
}

static void refuse_get(struct dm_app *app, const char *model, const char *document,
                       enum dm_code code, const char *message)
{
    struct dm_items *items = NULL;
    struct dm_error err = {0};
    struct dm_batch asked = batch(document, DM_PLAIN);
    cr_assert_eq(dm_batch_get(app, model, &asked, &items, &err), code, "%s", err.message);
    cr_assert_str_eq(err.message, message);
    cr_assert_null(items);
}

TEST(batch_get, names_what_is_wrong)
{
    DM_AUTO(dm_app) *app = opened();
    refuse_get(app, "orders", "{}", DM_E_INVALID, "expected {\"keys\": [KEY, …]}");
    refuse_get(app, "orders", "[]", DM_E_INVALID, "byte 0: expected an object");
    refuse_get(app, "orders", "{\"keys\":[]} x", DM_E_INVALID,
               "byte 12: expected nothing more");
    refuse_get(app, "orders", "{\"keys\":[],\"keys\":[]}", DM_E_INVALID,
               "\"keys\" is given twice");
    refuse_get(app, "orders", "{\"keys\":{}}", DM_E_INVALID,
               "\"keys\": expected an array");
    refuse_get(app, "orders", "{\"limit\":1}", DM_E_INVALID,
               "\"limit\" is not known here");
    refuse_get(app, "orders", "{\"keys\":[{\"pk\":\"1\",\"at\":1},{\"pk\":\"1\"}]}",
               DM_E_INVALID_KEY, "keys[1]: key \"at\" is missing");
    refuse_get(app, "orders", "{\"keys\":[{\"pk\":\"1\",\"at\":1,\"x\":1}]}",
               DM_E_INVALID_KEY, "keys[0]: \"x\" is no attribute of the key");
    refuse_get(app, "orders", "{\"keys\":[],\"attributes_to_get\":\"a,\"}",
               DM_E_INVALID_PROJECTION,
               "attributes_to_get: it ends with a comma; expected paths like a,b.c,d[0]");
    refuse_get(app, "nothing", "{\"keys\":[]}", DM_E_MODEL_NOT_FOUND,
               "app \"todo\" has no model \"nothing\"");
    refuse_get(app, "shut", "{\"keys\":[]}", DM_E_FORBIDDEN,
               "model \"shut\" does not allow reading");
}

static void get_or_fail(struct dm_app *app)
{
    DM_AUTO(dm_items) *items = NULL;
    struct dm_error err = {0};
    struct dm_batch asked =
        batch("{\"keys\":[{\"pk\":\"1\",\"at\":1},{\"pk\":\"1\",\"at\":"
              "1}],\"attributes_to_get\":\"tag\"}",
              DM_PLAIN);
    enum dm_code code = dm_batch_get(app, "orders", &asked, &items, &err);
    char *text = NULL;
    if (code == DM_OK)
        code = dm_items_json(items, DM_PLAIN, &text, NULL, &err);
    dm_free(text);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
}

TEST(batch_get, survives_each_allocation_failing)
{
    DM_AUTO(dm_app) *app = opened();
    get_or_fail(app); /* the store keeps its statements */
    WITH_EACH_ALLOCATION_FAILING get_or_fail(app);
}

/* --- writing --- */

static void expect_written(struct dm_app *app, const char *document,
                           enum dm_format format, const char *json)
{
    DM_AUTO(dm_written) *written = NULL;
    struct dm_error err = {0};
    struct dm_batch asked = batch(document, format);
    char *text = NULL;
    assert_ok(dm_batch_write(app, "orders", &asked, &written, &err), err);
    assert_ok(dm_written_json(written, &text, NULL, &err), err);
    cr_assert_str_eq(text, json);
    cr_assert_null(dm_written_why(written));
    dm_free(text);
}

TEST(batch_write, puts_and_deletes_in_the_form_that_the_model_declares)
{
    DM_AUTO(dm_app) *app = opened();
    expect_written(app,
                   "{\"put\":[{\"pk\":\"3\",\"at\":1.50,\"tags\":[\"u\",\"v\"]},"
                   "{\"pk\":\"1\",\"at\":1,\"v\":7,\"status\":\"done\"}],"
                   "\"delete\":[{\"pk\":\"2\",\"at\":1},{\"pk\":\"9\",\"at\":9}]}",
                   DM_PLAIN,
                   "{\"put\":2,\"delete\":2,\"unprocessed\":{\"put\":[],\"delete\":[]}}");
    expect_items(app,
                 "{\"keys\":[{\"pk\":{\"S\":\"ORDER#3\"},\"at\":{\"N\":\"1.5\"}},"
                 "{\"pk\":{\"S\":\"ORDER#1\"},\"at\":{\"N\":\"1\"}},"
                 "{\"pk\":{\"S\":\"ORDER#2\"},\"at\":{\"N\":\"1\"}}]}",
                 DM_TYPED,
                 "[{\"pk\":{\"S\":\"ORDER#3\"},\"at\":{\"N\":\"1.5\"},"
                 "\"tags\":{\"SS\":[\"u\",\"v\"]},\"status\":{\"S\":\"open\"},"
                 "\"v\":{\"N\":\"1\"}},"
                 "{\"pk\":{\"S\":\"ORDER#1\"},\"at\":{\"N\":\"1\"},"
                 "\"status\":{\"S\":\"done\"},\"v\":{\"N\":\"8\"}},null]");
}

TEST(batch_write, takes_typed_json_and_either_list_alone)
{
    DM_AUTO(dm_app) *app = opened();
    expect_written(app,
                   "{\"put\":[{\"pk\":{\"S\":\"ORDER#4\"},\"at\":{\"N\":\"1\"},\"b\":{"
                   "\"B\":\"AA==\"}}]}",
                   DM_TYPED,
                   "{\"put\":1,\"delete\":0,\"unprocessed\":{\"put\":[],\"delete\":[]}}");
    expect_items(app,
                 "{\"keys\":[{\"pk\":{\"S\":\"ORDER#4\"},\"at\":{\"N\":\"1\"}}],"
                 "\"attributes_to_get\":\"b\"}",
                 DM_TYPED, "[{\"b\":{\"B\":\"AA==\"}}]");
    expect_written(
        app, "{\"delete\":[{\"pk\":{\"S\":\"ORDER#4\"},\"at\":{\"N\":\"1\"}}]}", DM_TYPED,
        "{\"put\":0,\"delete\":1,\"unprocessed\":{\"put\":[],\"delete\":[]}}");
    expect_written(app, "{\"put\":[]}", DM_PLAIN,
                   "{\"put\":0,\"delete\":0,\"unprocessed\":{\"put\":[],\"delete\":[]}}");
}

TEST(batch_write, writes_more_than_one_request_holds)
{
    DM_AUTO(dm_app) *app = opened();
    DM_AUTO_DONE(dm_buf) document;
    buf_init(&document, 1 << 20);
    buf_add_str(&document, STR("{\"put\":["));
    for (int i = 0; i < 260; i++)
        buf_printf(&document, "%s{\"pk\":\"new\",\"at\":%d}", i ? "," : "", i);
    buf_add_str(&document, STR("],\"delete\":[{\"pk\":\"1\",\"at\":1}]}"));
    buf_add_char(&document, '\0');
    expect_written(
        app, document.ptr, DM_PLAIN,
        "{\"put\":260,\"delete\":1,\"unprocessed\":{\"put\":[],\"delete\":[]}}");
    expect_items(app,
                 "{\"keys\":[{\"pk\":\"new\",\"at\":259},{\"pk\":\"1\",\"at\":1}],"
                 "\"attributes_to_get\":\"at\"}",
                 DM_PLAIN, "[{\"at\":259},null]");
}

static void refuse_write(struct dm_app *app, const char *model, const char *document,
                         enum dm_code code, const char *message)
{
    struct dm_written *written = NULL;
    struct dm_error err = {0};
    struct dm_batch asked = batch(document, DM_PLAIN);
    cr_assert_eq(dm_batch_write(app, model, &asked, &written, &err), code, "%s",
                 err.message);
    cr_assert_str_eq(err.message, message);
    cr_assert_null(written);
}

TEST(batch_write, names_what_is_wrong_before_anything_is_written)
{
    DM_AUTO(dm_app) *app = opened();
    refuse_write(app, "orders", "{}", DM_E_INVALID,
                 "expected {\"put\": [ITEM, …], \"delete\": [KEY, …]}");
    refuse_write(
        app, "orders",
        "{\"put\":[{\"pk\":\"5\",\"at\":1},{\"pk\":\"5\",\"at\":2,\"tags\":\"x\"}]}",
        DM_E_INVALID_ITEM,
        "put[1]: attribute \"tags\" must be an array of strings, at least one and no two "
        "equal: got a string");
    refuse_write(app, "orders", "{\"delete\":[{\"pk\":\"5\"}]}", DM_E_INVALID_KEY,
                 "delete[0]: key \"at\" is missing");
    refuse_write(app, "orders",
                 "{\"put\":[{\"pk\":\"5\",\"at\":2},{\"pk\":\"5\",\"at\":1}],"
                 "\"delete\":[{\"pk\":\"6\",\"at\":1},{\"pk\":\"5\",\"at\":1.0}]}",
                 DM_E_INVALID_KEY, "put[1] and delete[1] have the same key");
    refuse_write(app, "open", "{\"put\":[]}", DM_E_FORBIDDEN,
                 "model \"open\" does not allow writing");
    refuse_write(app, "strict", "{\"put\":[]}", DM_E_FORBIDDEN,
                 "model \"strict\" demands conditions, and a batch has none");
    expect_items(app, "{\"keys\":[{\"pk\":\"5\",\"at\":1}]}", DM_PLAIN, "[null]");
}

TEST(batch_write, counts_the_version_as_part_of_the_item)
{
    enum { FITS_WITHOUT = 400 * 1024 - 25 };
    static char document[400 * 1024 + 64];
    DM_AUTO(dm_app) *app = opened();
    int start =
        snprintf(document, sizeof document, "{\"put\":[{\"pk\":\"5\",\"at\":1,\"x\":\"");
    memset(document + start, 'x', FITS_WITHOUT);
    snprintf(document + start + FITS_WITHOUT, 8, "\"}]}");
    refuse_write(app, "orders", document, DM_E_TOO_LARGE,
                 "put[0]: the item is 409602 bytes: DynamoDB takes 409600");
}

static void write_or_fail(struct dm_app *app)
{
    DM_AUTO(dm_written) *written = NULL;
    struct dm_error err = {0};
    struct dm_batch asked = batch(
        "{\"put\":[{\"pk\":\"1\",\"at\":1,\"x\":1.0}],\"delete\":[{\"pk\":\"2\",\"at\":"
        "1}]}",
        DM_PLAIN);
    enum dm_code code = dm_batch_write(app, "orders", &asked, &written, &err);
    char *text = NULL;
    if (code == DM_OK)
        code = dm_written_json(written, &text, NULL, &err);
    dm_free(text);
    cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
}

TEST(batch_write, survives_each_allocation_failing)
{
    DM_AUTO(dm_app) *app = opened();
    write_or_fail(app);
    WITH_EACH_ALLOCATION_FAILING write_or_fail(app);
}

/* --- both --- */

static void never_items(enum dm_code code, struct dm_items *items,
                        const struct dm_error *err, void *ctx)
{
    (void)code, (void)items, (void)err, (void)ctx;
    cr_assert_fail("it was cancelled");
}

static void never_written(enum dm_code code, struct dm_written *written,
                          const struct dm_error *err, void *ctx)
{
    (void)code, (void)written, (void)err, (void)ctx;
    cr_assert_fail("it was cancelled");
}

TEST(batch, can_be_cancelled)
{
    DM_AUTO(dm_app) *app = opened();
    struct dm_error err = {0};
    struct dm_call *call = NULL;
    struct dm_batch keys = batch("{\"keys\":[{\"pk\":\"1\",\"at\":1}]}", DM_PLAIN);
    struct dm_batch none = batch("{\"keys\":[]}", DM_PLAIN);
    struct dm_batch puts = batch("{\"put\":[{\"pk\":\"1\",\"at\":1}]}", DM_PLAIN);
    assert_ok(dm_batch_get_async(app, "orders", &keys, never_items, NULL, &call, &err),
              err);
    dm_call_cancel(call);
    assert_ok(dm_batch_get_async(app, "orders", &none, never_items, NULL, &call, &err),
              err);
    dm_call_cancel(call);
    assert_ok(
        dm_batch_write_async(app, "orders", &puts, never_written, NULL, &call, &err),
        err);
    dm_call_cancel(call);
    expect_items(app, "{\"keys\":[]}", DM_PLAIN, "[]");
    assert_ok(dm_batch_get_async(app, "orders", &keys, never_items, NULL, NULL, &err),
              err);
    assert_ok(dm_batch_write_async(app, "orders", &puts, never_written, NULL, NULL, &err),
              err);
}
