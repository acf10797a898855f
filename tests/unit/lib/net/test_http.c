/* The HTTP client: what it sends, its pool, its queue, cancelling and freeing. */
#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/lib/net/http_fixture.h"

static struct http_fixture *fixture_with(unsigned max_connections, unsigned max_queue)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.max_connections = max_connections;
    f->options.max_queue = max_queue;
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

TEST(http, sends_the_headers_as_they_are_given_and_hardly_any_other)
{
    struct http_fixture *f = fixture_with(1, 0);
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

TEST(http, sends_the_headers_that_it_would_add_itself_as_given)
{
    struct http_fixture *f = fixture_with(1, 0);
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

TEST(http, sends_any_method_with_and_without_a_body_over_one_handle)
{
    struct http_fixture *f = fixture_with(1, 0);
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

TEST(http, refuses_headers_that_http_does_not_allow)
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
    struct http_fixture *f = fixture_with(1, 0);
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

TEST(http, takes_a_proxy_from_nowhere)
{
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("all_proxy", "http://127.0.0.1:1/", 1);
    struct http_fixture *f = fixture_with(1, 0);
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}

/* --- what comes back ---------------------------------------------------------------- */

TEST(http, gives_status_body_and_headers_of_the_reply)
{
    struct http_fixture *f = fixture_with(1, 0);
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

TEST(http, takes_a_reply_of_exactly_the_limit_and_of_nothing)
{
    struct http_fixture *f = fixture_with(1, 0);
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

/* --- the pool and the queue --------------------------------------------------------- */

TEST(http, uses_a_connection_again)
{
    struct http_fixture *f = fixture_with(2, 0);
    int connection = http_fixture_exchange(f, -1);
    for (int i = 0; i < 20; i++)
        http_fixture_exchange(f, connection);
    cr_assert_not(peer_has_connection(&f->peer));
    close(connection);
    http_fixture_free(f);
}

TEST(http, opens_no_more_connections_than_allowed_and_lets_the_others_wait_in_order)
{
    struct http_fixture *f = fixture_with(2, 3);
    struct outcome outcomes[5];
    for (size_t i = 0; i < DM_COUNT(outcomes); i++) {
        outcomes[i] = outcome_of(f);
        http_fixture_send(f, &outcomes[i]);
    }
    struct http_request request = http_fixture_request(f);
    cr_assert_eq(http_send(f->client, &request, outcome_done, NULL, NULL, &f->err),
                 DM_E_OVERLOADED);
    assert_str(dm_str(f->err.message), "3 requests wait for a connection");

    int first = peer_accept(&f->peer), second = peer_accept(&f->peer);
    peer_read(&f->peer, first);
    peer_read(&f->peer, second);
    for (size_t i = 0; i < 3; i++) {
        peer_send(first, HTTP_OK);
        peer_read(&f->peer, first);
        cr_assert_eq(outcomes[0].times + outcomes[1].times, 1);
        for (size_t j = 2; j < 5; j++)
            cr_assert_eq(outcomes[j].times, j < 2 + i ? 1 : 0);
    }
    peer_send(first, HTTP_OK);
    peer_send(second, HTTP_OK);
    for (size_t i = 0; i < DM_COUNT(outcomes); i++) {
        http_fixture_await(f, &outcomes[i]);
        assert_answered(outcomes[i]);
    }
    cr_assert_not(peer_has_connection(&f->peer));
    close(first);
    close(second);
    http_fixture_free(f);
}

static void send_next(struct outcome *outcome)
{
    outcome[1] = outcome_of(outcome->f);
    http_fixture_send(outcome->f, &outcome[1]);
}

TEST(http, a_callback_may_send_on_the_connection_that_it_frees)
{
    struct http_fixture *f = fixture_with(1, 0);
    struct outcome outcomes[2] = {outcome_of(f)};
    outcomes[0].then = send_next;
    http_fixture_send(f, &outcomes[0]);
    int connection = peer_accept(&f->peer);
    for (size_t i = 0; i < 2; i++) {
        peer_read(&f->peer, connection);
        peer_send(connection, HTTP_OK);
        http_fixture_await(f, &outcomes[i]);
        assert_answered(outcomes[i]);
    }
    cr_assert_not(peer_has_connection(&f->peer));
    close(connection);
    http_fixture_free(f);
}

TEST(http, what_a_callback_sends_goes_behind_those_that_wait)
{
    struct http_fixture *f = fixture_with(1, 1);
    struct outcome outcomes[2] = {outcome_of(f)}, waiting = outcome_of(f);
    outcomes[0].then = send_next;
    http_fixture_send(f, &outcomes[0]);
    http_fixture_send(f, &waiting);
    int connection = peer_accept(&f->peer);
    for (int i = 0; i < 2; i++) {
        peer_read(&f->peer, connection);
        peer_send(connection, HTTP_OK);
    }
    http_fixture_await(f, &waiting);
    cr_assert_eq(outcomes[1].times, 0);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcomes[1]);
    close(connection);
    http_fixture_free(f);
}

TEST(http, two_clients_share_no_connection)
{
    struct http_fixture *f = fixture_with(1, 0);
    int connection = http_fixture_exchange(f, -1);
    struct http_client *first = f->client;
    http_fixture_client(f);
    int other = http_fixture_exchange(f, -1);
    http_client_free(first);
    peer_sees_end(&f->peer, connection);
    http_fixture_exchange(f, other);
    close(other);
    http_fixture_free(f);
}

/* --- cancelling and freeing --------------------------------------------------------- */

TEST(http, a_call_that_waits_can_be_cancelled)
{
    struct http_fixture *f = fixture_with(1, 2);
    struct outcome first = outcome_of(f), second = outcome_of(f), third = outcome_of(f);
    http_fixture_send(f, &first);
    http_fixture_send(f, &second);
    http_fixture_send(f, &third);
    http_cancel(second.call);
    http_cancel(NULL);
    int connection = peer_accept(&f->peer);
    for (int i = 0; i < 2; i++) {
        peer_read(&f->peer, connection);
        peer_send(connection, HTTP_OK);
    }
    http_fixture_await(f, &third);
    assert_answered(first);
    assert_answered(third);
    cr_assert_eq(second.times, 0);
    close(connection);
    http_fixture_free(f);
}

TEST(http, a_call_cancelled_under_way_closes_its_connection_and_lets_the_next_go)
{
    struct http_fixture *f = fixture_with(1, 1);
    struct outcome first = outcome_of(f), second = outcome_of(f);
    http_fixture_send(f, &first);
    http_fixture_send(f, &second);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    http_cancel(first.call);
    peer_sees_end(&f->peer, connection);
    connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &second);
    assert_answered(second);
    f->clock.now_ms += READ_TIMEOUT_MS;
    http_fixture_settle(f);
    cr_assert_eq(first.times, 0);
    close(connection);
    http_fixture_free(f);
}

static void cancel_next(struct outcome *outcome)
{
    http_cancel(outcome[1].call);
}

TEST(http, a_callback_may_cancel_another_call_that_has_just_been_answered_too)
{
    struct http_fixture *f = fixture_with(2, 0);
    struct outcome outcomes[2] = {outcome_of(f), outcome_of(f)};
    outcomes[0].then = cancel_next;
    http_fixture_send(f, &outcomes[0]);
    http_fixture_send(f, &outcomes[1]);
    int first = peer_accept(&f->peer), second = peer_accept(&f->peer);
    peer_read(&f->peer, first);
    peer_read(&f->peer, second);
    peer_send(first, HTTP_OK);
    peer_send(second, HTTP_OK);
    http_fixture_await(f, &outcomes[0]);
    http_fixture_settle(f);
    cr_assert_eq(outcomes[0].times + outcomes[1].times, 1);
    close(first);
    close(second);
    http_fixture_free(f);
}

TEST(http, a_client_can_be_freed_with_calls_at_every_stage)
{
    struct http_fixture *f = fixture_with(2, 1);
    struct outcome sent = outcome_of(f), connecting = outcome_of(f),
                   waiting = outcome_of(f);
    http_fixture_send(f, &sent);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    http_fixture_send(f, &connecting);
    http_fixture_send(f, &waiting);
    http_client_free(f->client);
    f->client = NULL;
    peer_sees_end(&f->peer, connection);
    http_fixture_settle(f);
    cr_assert_eq(sent.times + connecting.times + waiting.times, 0);
    http_fixture_free(f);
}

static void free_client(struct outcome *outcome)
{
    http_client_free(outcome->f->client);
    outcome->f->client = NULL;
}

TEST(http, a_callback_may_free_the_client)
{
    struct http_fixture *f = fixture_with(1, 1);
    struct outcome outcome = outcome_of(f), waiting = outcome_of(f);
    outcome.then = free_client;
    http_fixture_send(f, &outcome);
    http_fixture_send(f, &waiting);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    cr_assert_eq(waiting.times, 0);
    close(connection);
    http_fixture_free(f);
}

/* --- memory ------------------------------------------------------------------------- */

static enum dm_code make_and_send(struct http_fixture *f, struct outcome *outcomes)
{
    struct http_header header = {STR("X-Name"), STR("value")};
    struct http_request request = http_fixture_request(f);
    request.headers = &header;
    request.header_count = 1;
    f->options.ca_file = "/dev/null";
    DM_TRY(http_client_new(f->loop, &f->options, &f->client, &f->err));
    DM_TRY(http_send(f->client, &request, outcome_done, &outcomes[0], NULL, &f->err));
    return http_send(f->client, &request, outcome_done, &outcomes[1], NULL, &f->err);
}

TEST(http, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        mem_fail_at(0);
        struct http_fixture *f = http_fixture_new(8);
        f->options.max_connections = 1;
        mem_fail_at(nth_);
        struct outcome outcomes[2] = {outcome_of(f), outcome_of(f)};
        if (make_and_send(f, outcomes) == DM_OK) {
            peer_serve(&f->peer, HTTP_OK, &outcomes[1].times);
            cr_assert_eq(outcomes[0].times, 1);
        }
        for (size_t i = 0; i < 2; i++)
            if (outcomes[i].times && outcomes[i].failure != HTTP_ANSWERED)
                cr_assert_eq(outcomes[i].err.code, DM_E_NOMEM);
        cr_assert(mem_failed() || outcomes[1].failure == HTTP_ANSWERED);
        http_fixture_free(f);
    }
}
