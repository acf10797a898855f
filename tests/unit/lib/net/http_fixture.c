/* What the HTTP client's tests share. */
#include "unit/lib/net/http_fixture.h"

#include <stdio.h>

struct http_fixture *http_fixture_new(int backlog)
{
    static struct http_fixture f;
    f = (struct http_fixture){.clock = fake_clock(),
                              .options = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                          .read_timeout_ms = READ_TIMEOUT_MS,
                                          .max_connections = 2,
                                          .max_queue = 2}};
    assert_ok(loop_new(&f.clock.clock, &f.loop, &f.err), f.err);
    peer_init(&f.peer, f.loop, backlog);
    return &f;
}

void http_fixture_client(struct http_fixture *f)
{
    assert_ok(http_client_new(f->loop, &f->options, &f->client, &f->err), f->err);
}

void http_fixture_free(struct http_fixture *f)
{
    http_client_free(f->client);
    peer_done(&f->peer);
    dm_loop_free(f->loop);
}

struct http_request http_fixture_request(const struct http_fixture *f)
{
    return (struct http_request){.method = "POST",
                                 .url = f->peer.url,
                                 .body = STR("body"),
                                 .max_reply = MAX_REPLY};
}

struct outcome outcome_of(struct http_fixture *f)
{
    return (struct outcome){.f = f};
}

void outcome_done(enum http_failure failure, const struct http_reply *reply,
                  const struct dm_error *err, void *ctx)
{
    struct outcome *outcome = ctx;
    outcome->times++;
    outcome->call = NULL;
    outcome->failure = failure;
    outcome->err = *err;
    cr_assert_eq(reply != NULL, failure == HTTP_ANSWERED);
    if (reply) {
        struct dm_str header = http_reply_header(reply, "x-test");
        outcome->status = reply->status;
        snprintf(outcome->body, sizeof outcome->body, "%.*s", STR_ARG(reply->body));
        snprintf(outcome->header, sizeof outcome->header, "%.*s", STR_ARG(header));
        cr_assert_null(http_reply_header(reply, "X-Absent").ptr);
    }
    if (outcome->then)
        outcome->then(outcome);
}

void http_fixture_send(struct http_fixture *f, struct outcome *outcome)
{
    struct http_request request = http_fixture_request(f);
    assert_ok(
        http_send(f->client, &request, outcome_done, outcome, &outcome->call, &f->err),
        f->err);
    cr_assert_eq(outcome->times, 0);
    cr_assert_not_null(outcome->call);
}

void http_fixture_await(struct http_fixture *f, const struct outcome *outcome)
{
    struct pollfd ready = {.fd = dm_loop_fd(f->loop), .events = POLLIN};
    while (outcome->times == 0) {
        cr_assert_eq(poll(&ready, 1, STUCK_MS), 1, "nothing happens");
        assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    }
}

void http_fixture_settle(struct http_fixture *f)
{
    do
        assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    while (readable(dm_loop_fd(f->loop)));
}

int http_fixture_exchange(struct http_fixture *f, int connection)
{
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    if (connection < 0)
        connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    return connection;
}
