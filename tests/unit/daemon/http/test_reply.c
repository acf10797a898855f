/* What an item becomes: its representations, its raw values, its entity tag. */
#include "daemon/http/problem.h"
#include "reply_fixture.h"

static const char book[] =
    "{\"id\":{\"S\":\"1\"},\"size\":{\"N\":\"1.50\"},\"gone\":{\"NULL\":true},"
    "\"yes\":{\"BOOL\":true},\"bytes\":{\"B\":\"AAH/\"},\"words\":{\"SS\":[\"a\",\"b\"]},"
    "\"trip\":{\"M\":{\"at\":{\"S\":\"2024-01-02T03:04:05.000006+0000\"}}},"
    "\"when\":{\"S\":\"2024-01-02T03:04:05.000006+0000\"},"
    "\"odd.\\\"name\":{\"S\":\"odd\"},"
    "\"shelf\":{\"M\":{\"rows\":{\"L\":[{\"N\":\"7\"},{\"S\":\"x\"}]}}}}";

static enum dm_code make_item(const char *json, struct dm_item **ret_item,
                              struct dm_error *err)
{
    static const struct attribute dates[] = {
        {.name = {"when", 4}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
        {.name = {"trip", 4}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    };
    DM_AUTO(attributes) *attributes = NULL;
    DM_TRY(attributes_new(dates, 2, &attributes, err));
    DM_AUTO(dm_item) *item = item_new(attributes);
    if (!item)
        return error_nomem(err);
    DM_TRY(fixture_value(json, &item->arena, &item->value, err));
    *ret_item = DM_TAKE(item);
    return DM_OK;
}

static enum dm_code parse_raw(struct exchange *exchange, const char *path,
                              struct dm_error *err)
{
    exchange->parameters.raw = dm_str(path);
    return raw_parse(dm_str(path), &exchange->arena, &exchange->raw, err);
}

static void reply_book(struct reply_fixture *fixture)
{
    struct dm_error err = {0};
    DM_AUTO(dm_item) *item = NULL;
    assert_ok(make_item(book, &item, &err), err);
    buf_reset(&fixture->exchange->reply.body);
    reply_item(fixture->exchange, item);
}

static void expect_raw(const char *path, unsigned status, const char *type,
                       struct dm_str body)
{
    struct dm_error err = {0};
    struct reply_fixture fixture;
    assert_ok(fixture_begin(&fixture, "/m/1", &err), err);
    assert_ok(parse_raw(fixture.exchange, path, &err), err);
    reply_book(&fixture);
    struct reply *reply = &fixture.exchange->reply;
    cr_assert_eq(reply->status, status, "%s: %u", path, reply->status);
    cr_assert_str_eq(reply->content_type, type);
    cr_assert_eq(*reply->etag.text != '\0', status == 200);
    if (status == 200)
        cr_assert(str_equal(fixture_body(&fixture), body), "%s", path);
    fixture_end(&fixture);
}

TEST(reply, of_a_raw_value_is_bare)
{
    const char *text = "text/plain; charset=utf-8";
    expect_raw("id", 200, text, STR("1"));
    expect_raw("size", 200, text, STR("1.50"));
    expect_raw("gone", 200, text, STR("null"));
    expect_raw("yes", 200, text, STR("true"));
    expect_raw("bytes", 200, "application/octet-stream", STR("\0\1\xff"));
    expect_raw("words", 200, text, STR("[\"a\",\"b\"]"));
    expect_raw("when", 200, text, STR("2024-01-02T03:04:05.000006Z"));
    expect_raw("trip.at", 200, text, STR("2024-01-02T03:04:05.000006+0000"));
    expect_raw("shelf", 200, text, STR("{\"rows\":[7,\"x\"]}"));
    expect_raw("shelf.rows[1]", 200, text, STR("x"));
    expect_raw("\"odd.\\\"name\"", 200, text, STR("odd"));
    expect_raw("none", 404, "application/problem+json", STR(""));
    expect_raw("shelf.rows[2]", 404, "application/problem+json", STR(""));
    expect_raw("id.id", 404, "application/problem+json", STR(""));
}

TEST(reply, of_a_raw_value_needs_its_path_up_to_the_first_index)
{
    static const struct {
        const char *path, *projection;
    } cases[] = {
        {"a", "\"a\""},
        {"a.b", "\"a\".\"b\""},
        {"a.b[2].c", "\"a\".\"b\""},
        {"a[0]", "\"a\""},
        {"\"a.\\\"b\\\\\"", "\"a.\\\"b\\\\\""},
    };
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 16 * 1024);
    struct dm_error err = {0};
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct raw raw;
        assert_ok(raw_parse(dm_str(cases[i].path), &arena, &raw, &err), err);
        assert_str(raw.attributes_to_get, cases[i].projection);
    }
}

TEST(reply, of_a_raw_value_needs_one_path)
{
    const char *const refused[] = {"a,b", "a b", "a.", ".a", "a[x]", "\"a", "[0]"};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 16 * 1024);
    struct dm_error err = {0};
    struct raw raw;
    for (size_t i = 0; i < DM_COUNT(refused); i++)
        cr_assert_eq(raw_parse(dm_str(refused[i]), &arena, &raw, &err),
                     (enum dm_code)PROBLEM_INVALID_PARAMETER, "%s", refused[i]);
}

/* With its quotes; they make 2100 backslashes twice as long. */
TEST(reply, of_a_raw_value_needs_a_path_of_an_expression_s_length)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 64 * 1024);
    struct dm_error err = {0};
    struct raw raw;
    char path[4097];
    memset(path, 'a', sizeof path);
    assert_ok(raw_parse((struct dm_str){path, 4094}, &arena, &raw, &err), err);
    cr_assert_eq(raw_parse((struct dm_str){path, 4095}, &arena, &raw, &err),
                 (enum dm_code)PROBLEM_INVALID_PARAMETER);
    cr_assert_str_eq(err.message, "raw is longer than 4096 bytes");
    cr_assert_eq(raw_parse((struct dm_str){path, 4097}, &arena, &raw, &err),
                 (enum dm_code)PROBLEM_INVALID_PARAMETER);
    memset(path, '\\', sizeof path);
    cr_assert_eq(raw_parse((struct dm_str){path, 2100}, &arena, &raw, &err),
                 (enum dm_code)PROBLEM_INVALID_PARAMETER);
}

TEST(reply, of_an_item_has_a_tag_for_each_representation)
{
    struct dm_error err = {0};
    struct reply_fixture fixture;
    assert_ok(fixture_begin(&fixture, "/m/1", &err), err);
    struct reply *reply = &fixture.exchange->reply;
    reply_book(&fixture);
    cr_assert_eq(reply->status, 200);
    cr_assert_str_eq(reply->content_type, "application/json");
    cr_assert(str_starts(fixture_body(&fixture), STR("{\"id\":\"1\",\"size\":1.50,")));
    cr_assert(str_ends(fixture_body(&fixture), STR("}\n")));
    struct etag plain = reply->etag;

    fixture.exchange->representation = REPRESENT_TYPED;
    reply_book(&fixture);
    cr_assert_str_eq(reply->content_type, "application/x-amz-json-1.0");
    cr_assert(str_starts(fixture_body(&fixture), STR("{\"id\":{\"S\":\"1\"},")));
    cr_assert_str_neq(reply->etag.text, plain.text);
    fixture_end(&fixture);
}

static void expect_conditional(unsigned method, bool if_match, bool matches,
                               unsigned status)
{
    struct dm_error err = {0};
    struct reply_fixture fixture;
    assert_ok(fixture_begin(&fixture, "/m/1", &err), err);
    struct exchange *exchange = fixture.exchange;
    reply_book(&fixture);
    struct etag etag = exchange->reply.etag;

    exchange->method = method;
    struct head_field *field =
        if_match ? &exchange->head.if_match : &exchange->head.if_none_match;
    *field = (struct head_field){1, matches ? dm_str(etag.text) : STR("\"other\"")};
    reply_book(&fixture);
    cr_assert_eq(exchange->reply.status, status);
    cr_assert_str_eq(exchange->reply.etag.text, etag.text);
    cr_assert_eq(exchange->reply.content_type == NULL, status == 304);
    if (status == 304) /* tells the length that the body would have */
        cr_assert(str_ends(fixture_body(&fixture), STR("}\n")));
    fixture_end(&fixture);
}

TEST(reply, of_an_item_follows_the_requests_preconditions)
{
    expect_conditional(METHOD_GET, false, true, 304);
    expect_conditional(METHOD_HEAD, false, true, 304);
    expect_conditional(METHOD_POST, false, true, 412);
    expect_conditional(METHOD_GET, false, false, 200);
    expect_conditional(METHOD_GET, true, true, 200);
    expect_conditional(METHOD_GET, true, false, 412);
}

TEST(reply, of_an_item_survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct reply_fixture fixture;
        DM_AUTO(dm_item) *item = NULL;
        if (fixture_begin(&fixture, "/m/1", &err) == DM_OK &&
            parse_raw(fixture.exchange, "shelf.rows[0]", &err) == DM_OK &&
            make_item(book, &item, &err) == DM_OK) {
            reply_item(fixture.exchange, item);
            cr_assert_eq(fixture.exchange->reply.status, mem_failed() ? 503 : 200);
        }
        fixture_end(&fixture);
    }
}
