/* Writes of the tests, each ending as one line: "created {…}", "ok -", "item-exists {…}".
 */
#ifndef DYNAMOD_TESTS_WRITE_FIXTURE_H
#define DYNAMOD_TESTS_WRITE_FIXTURE_H

#include "app_fixture.h"
#include "model/outcome.h"

/* Models of every kind, on an embedded store. */
static inline struct dm_app *opened(void)
{
    static const char config[] =
        "dynamodb = { host = \"sqlite::memory:\"; };\n"
        "models = {\n"
        "  notes = { hash_key = \"id\"; allow = [ \"read\", \"write\" ];\n"
        "    attributes = { id = \"S\"; tags = \"SS\"; data = \"json\"; at = "
        "\"utc_datetime\"; }; };\n"
        "  strict = { hash_key = \"id\"; allow = [ \"read\", \"write\" ]; "
        "require_if_match = "
        "true;\n"
        "    attributes = { id = \"S\"; }; required = [ \"name\" ];\n"
        "    defaults = { state = \"new\"; }; message = \"no {hash}\"; };\n"
        "  counted = { hash_key = \"id\"; allow = [ \"read\", \"write\" ];\n"
        "    attributes = { id = \"S\"; rev = \"version\"; }; };\n"
        "  fading = { hash_key = \"id\"; allow = [ \"read\", \"write\" ]; seed = "
        "\"items.jsonl\";\n"
        "    attributes = { id = \"S\"; until = \"ttl\"; rev = \"version\"; }; };\n"
        "  orders = { hash_key = { name = \"pk\"; template = \"CUST#{}\"; }; range_key = "
        "\"n\";\n"
        "    attributes = { n = \"N\"; }; allow = [ \"read\", \"write\" ]; };\n"
        "  blobs = { hash_key = \"id\"; attributes = { id = \"B\"; }; allow = [ "
        "\"write\" ]; "
        "};\n"
        "  shut = { hash_key = \"id\"; attributes = { id = \"S\"; }; };\n"
        "};\n";

    static const char seed[] = "{\"id\":\"old\",\"until\":1,\"rev\":7,\"left\":1}\n"
                               "{\"id\":\"new\",\"until\":9999999999,\"rev\":7}\n";
    return app_opened(config, seed);
}

/* The last one's. */
struct write_result {
    char text[1024];
    char key[128]; /* "hash" or "hash/range" */
    struct dm_error err;
};

static inline void write_down_key(struct write_result *result,
                                  const struct dm_outcome *outcome)
{
    struct dm_str hash = dm_outcome_hash_key(outcome);
    struct dm_str range = dm_outcome_range_key(outcome);
    snprintf(result->key, sizeof result->key, range.ptr ? "%.*s/%.*s" : "%.*s",
             STR_ARG(hash), STR_ARG(range));
}

/* Uses the outcome up. */
static inline const char *write_down(struct write_result *result, enum dm_code code,
                                     struct dm_outcome *outcome)
{
    char *json = NULL;
    struct dm_error err = {0};
    const struct dm_item *item = outcome ? dm_outcome_item(outcome) : NULL;
    const char *how = outcome && dm_outcome_created(outcome) ? "created" : "ok";
    if (item)
        assert_ok(dm_item_json(item, DM_PLAIN, &json, NULL, &err), err);
    if (outcome)
        write_down_key(result, outcome);
    snprintf(result->text, sizeof result->text, "%s %s", code ? dm_code_name(code) : how,
             json ? json : "-");
    dm_free(json);
    dm_outcome_free(outcome);
    return result->text;
}

static inline const char *put(struct dm_app *app, const char *model,
                              const struct dm_put *asked, struct write_result *result)
{
    struct dm_outcome *outcome;
    result->err = (struct dm_error){0};
    enum dm_code code = dm_put(app, model, asked, &outcome, &result->err);
    return write_down(result, code, outcome);
}

static inline const char *update(struct dm_app *app, const char *model,
                                 const struct dm_update *asked,
                                 struct write_result *result)
{
    struct dm_outcome *outcome;
    result->err = (struct dm_error){0};
    enum dm_code code = dm_update(app, model, asked, &outcome, &result->err);
    return write_down(result, code, outcome);
}

static inline const char *delete (struct dm_app *app, const char *model,
                                  const struct dm_delete *asked,
                                  struct write_result *result)
{
    struct dm_outcome *outcome;
    result->err = (struct dm_error){0};
    enum dm_code code = dm_delete(app, model, asked, &outcome, &result->err);
    return write_down(result, code, outcome);
}

#define PUT(app, model, expected, ...)                                                   \
    cr_assert_str_eq(put(app, model, &(struct dm_put){__VA_ARGS__}, &result), expected,  \
                     "%s: %s", result.text, result.err.message)
#define UPDATE(app, model, expected, ...)                                                \
    cr_assert_str_eq(update(app, model, &(struct dm_update){__VA_ARGS__}, &result),      \
                     expected, "%s: %s", result.text, result.err.message)
#define DELETE(app, model, expected, ...)                                                \
    cr_assert_str_eq(delete (app, model, &(struct dm_delete){__VA_ARGS__}, &result),     \
                     expected, "%s: %s", result.text, result.err.message)

/* The item as it is stored, as DynamoDB JSON; "" when there is none. */
static inline void stored(struct dm_app *app, const char *model, const char *hash,
                          const char *range, const char *expected)
{
    char *json = NULL;
    struct dm_error err = {0};
    DM_AUTO(dm_item) *item = NULL;
    struct dm_get get = {.hash_key = dm_str(hash), .range_key = dm_str(range)};
    enum dm_code code = dm_get_or_404(app, model, &get, &item, &err);
    if (code == DM_E_NOT_FOUND) {
        cr_assert_str_eq("", expected);
        return;
    }
    assert_ok(code, err);
    assert_ok(dm_item_json(item, DM_TYPED, &json, NULL, &err), err);
    cr_assert_str_eq(json, expected, "%s", json);
    dm_free(json);
}

/* The item's tag, dm_free() it. */
static inline char *tag_of(struct dm_app *app, const char *model, const char *hash,
                           enum dm_format format)
{
    char *tag = NULL;
    struct dm_error err = {0};
    DM_AUTO(dm_item) *item = NULL;
    struct dm_get get = {.hash_key = dm_str(hash)};
    assert_ok(dm_get_or_404(app, model, &get, &item, &err), err);
    assert_ok(dm_item_etag(item, format, &tag, &err), err);
    return tag;
}

#endif
