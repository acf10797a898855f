/* The header fields that frame a request. */
#include "daemon/http/head.h"
#include "daemon/http/problem.h"
#include "support/test.h"

/* The code of a request with these fields, "name: value" each, NULL at the end. */
static enum dm_code check(bool is_http_1_0, const char *const *lines)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct dm_error err = {0};
    struct head head = {.is_http_1_0 = is_http_1_0};
    for (; *lines; lines++) {
        struct dm_str value = dm_str(*lines);
        struct dm_str name = str_split(&value, ':');
        assert_ok(head_add(&head, name, str_trim(value), &arena, &err), err);
    }
    return head_check(&head, &err);
}

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

TEST(head, frames_a_request_in_one_way)
{
    cr_assert_eq(check(false, FIELDS("Host: x")), DM_OK);
    cr_assert_eq(check(false, FIELDS("HOST: x", "Accept: */*", "Other: y")), DM_OK);
    cr_assert_eq(check(false, FIELDS("Host: x", "Content-Length: 0")), DM_OK);
    cr_assert_eq(check(false, FIELDS("Host: x", "Content-Length: 262144")), DM_OK);
    cr_assert_eq(check(false, FIELDS("Host: x", "Transfer-Encoding: Chunked")), DM_OK);
    cr_assert_eq(check(true, FIELDS("Accept: */*")), DM_OK);
}

TEST(head, that_frames_a_request_in_two_ways_is_refused)
{
    const char *const *const refused[] = {
        FIELDS("Accept: */*"),
        FIELDS("Host: x", "Host: x"),
        FIELDS("Host: x", "Content-Length: 1", "Content-Length: 1"),
        FIELDS("Host: x", "Content-Length: 1", "Transfer-Encoding: chunked"),
        FIELDS("Host: x", "Transfer-Encoding: chunked", "Content-Length: 1"),
        FIELDS("Host: x", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        FIELDS("Host: x", "Transfer-Encoding: gzip, chunked"),
        FIELDS("Host: x", "Transfer-Encoding: identity"),
        FIELDS("Host: x", "Transfer-Encoding:"),
    };
    for (size_t i = 0; i < DM_COUNT(refused); i++)
        cr_assert_eq(check(false, refused[i]), (enum dm_code)PROBLEM_MALFORMED_REQUEST,
                     "case %zu", i);
    cr_assert_eq(check(true, FIELDS("Transfer-Encoding: chunked")),
                 (enum dm_code)PROBLEM_MALFORMED_REQUEST);
    cr_assert_eq(check(true, FIELDS("Host: x", "Host: y")),
                 (enum dm_code)PROBLEM_MALFORMED_REQUEST);
}

static enum dm_code check_length(struct dm_str length)
{
    struct dm_error err = {0};
    struct head head = {.content_length = {1, length}};
    return head_check_length(&head, 1000, &err);
}

TEST(head, announces_a_body_that_is_too_large)
{
    cr_assert_eq(check_length(STR("0")), DM_OK);
    cr_assert_eq(check_length(STR("1000")), DM_OK);
    cr_assert_eq(check_length(STR("1001")), (enum dm_code)PROBLEM_BODY_TOO_LARGE);
    cr_assert_eq(check_length(STR("99999999999999999999999")),
                 (enum dm_code)PROBLEM_BODY_TOO_LARGE);
}

TEST(head, joins_what_several_fields_of_a_list_say)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct dm_error err = {0};
    struct head head = {.is_http_1_0 = false};
    assert_ok(head_add(&head, STR("Accept"), STR("a/b"), &arena, &err), err);
    assert_ok(head_add(&head, STR("accept"), STR("c/d;q=1"), &arena, &err), err);
    assert_str(head.accept.value, "a/b, c/d;q=1");
    assert_ok(head_add(&head, STR("If-None-Match"), STR("\"a\""), &arena, &err), err);
    assert_ok(head_add(&head, STR("if-none-match"), STR("\"b\""), &arena, &err), err);
    assert_str(head.if_none_match.value, "\"a\", \"b\"");
    assert_ok(head_add(&head, STR("traceparent"), STR("x"), &arena, &err), err);
    assert_ok(head_add(&head, STR("traceparent"), STR("y"), &arena, &err), err);
    cr_assert_eq(head.traceparent.count, 2);
}

/* As many as libmicrohttpd takes in one head. */
TEST(head, joins_many_fields_in_little_memory)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 32 * 1024);
    struct dm_error err = {0};
    struct head head = {.is_http_1_0 = false};
    for (size_t i = 0; i < 1000; i++) {
        assert_ok(head_add(&head, STR("Prefer"), STR("a"), &arena, &err), err);
        assert_ok(head_add(&head, STR("If-Match"), STR("\"b\""), &arena, &err), err);
    }
    cr_assert_eq(head.prefer.count, 1000);
    cr_assert_eq(head.prefer.value.len, 1000 * 3 - 2);
    cr_assert(str_ends(head.prefer.value, STR("a, a, a")));
    cr_assert_eq(head.if_match.value.len, 1000 * 5 - 2);
    cr_assert(str_ends(head.if_match.value, STR("\"b\", \"b\"")));
}

TEST(head, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 4096);
        struct dm_error err = {0};
        struct head head = {.is_http_1_0 = false};
        assert_ok(head_add(&head, STR("Accept"), STR("a/b"), &arena, &err), err);
        cr_assert_eq(head_add(&head, STR("Accept"), STR("c/d"), &arena, &err),
                     mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
