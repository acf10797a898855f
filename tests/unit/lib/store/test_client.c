/* The DynamoDB client: signatures, retries, fresh credentials, deadlines; against a peer
 * on a real socket, with a clock that stands still until a test moves it. */
#include <stdio.h>
#include <unistd.h>

#include "unit/lib/store/client_fixture.h"

/* --- what is sent --- */

TEST(client, signs_with_the_session_token_and_the_extra_headers)
{
    struct client_fixture *f = client_fixture();
    struct http_header extra = {STR("X-Team"), STR("core")};
    f->options.extra_headers = &extra;
    f->options.extra_header_count = 1;
    f->options.session_token = STR("TOKEN");
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    const char *request = peer_read(&f->peer, connection);
    static const char *const parts[] = {
        "POST / HTTP/1.1\r\n",
        "Content-Type: application/x-amz-json-1.0\r\n",
        "X-Amz-Target: DynamoDB_20120810.ListTables\r\n",
        "X-Team: core\r\n",
        "X-Amz-Date: 20240101T000000Z\r\n",
        "X-Amz-Security-Token: TOKEN\r\n",
        "Credential=AKID/20240101/eu-west-1/dynamodb/aws4_request",
        ("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target;"
         "x-team"),
        "\r\n\r\n{}",
    };
    for (size_t i = 0; i < DM_COUNT(parts); i++)
        cr_assert_not_null(strstr(request, parts[i]), "%s lacks %s", request, parts[i]);
    cr_assert_null(strstr(request, "secret"));

    client_reply(connection, 200, "{\"TableNames\":[]}");
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_OK);
    assert_str(dm_str(f->reply), "{\"TableNames\":[]}");
    client_fixture_free(f);
    close(connection);
}

/* --- trying again --- */

TEST(client, tries_again_what_failed_in_passing)
{
    struct client_fixture *f = client_fixture();
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    client_reply_error(connection, 500, "InternalServerError");
    for (int i = 0; i < 2; i++) {
        client_fixture_pass_backoff(f);
        peer_read(&f->peer, connection);
        client_reply_error(connection, 400,
                           i ? "ThrottlingException" : "RequestLimitExceeded");
    }
    client_fixture_pass_backoff(f);
    peer_read(&f->peer, connection);
    client_reply(connection, 200, "{}");
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_OK);
    client_fixture_free(f);
    close(connection);
}

static void gives_up(unsigned status, const char *type, unsigned tries, enum dm_code code)
{
    struct client_fixture *f = client_fixture();
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    for (unsigned i = 0; i < tries; i++) {
        if (i)
            client_fixture_pass_backoff(f);
        peer_read(&f->peer, connection);
        client_reply_error(connection, status, type);
    }
    client_fixture_await(f);
    cr_assert_eq(f->code, code, "%s", type);
    assert_str(dm_str(f->err.upstream_type), type);
    assert_str(dm_str(f->err.upstream_request_id), "R1");
    cr_assert_eq(f->err.retry_after_s > 0, code == DM_E_THROTTLED);
    client_fixture_free(f);
    close(connection);
}

TEST(client, gives_up_after_the_retries_that_are_allowed)
{
    gives_up(500, "InternalServerError", 4, DM_E_UPSTREAM);
    gives_up(400, "ThrottlingException", 4, DM_E_THROTTLED);
}

TEST(client, tries_what_fresh_credentials_may_mend_once_more)
{
    gives_up(400, "ExpiredTokenException", 2, DM_E_REFUSED);
    gives_up(400, "UnrecognizedClientException", 2, DM_E_REFUSED);
}

TEST(client, does_not_try_again_what_is_final)
{
    gives_up(400, "ValidationException", 1, DM_E_VALIDATION);
    gives_up(400, "AccessDeniedException", 1, DM_E_REFUSED);
    gives_up(400, "ResourceNotFoundException", 1, DM_E_TABLE_NOT_FOUND);
}

TEST(client, tries_again_on_another_connection_when_one_breaks)
{
    struct client_fixture *f = client_fixture();
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half");
    close(connection);
    client_fixture_pass_backoff(f);
    connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    client_reply(connection, 200, "{}");
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_OK);
    client_fixture_free(f);
    close(connection);
}

TEST(client, does_not_try_again_a_reply_that_is_too_large)
{
    struct client_fixture *f = client_fixture();
    char body[2000] = {0};
    memset(body, ' ', sizeof body - 1);
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1999\r\n\r\n");
    peer_send(connection, body);
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_UPSTREAM);
    assert_str(dm_str(f->err.message), "reply larger than 1000 bytes");
    client_fixture_free(f);
    close(connection);
}

/* --- time --- */

TEST(client, ends_at_the_deadline)
{
    struct client_fixture *f = client_fixture();
    f->options.read_timeout_ms = 2 * DEADLINE_MS;
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    f->clock.now_ms += DEADLINE_MS - 1;
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    cr_assert_eq(f->times, 0);
    f->clock.now_ms += 1;
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_TIMEOUT);
    peer_sees_end(&f->peer, connection);
    client_fixture_free(f);
}

TEST(client, does_not_wait_for_a_retry_that_would_come_after_the_deadline)
{
    struct client_fixture *f = client_fixture();
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    f->clock.now_ms += DEADLINE_MS - 1;
    peer_send(connection, "HTTP/1.1 500 X\r\nx-amz-retry-after: 5\r\n"
                          "Content-Length: 0\r\n\r\n");
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_UPSTREAM);
    client_fixture_free(f);
    close(connection);
}

TEST(client, counts_a_read_timeout_as_a_try)
{
    struct client_fixture *f = client_fixture();
    f->options.max_retry_attempts = 0;
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    f->clock.now_ms += 50000;
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_TIMEOUT);
    assert_str(dm_str(f->err.message), "no answer in 50000 ms");
    peer_sees_end(&f->peer, connection);
    client_fixture_free(f);
}

/* --- ending early --- */

TEST(client, can_be_cancelled_while_it_waits_for_an_answer_or_for_a_retry)
{
    struct client_fixture *f = client_fixture();
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    client_cancel(f->call);
    peer_sees_end(&f->peer, connection);

    client_fixture_send(f);
    connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    client_reply_error(connection, 500, "InternalServerError");
    for (int i = 0; i < 20; i++)
        assert_ok(dm_loop_turn(f->loop, 10, &f->err), f->err);
    client_cancel(f->call);
    f->clock.now_ms += DEADLINE_MS;
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    cr_assert_eq(f->times, 0);
    client_fixture_free(f);
    close(connection);
}

TEST(client, fails_without_credentials_and_sends_nothing)
{
    struct client_fixture *f = client_fixture();
    f->options.access_key_id = f->options.secret_access_key = (struct dm_str){NULL, 0};
    client_fixture_send(f);
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_CREDENTIALS);
    cr_assert_not(peer_has_connection(&f->peer));
    client_fixture_free(f);
}

TEST(client, survives_each_allocation_failing)
{
    struct client_fixture *f = client_fixture();
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO(client) *client = NULL;
        enum dm_code code =
            client_new(f->loop, client_environment(), &f->options, &client, &f->err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", f->err.message);
    }
    client_fixture_free(f);
}
