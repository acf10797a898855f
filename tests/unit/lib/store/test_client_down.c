/* The DynamoDB client while its endpoint is down: what is sent, what is answered. */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/lib/store/client_fixture.h"

#define HELLO STR("{\"TableNames\":[]}")

/* A call and its request at the peer, which it returns. */
static int begin(struct client_fixture *f)
{
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    return connection;
}

static void ends_well(struct client_fixture *f)
{
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_OK, "%s", f->err.message);
    assert_str(dm_str(f->reply), HELLO.ptr);
}

/* The peer's port, with nobody at it. */
static void leave(struct client_fixture *f)
{
    close(f->peer.listener);
    f->peer.listener = -1;
}

static void come_back(struct client_fixture *f)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned port = 0;
    int on = 1;
    cr_assert_eq(sscanf(f->peer.url, "http://127.0.0.1:%u/", &port), 1);
    address.sin_port = htons((uint16_t)port);
    f->peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(f->peer.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    cr_assert_eq(bind(f->peer.listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(f->peer.listener, 8), 0);
}

/* A client whose endpoint is known to be down. */
static struct client_fixture *down(void)
{
    struct client_fixture *f = client_fixture();
    f->options.max_retry_attempts = 0;
    leave(f);
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        cr_assert_eq(f->client ? client_fixture_figures(f).breaker : 0, BREAKER_CLOSED);
        client_fixture_send(f);
        client_fixture_await(f);
        cr_assert_eq(f->code, DM_E_UPSTREAM);
    }
    cr_assert_eq(client_fixture_figures(f).breaker, BREAKER_OPEN);
    return f;
}

TEST(client_down, answers_at_once_while_the_endpoint_is_down)
{
    struct client_fixture *f = down();
    come_back(f);
    cr_assert_eq(client_fixture_try(f), DM_E_UNAVAILABLE);
    assert_str(dm_str(f->err.message),
               "DynamoDB cannot be reached, and is left alone for a moment: cannot "
               "connect: Connection refused");
    cr_assert_eq(f->err.retry_after_s, 1);
    client_fixture_settle(f);
    cr_assert_not(peer_has_connection(&f->peer));
    cr_assert_eq(client_fixture_figures(f).attempts, BREAKER_FAILURES);
    cr_assert_eq(client_fixture_figures(f).refused, 1);
    client_fixture_free(f);
}

TEST(client_down, probes_with_one_request_and_serves_all_once_it_is_answered)
{
    struct client_fixture *f = down();
    come_back(f);
    f->clock.now_ms += BREAKER_FIRST_WAIT_MS;
    int connection = begin(f);
    cr_assert_eq(client_fixture_figures(f).breaker, BREAKER_HALF_OPEN);
    cr_assert_eq(client_fixture_try(f), DM_E_UNAVAILABLE);
    client_reply(connection, 200, HELLO.ptr);
    ends_well(f);
    cr_assert_eq(client_fixture_figures(f).breaker, BREAKER_CLOSED);
    client_fixture_send(f);
    peer_read(&f->peer, connection);
    client_reply(connection, 200, HELLO.ptr);
    ends_well(f);
    client_fixture_free(f);
    close(connection);
}

TEST(client_down, is_open_again_after_a_probe_that_fails)
{
    struct client_fixture *f = down();
    f->clock.now_ms += BREAKER_FIRST_WAIT_MS;
    client_fixture_send(f);
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_UPSTREAM);
    cr_assert_eq(client_fixture_figures(f).breaker, BREAKER_OPEN);
    cr_assert_eq(client_fixture_try(f), DM_E_UNAVAILABLE);
    client_fixture_free(f);
}

TEST(client_down, throttling_and_failures_of_dynamodb_never_open_the_breaker)
{
    static const char *const types[] = {"ThrottlingException", "InternalServerError"};
    struct client_fixture *f = client_fixture();
    f->options.max_retry_attempts = 0;
    int connection = -1;
    for (int i = 0; i < 2 * BREAKER_FAILURES; i++) {
        client_fixture_send(f);
        if (connection < 0)
            connection = peer_accept(&f->peer);
        peer_read(&f->peer, connection);
        client_reply_error(connection, i % 2 ? 500 : 400, types[i % 2]);
        client_fixture_await(f);
    }
    cr_assert_eq(client_fixture_figures(f).breaker, BREAKER_CLOSED);
    client_fixture_free(f);
    close(connection);
}

TEST(client_down, what_waits_for_a_connection_is_told_when_the_endpoint_is_down)
{
    enum { CALLS = BREAKER_FAILURES + 20 };
    struct client_fixture *f = client_fixture();
    f->options.max_retry_attempts = 0;
    f->options.max_pool_connections = 1;
    leave(f);
    for (int i = 0; i < CALLS; i++)
        client_fixture_send(f);
    while (f->times < CALLS)
        assert_ok(dm_loop_turn(f->loop, 100, &f->err), f->err);
    cr_assert_leq(f->codes[DM_E_UPSTREAM], BREAKER_FAILURES + 1);
    cr_assert_eq(f->codes[DM_E_UPSTREAM] + f->codes[DM_E_UNAVAILABLE], CALLS);
    cr_assert_eq(client_fixture_figures(f).waiting, 0);
    client_fixture_free(f);
}
