/* The header fields that frame a request. */
#include "daemon/head.h"
#include "daemon/problem.h"
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

TEST(head, announces_a_body_that_is_too_large)
{
    cr_assert_eq(check(false, FIELDS("Host: x", "Content-Length: 262145")),
                 (enum dm_code)PROBLEM_BODY_TOO_LARGE);
    cr_assert_eq(
        check(false, FIELDS("Host: x", "Content-Length: 99999999999999999999999")),
        (enum dm_code)PROBLEM_BODY_TOO_LARGE);
}

TEST(head, joins_what_several_accept_fields_say)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct dm_error err = {0};
    struct head head = {.is_http_1_0 = false};
    assert_ok(head_add(&head, STR("Accept"), STR("a/b"), &arena, &err), err);
    assert_ok(head_add(&head, STR("accept"), STR("c/d;q=1"), &arena, &err), err);
    assert_str(head.accept.value, "a/b, c/d;q=1");
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
