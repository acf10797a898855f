/* Lines of the access log. */
#include "daemon/log/access_format.h"

#include <jansson.h>
#include <stdio.h>

#include "support/test.h"

static struct access_record some_record(void)
{
    return (struct access_record){
        .wall_ms = 1700000000123,
        .remote_addr = STR("127.0.0.1"),
        .method = STR("GET"),
        .target = STR("/models/todo/1?message=x"),
        .protocol = STR("HTTP/1.1"),
        .request_id = STR("r-1"),
        .app = STR("app"),
        .model = STR("todo"),
        .operation = STR("getItem"),
        .status = 200,
        .body_bytes = 42,
        .total_us = 1234567,
        .upstream_us = 999,
    };
}

static void expect(const char *format, const struct access_record *record,
                   const char *expected)
{
    struct dm_error err;
    char text[ACCESS_LINE_MAX];
    const struct access_format *parsed = NULL;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 65536);
    assert_ok(access_format_parse(dm_str(format), &arena, &parsed, &err), err);
    struct dm_str written = {text, access_format_write(parsed, record, text)};
    assert_str(written, expected);
}

TEST(access_format, common)
{
    struct access_record record = some_record();
    expect("common", &record,
           "127.0.0.1 - - [14/Nov/2023:22:13:20 +0000] "
           "\"GET /models/todo/1?message=x HTTP/1.1\" 200 42\n");
}

TEST(access_format, json)
{
    struct access_record record = some_record();
    expect("json", &record,
           "{\"time\":\"2023-11-14T22:13:20.123Z\",\"remote_addr\":\"127.0.0.1\","
           "\"method\":\"GET\",\"uri\":\"/models/todo/1?message=x\","
           "\"protocol\":\"HTTP/1.1\",\"status\":200,\"body_bytes_sent\":42,"
           "\"request_time\":1.234567,\"upstream_time\":0.000999,"
           "\"request_id\":\"r-1\",\"app\":\"app\",\"model\":\"todo\","
           "\"operation\":\"getItem\"}\n");
}

TEST(access_format, each_variable)
{
    struct access_record record = some_record();
    record.problem = STR("item-not-found");
    expect("$time_iso8601|$time_local|$remote_addr|$request|$request_method|$request_uri|"
           "$path|$server_protocol|$status|$body_bytes_sent|$request_time|$upstream_time|"
           "$request_id|$app|$model|$operation|$problem",
           &record,
           "2023-11-14T22:13:20.123Z|14/Nov/2023:22:13:20 +0000|127.0.0.1|"
           "GET /models/todo/1?message=x HTTP/1.1|GET|/models/todo/1?message=x|"
           "/models/todo/1|HTTP/1.1|200|42|1.234567|0.000999|r-1|app|todo|getItem|"
           "item-not-found\n");
}

TEST(access_format, names_end_where_they_must)
{
    struct access_record record = some_record();
    expect("$app.$model-${app}s $$1 \t$status", &record, "app.todo-apps $1 \t200\n");
}

TEST(access_format, what_there_is_not_is_a_dash)
{
    struct access_record record = some_record();
    record.model = record.problem = (struct dm_str){NULL, 0};
    expect("$model $problem", &record, "- -\n");
}

TEST(access_format, client_that_left_before_its_answer_is_499)
{
    struct access_record record = some_record();
    record.status = 0;
    expect("$status", &record, "499\n");
}

TEST(access_format, what_a_client_sends_ends_neither_line_nor_quotes)
{
    struct access_record record = some_record();
    record.target = STR("/a\"b\\c\r\n127.0.0.1 - -\x1b[31m\xc3\xa9\xff");
    expect("\"$request\"", &record,
           "\"GET /a\\\"b\\\\c\\x0d\\x0a127.0.0.1 - -\\x1b[31m\\xc3\\xa9\\xff "
           "HTTP/1.1\"\n");
    record = (struct access_record){.target = record.target};
    expect(
        "json", &record,
        "{\"time\":\"1970-01-01T00:00:00.000Z\","
        "\"uri\":\"/a\\\"b\\\\c\\u000d\\u000a127.0.0.1 - -\\u001b[31m\xc3\xa9\\ufffd\","
        "\"status\":499,\"body_bytes_sent\":0,\"request_time\":0.000000,"
        "\"upstream_time\":0.000000}\n");
}

static json_t *read_back(const struct access_record *record)
{
    char text[ACCESS_LINE_MAX];
    struct dm_error err;
    const struct access_format *json = NULL;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 65536);
    assert_ok(access_format_parse(STR("json"), &arena, &json, &err), err);
    size_t len = access_format_write(json, record, text);
    json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    cr_assert(document, "%.*s", (int)len, text);
    cr_assert_eq(json_integer_value(json_object_get(document, "status")), 200);
    cr_assert_eq(json_real_value(json_object_get(document, "request_time")), 1.234567);
    return document;
}

TEST(access_format, longest_values_fit_in_json)
{
    static char huge[16 * 1024];
    struct access_record record = some_record();
    memset(huge, '\x01', sizeof huge);
    record.target = (struct dm_str){huge, sizeof huge};
    record.request_id = (struct dm_str){huge, 128};
    record.model = record.app = record.operation = (struct dm_str){huge, 255};
    json_t *document = read_back(&record);
    cr_assert_eq(json_string_length(json_object_get(document, "uri")), 4096 / 6);
    cr_assert_eq(json_string_length(json_object_get(document, "model")), 255);
    cr_assert_eq(json_string_length(json_object_get(document, "operation")), 255);
    json_decref(document);
}

/* Wherever the room ends. */
TEST(access_format, json_is_whole_whatever_is_in_it)
{
    static char huge[16 * 1024];
    struct access_record record = some_record();
    memset(huge, 'a', sizeof huge);
    struct dm_str all = {huge, sizeof huge};
    record.remote_addr = record.method = record.target = all;
    record.app = record.model = record.operation = record.problem = all;
    record.principal = all;
    for (size_t len = 0; len < 4096; len++) {
        record.protocol = (struct dm_str){huge, len};
        record.request_id = (struct dm_str){huge, 4096 - len};
        json_decref(read_back(&record));
    }
}

TEST(access_format, line_that_is_too_long_is_cut)
{
    static char huge[16 * 1024], text[ACCESS_LINE_MAX];
    struct dm_error err;
    const struct access_format *format = NULL;
    struct access_record record = some_record();
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 65536);
    memset(huge, 'a', sizeof huge);
    record.target = (struct dm_str){huge, sizeof huge};
    assert_ok(
        access_format_parse(STR("$path$path$path$path$path"), &arena, &format, &err),
        err);
    size_t len = access_format_write(format, &record, text);
    cr_assert_eq(len, ACCESS_LINE_MAX);
    cr_assert_eq(text[len - 1], '\n');
}

static void refuse(struct dm_str format)
{
    struct dm_error err;
    const struct access_format *parsed = NULL;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 65536);
    cr_assert_eq(access_format_parse(format, &arena, &parsed, &err), DM_E_CONFIG, "%.*s",
                 STR_ARG(format));
    cr_assert(strstr(err.message, "$request_uri"), "%s", err.message);
    cr_assert(strstr(err.message, "$problem"), "%s", err.message);
}

TEST(access_format, what_is_no_format_is_refused)
{
    refuse(STR(""));
    refuse(STR("$"));
    refuse(STR("$nothing"));
    refuse(STR("${app"));
    refuse(STR("${app }"));
    refuse(STR("${}"));
    refuse(STR("$status\n$status"));
    refuse(STR("$status\x7f"));
}

TEST(access_format, does_without_memory)
{
    struct dm_error err;
    WITH_EACH_ALLOCATION_FAILING
    {
        const struct access_format *parsed = NULL;
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 65536);
        if (access_format_parse(STR("$app $model"), &arena, &parsed, &err))
            cr_assert_eq(err.code, DM_E_NOMEM);
    }
}
