/* What the HTTP client leaves in memory that it frees: no header of a request, and of a
 * reply nothing where its client is a secret one. */
#include <stdio.h>
#include <unistd.h>

#include "unit/lib/net/http_fixture.h"

#define HIDDEN "k3pt-t0-0urselves"

enum { LONG = 700 }; /* past what a buffer begins with */

static struct http_fixture *fixture(bool is_secret)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.max_connections = 1;
    f->options.is_secret = is_secret;
    http_fixture_client(f);
    mem_forbid(HIDDEN);
    return f;
}

static void fixture_free(struct http_fixture *f)
{
    http_fixture_free(f);
    cr_assert_eq(mem_spilled(), 0);
    mem_forbid(NULL);
}

static void send_hidden(struct http_fixture *f, struct outcome *outcome)
{
    struct http_header header = {STR("X-Amz-Security-Token"), STR(HIDDEN)};
    struct http_request request = http_fixture_request(f);
    *outcome = outcome_of(f);
    request.headers = &header;
    request.header_count = 1;
    assert_ok(
        http_send(f->client, &request, outcome_done, outcome, &outcome->call, &f->err),
        f->err);
}

TEST(http_secret, a_requests_head_is_wiped_once_it_has_ended)
{
    struct http_fixture *f = fixture(false);
    struct outcome outcome;
    send_hidden(f, &outcome);
    int connection = peer_accept(&f->peer);
    cr_assert_not_null(strstr(peer_read(&f->peer, connection), HIDDEN));
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    fixture_free(f);
    close(connection);
}

TEST(http_secret, a_requests_head_is_wiped_wherever_it_was_given_up)
{
    struct http_fixture *f = fixture(false);
    struct outcome under_way, cancelled, waits;
    send_hidden(f, &under_way);
    send_hidden(f, &cancelled);
    send_hidden(f, &waits);
    http_cancel(cancelled.call);
    fixture_free(f);
    cr_assert_eq(under_way.times + cancelled.times + waits.times, 0);
}

/* --- replies ------------------------------------------------------------------------ */

/* A head that says so many bytes, then LONG of them, in two pieces: what is hidden, and
 * blanks. */
static void reply(struct http_fixture *f, int connection, size_t announced)
{
    char text[LONG + 1];
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
             announced, HIDDEN);
    peer_send(connection, text);
    http_fixture_settle(f);
    snprintf(text, sizeof text, "%*s", (int)(LONG - strlen(HIDDEN)), "");
    peer_send(connection, text);
    http_fixture_settle(f);
}

static void exchange(size_t announced, size_t max_reply, enum http_failure expected)
{
    struct http_fixture *f = fixture(true);
    struct outcome outcome = outcome_of(f);
    struct http_request request = http_fixture_request(f);
    request.max_reply = max_reply;
    assert_ok(http_send(f->client, &request, outcome_done, &outcome, NULL, &f->err),
              f->err);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    reply(f, connection, announced);
    close(connection);
    http_fixture_await(f, &outcome);
    cr_assert_eq(outcome.failure, expected);
    fixture_free(f);
}

TEST(http_secret, a_secret_reply_is_wiped_however_it_ended)
{
    exchange(LONG, MAX_REPLY, HTTP_ANSWERED);
    exchange(LONG + 1, MAX_REPLY, HTTP_LOST);
    exchange(LONG, LONG - 1, HTTP_BAD_REPLY);
}

TEST(http_secret, a_secret_reply_is_wiped_where_it_was_given_up)
{
    struct http_fixture *f = fixture(true);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    reply(f, connection, LONG + 1);
    http_cancel(outcome.call);
    fixture_free(f);
    close(connection);
}

TEST(http_secret, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct http_client *client = NULL;
        struct http_request request = {.method = "GET", .url = "http://127.0.0.1:1/"};
        struct http_options options = {.max_connections = 1, .is_secret = true};
        struct fake_clock clock = fake_clock();
        struct dm_loop *loop = NULL;
        struct outcome outcome = {0};
        if (!loop_new(&clock.clock, &loop, &err) &&
            !http_client_new(loop, &options, &client, &err) &&
            http_send(client, &request, outcome_done, &outcome, NULL, &err))
            cr_assert_eq(err.code, DM_E_NOMEM);
        http_client_free(client);
        dm_loop_free(loop);
    }
}
