/* The HTTP client: what it sends, and what it makes of a reply. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/lib/net/http_fixture.h"

static struct http_fixture *fixture(void)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.max_connections = 1;
    http_fixture_client(f);
    return f;
}

/* --- what is sent ------------------------------------------------------------------- */

static void assert_sent(struct http_fixture *f, const struct http_request *request,
                        const char *expected)
{
    struct outcome outcome = outcome_of(f);
    assert_ok(http_send(f->client, request, outcome_done, &outcome, NULL, &f->err),
              f->err);
    int connection = peer_accept(&f->peer);
    char host[64];
    snprintf(host, sizeof host, "Host: %.*s\r\n", (int)strlen(f->peer.url) - 8,
             f->peer.url + 7);
    const char *got = peer_read(&f->peer, connection);
    char *at = strstr(got, host);
    cr_assert_not_null(at, "%s", got);
    memmove(at, at + strlen(host), strlen(at + strlen(host)) + 1);
    assert_str(dm_str(got), expected);
    peer_send(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
    close(connection);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
}

TEST(http_message, sends_the_headers_as_they_are_given_and_hardly_any_other)
{
    struct http_fixture *f = fixture();
    struct http_header headers[] = {
        {STR("X-Amz-Target"), STR("DynamoDB_20120810.GetItem")},
        {STR("x-ODD"), STR("a  b:\"c\"; \xc3\xa9\t.")},
        {STR("X-Twice"), STR("1")},
        {STR("X-Empty"), STR("")},
        {STR("X-Twice"), STR("2")},
        {STR("X-Blank"), STR("  ")},
    };
    struct http_request request = http_fixture_request(f);
    request.headers = headers;
    request.header_count = DM_COUNT(headers);
    assert_sent(f, &request,
                "POST / HTTP/1.1\r\n"
                "User-Agent: dynamod/0.1.0\r\n"
                "X-Amz-Target: DynamoDB_20120810.GetItem\r\n"
                "x-ODD: a  b:\"c\"; \xc3\xa9\t.\r\n"
                "X-Twice: 1\r\n"
                "X-Empty:\r\n"
                "X-Twice: 2\r\n"
                "X-Blank:\r\n"
                "Content-Length: 4\r\n"
                "\r\n"
                "body");
    http_fixture_free(f);
}

TEST(http_message, sends_the_headers_that_it_would_add_itself_as_given)
{
    struct http_fixture *f = fixture();
    struct http_header headers[] = {
        {STR("accept"), STR("a/b")},
        {STR("user-agent"), STR("me")},
        {STR("content-type"), STR("application/x-amz-json-1.0")},
        {STR("accept-encoding"), STR("identity")},
    };
    struct http_request request = http_fixture_request(f);
    request.headers = headers;
    request.header_count = DM_COUNT(headers);
    assert_sent(f, &request,
                "POST / HTTP/1.1\r\n"
                "accept: a/b\r\n"
                "user-agent: me\r\n"
                "content-type: application/x-amz-json-1.0\r\n"
                "accept-encoding: identity\r\n"
                "Content-Length: 4\r\n"
                "\r\n"
                "body");
    http_fixture_free(f);
}

TEST(http_message, sends_any_method_with_and_without_a_body_over_one_handle)
{
    struct http_fixture *f = fixture();
    struct http_request request = http_fixture_request(f);
    request.body = (struct dm_str){NULL, 0};
    request.method = "GET";
    assert_sent(f, &request, "GET / HTTP/1.1\r\nUser-Agent: dynamod/0.1.0\r\n\r\n");
    request.body = STR("");
    request.method = "PUT";
    assert_sent(f, &request,
                "PUT / HTTP/1.1\r\nUser-Agent: dynamod/0.1.0\r\nContent-Length: "
                "0\r\n\r\n");
    request.body = (struct dm_str){"body and more", 4};
    request.method = "POST";
    assert_sent(f, &request,
                "POST / HTTP/1.1\r\nUser-Agent: dynamod/0.1.0\r\nContent-Length: "
                "4\r\n\r\nbody");
    request.body = (struct dm_str){NULL, 0};
    request.method = "GET";
    assert_sent(f, &request, "GET / HTTP/1.1\r\nUser-Agent: dynamod/0.1.0\r\n\r\n");
    http_fixture_free(f);
}

TEST(http_message, refuses_headers_that_http_does_not_allow)
{
    static const struct {
        struct http_header header;
        const char *message;
    } cases[] = {
        {{STR(""), STR("v")}, "header 2 has no valid name"},
        {{STR("a b"), STR("v")}, "header 2 has no valid name"},
        {{STR("a:"), STR("v")}, "header 2 has no valid name"},
        {{STR("a\r\nb"), STR("v")}, "header 2 has no valid name"},
        {{STR("a\0"), STR("v")}, "header 2 has no valid name"},
        {{STR("\xc3\xa9"), STR("v")}, "header 2 has no valid name"},
        {{STR("a"), STR("v\r\nb: c")}, "header a has a control character"},
        {{STR("a"), STR("v\n")}, "header a has a control character"},
        {{STR("a"), STR("\0")}, "header a has a control character"},
        {{STR("a"), STR("\x7f")}, "header a has a control character"},
    };
    struct http_fixture *f = fixture();
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct http_header headers[] = {{STR("good"), STR("v")}, cases[i].header};
        struct http_request request = http_fixture_request(f);
        request.headers = headers;
        request.header_count = 2;
        cr_assert_eq(http_send(f->client, &request, outcome_done, NULL, NULL, &f->err),
                     DM_E_INVALID);
        assert_str(dm_str(f->err.message), cases[i].message);
    }
    http_fixture_free(f);
}

TEST(http_message, takes_a_proxy_from_nowhere)
{
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("all_proxy", "http://127.0.0.1:1/", 1);
    struct http_fixture *f = fixture();
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}

/* --- what comes back ---------------------------------------------------------------- */

TEST(http_message, gives_status_body_and_headers_of_the_reply)
{
    struct http_fixture *f = fixture();
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, "HTTP/1.1 100 Continue\r\nX-Test: zero\r\n\r\n"
                          "HTTP/1.1 302 Found\r\nLocation: /\r\nX-Test: one\r\n"
                          "Transfer-Encoding: chunked\r\nX-TEST:  two \r\n\r\n"
                          "3\r\nhel\r\n");
    http_fixture_settle(f);
    cr_assert_eq(outcome.times, 0);
    peer_send(connection, "2\r\nlo\r\n0\r\n\r\n");
    http_fixture_await(f, &outcome);
    cr_assert_eq(outcome.failure, HTTP_ANSWERED);
    cr_assert_eq(outcome.status, 302);
    assert_str(dm_str(outcome.body), "hello");
    assert_str(dm_str(outcome.header), "one");
    close(connection);
    http_fixture_free(f);
}

TEST(http_message, takes_a_reply_of_exactly_the_limit_and_of_nothing)
{
    struct http_fixture *f = fixture();
    struct http_request request = http_fixture_request(f);
    struct outcome outcome = outcome_of(f);
    request.max_reply = 5;
    assert_ok(http_send(f->client, &request, outcome_done, &outcome, NULL, &f->err),
              f->err);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);

    outcome = outcome_of(f);
    request.max_reply = 0;
    assert_ok(http_send(f->client, &request, outcome_done, &outcome, NULL, &f->err),
              f->err);
    peer_read(&f->peer, connection);
    peer_send(connection, "HTTP/1.1 204 No Content\r\n\r\n");
    http_fixture_await(f, &outcome);
    cr_assert_eq(outcome.failure, HTTP_ANSWERED);
    cr_assert_eq(outcome.status, 204);
    close(connection);
    http_fixture_free(f);
}
