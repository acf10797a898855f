/* The JSON of credentials: what is read, what is refused, and with which words. */
#include "aws/cred_json.h"
#include "support/test.h"

enum { MEMORY = 64 * 1024 };

static struct cred_json read_json(const char *text, struct arena *arena)
{
    struct dm_error err = {0};
    struct cred_json json;
    assert_ok(cred_json_read("test", dm_str(text), arena, &json, &err), err);
    return json;
}

TEST(cred_json, is_read_as_each_service_writes_it)
{
    static const struct {
        const char *text, *id, *secret, *token, *version, *code, *message;
        int64_t expires_ms;
    } cases[] = {
        {"{\"Code\":\"Success\",\"LastUpdated\":\"2024-01-02T00:00:00Z\","
         "\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
         "\"Token\":\"t\",\"Expiration\":\"2024-01-02T03:04:05Z\"}",
         "A", "s", "t", "", "Success", "", 1704164645000},
        {"{\"RoleArn\":\"arn:aws:iam::1:role/r\",\"AccessKeyId\":\"A\","
         "\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"AccountId\":\"1\","
         "\"Expiration\":\"2024-01-02T04:04:05+01:00\"}",
         "A", "s", "t", "", "", "", 1704164645000},
        {" {\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"s\"}\n", "A",
         "s", "", "1", "", "", 0},
        {"{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
         "\"SessionToken\":\"t\",\"Expiration\":null}",
         "A", "s", "t", "1", "", "", 0},
        {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\\/\\u0041\",\"Token\":\"\"}",
         "A", "s/A", "", "", "", "", 0},
        {"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"no\","
         "\"LastUpdated\":{\"deep\":[1,{}]}}",
         "", "", "", "", "AssumeRoleUnauthorizedAccess", "no", 0},
        {"{\"AccessKeyId\":\"A\",\"AccessKeyId\":\"B\"}", "B", "", "", "", "", "", 0},
        {"{\"Expiration\":\"1970-01-01T00:00:00Z\"}", "", "", "", "", "", "", 1},
        {"{}", "", "", "", "", "", "", 0},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, MEMORY);
        struct cred_json json = read_json(cases[i].text, &arena);
        assert_str(json.keys.access_key_id, cases[i].id);
        assert_str(json.keys.secret_access_key, cases[i].secret);
        assert_str(json.keys.session_token, cases[i].token);
        assert_str(json.version, cases[i].version);
        assert_str(json.code, cases[i].code);
        assert_str(json.message, cases[i].message);
        cr_assert_eq(json.keys.expires_ms, cases[i].expires_ms);
    }
}

TEST(cred_json, is_refused_without_a_word_of_it)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "test: not the JSON of credentials: byte 0: expected an object"},
        {"<html>", "test: not the JSON of credentials: byte 0: expected an object"},
        {"[]", "test: not the JSON of credentials: byte 0: expected an object"},
        {"{\"AccessKeyId\":\"A\",\"SecretAcc",
         "test: not the JSON of credentials: byte 29: a string without an end"},
        {"{\"AccessKeyId\":7}",
         "test: not the JSON of credentials: byte 15: expected a string"},
        {"{\"Version\":\"1\"}",
         "test: not the JSON of credentials: byte 11: expected a number"},
        {"{} {}", "test: not the JSON of credentials: byte 3: expected nothing more"},
        {"{\"Expiration\":\"soon\"}", "test: Expiration is no time"},
        {"{\"Expiration\":\"2024-13-01T00:00:00Z\"}", "test: Expiration is no time"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        struct cred_json json = {.code = STR("as it was")};
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, MEMORY);
        cr_assert_eq(cred_json_read("test", dm_str(cases[i].text), &arena, &json, &err),
                     DM_E_CREDENTIALS);
        assert_str(dm_str(err.message), cases[i].message);
        assert_str(json.code, "as it was");
    }
}

/* What a load was answered. */
struct answer {
    struct cred_load load;
    unsigned times;
    enum load_end end;
    char message[sizeof((struct dm_error *)0)->message];
};

static void note_answer(struct cred_load *load, enum load_end end,
                        struct credentials *found, const struct dm_error *err)
{
    struct answer *answer = DM_CONTAINER(load, struct answer, load);
    answer->times++;
    answer->end = end;
    if (found)
        credentials_done(found);
    if (err)
        memcpy(answer->message, err->message, sizeof answer->message);
}

static void assert_answer(const char *text, enum load_end end, const char *message)
{
    struct answer answer = {.load = {note_answer}};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, MEMORY);
    struct cred_json json = read_json(text, &arena);
    cred_json_answer(&json, "test", &answer.load);
    cr_assert_eq(answer.times, 1);
    cr_assert_eq(answer.end, end);
    assert_str(dm_str(answer.message), message);
}

TEST(cred_json, answers_with_keys_or_says_what_is_missing)
{
    assert_answer("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}", LOAD_DONE, "");
    assert_answer("{}", LOAD_FAILED, "test: the answer has no AccessKeyId");
    assert_answer("{\"SecretAccessKey\":\"s\",\"Token\":\"t\"}", LOAD_FAILED,
                  "test: the answer has no AccessKeyId");
    assert_answer("{\"AccessKeyId\":\"A\",\"SecretAccessKey\":null}", LOAD_FAILED,
                  "test: the answer has no SecretAccessKey");
    assert_answer("{\"Code\":\"Failed\",\"Message\":\"not trusted\"}", LOAD_FAILED,
                  "test: Failed: not trusted");
    assert_answer("{\"Code\":\"Failed\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}",
                  LOAD_FAILED, "test: Failed: no reason given");
    assert_answer("{\"AccessKeyId\":\"A B\",\"SecretAccessKey\":\"s\"}", LOAD_FAILED,
                  "test: the access key id holds a blank, a line end or another "
                  "character that no key has");
}

TEST(cred_json, shows_no_more_of_a_long_message_than_whole_characters)
{
    char text[700] = "{\"Code\":\"F\",\"Message\":\"x", expected[300] = "test: F: x";
    for (size_t i = 0; i < 200; i++)
        memcpy(text + strlen(text), "\xc3\xa9", 2);
    memcpy(text + strlen(text), "\"}", 2);
    for (size_t i = 0; i < 127; i++)
        memcpy(expected + strlen(expected), "\xc3\xa9", 2);
    assert_answer(text, LOAD_FAILED, expected);
}

TEST(cred_json, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct cred_json json;
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, MEMORY);
        enum dm_code code = cred_json_read("test", STR("{\"AccessKeyId\":\"\\u0041\"}"),
                                           &arena, &json, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
