/* The HTTP client: the ways to a peer, and how long its connections are kept. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/http_pool.h"
#include "unit/lib/net/http_fixture.h"

static struct http_fixture *fixture(void)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.max_connections = 1;
    return f;
}

/* Sends a request with a secret to that URL. */
static void send_to(struct http_fixture *f, const char *url, struct outcome *outcome)
{
    static const struct http_header header = {{"X-Secret", 8}, {"s", 1}};
    struct http_request request = http_fixture_request(f);
    request.url = url;
    request.headers = &header;
    request.header_count = 1;
    assert_ok(http_send(f->client, &request, outcome_done, outcome, NULL, &f->err),
              f->err);
}

/* --- proxies ------------------------------------------------------------------------ */

TEST(http_way, a_proxy_is_asked_for_the_whole_url)
{
    struct http_fixture *f = fixture();
    f->options.proxy = f->peer.url;
    setenv("no_proxy", "*", 1);
    http_fixture_client(f);
    struct outcome outcome = outcome_of(f);
    send_to(f, "http://dynamodb.invalid:8000/", &outcome);
    int connection = peer_accept(&f->peer);
    const char *got = peer_read(&f->peer, connection);
    cr_assert(strstr(got, "POST http://dynamodb.invalid:8000/ HTTP/1.1\r\n"), "%s", got);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    close(connection);
    http_fixture_free(f);
}

TEST(http_way, a_proxy_makes_a_tunnel_for_https_and_sees_no_header_of_ours)
{
    struct http_fixture *f = fixture();
    f->options.proxy = f->peer.url;
    http_fixture_client(f);
    struct outcome outcome = outcome_of(f);
    send_to(f, "https://dynamodb.invalid/", &outcome);
    int connection = peer_accept(&f->peer);
    const char *got = peer_read(&f->peer, connection);
    cr_assert(strstr(got, "CONNECT dynamodb.invalid:443 HTTP/1.1\r\n"), "%s", got);
    cr_assert_null(strstr(got, "X-Secret"));
    peer_send(connection, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    http_fixture_await(f, &outcome);
    cr_assert_eq(outcome.failure, HTTP_NOT_SENT, "%s", outcome.err.message);
    close(connection);
    http_fixture_free(f);
}

/* --- a socket of this machine ------------------------------------------------------- */

static void listen_at(struct http_fixture *f, struct sockaddr_un *address)
{
    close(f->peer.listener);
    f->peer.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(f->peer.listener, (struct sockaddr *)address, sizeof *address), 0);
    cr_assert_eq(listen(f->peer.listener, 8), 0);
}

TEST(http_way, a_unix_socket_is_used_whatever_the_url_says)
{
    char folder[] = "/tmp/dynamod-test-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    cr_assert(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    struct http_fixture *f = fixture();
    listen_at(f, &address);
    f->options.unix_socket = address.sun_path;
    http_fixture_client(f);

    struct outcome outcome = outcome_of(f);
    send_to(f, "http://dynamodb.invalid/", &outcome);
    int connection = peer_accept(&f->peer);
    cr_assert(strstr(peer_read(&f->peer, connection), "Host: dynamodb.invalid\r\n"));
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    unlink(address.sun_path);
    rmdir(folder);
    close(connection);
    http_fixture_free(f);
}

/* --- age ---------------------------------------------------------------------------- */

TEST(http_way, idle_connections_are_closed_before_the_peer_does_it)
{
    struct http_fixture *f = fixture();
    http_fixture_client(f);
    int connection = http_fixture_exchange(f, -1);
    f->clock.now_ms += HTTP_IDLE_MS - 1;
    http_fixture_settle(f);
    http_fixture_exchange(f, connection);
    f->clock.now_ms += HTTP_IDLE_MS - 1;
    http_fixture_settle(f);
    http_fixture_exchange(f, connection);
    f->clock.now_ms += HTTP_IDLE_MS;
    peer_sees_end(&f->peer, connection);
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}

TEST(http_way, one_that_is_too_old_is_not_used_where_its_timer_did_not_come)
{
    struct http_fixture *f = fixture();
    http_fixture_client(f);
    int connection = http_fixture_exchange(f, -1);
    f->clock.now_ms += HTTP_IDLE_MS - 1;
    http_fixture_exchange(f, connection);
    f->clock.now_ms += HTTP_IDLE_MS;
    int other = http_fixture_exchange(f, -1); /* sent before the loop turns */
    peer_sees_end(&f->peer, connection);
    http_fixture_free(f);
    close(other);
}

TEST(http_way, a_connection_at_work_is_not_idle)
{
    struct http_fixture *f = fixture();
    f->options.read_timeout_ms = 10 * HTTP_IDLE_MS;
    http_fixture_client(f);
    int connection = http_fixture_exchange(f, -1);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    peer_read(&f->peer, connection);
    f->clock.now_ms += 2 * HTTP_IDLE_MS;
    http_fixture_settle(f);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    f->clock.now_ms += HTTP_IDLE_MS;
    peer_sees_end(&f->peer, connection);
    http_fixture_free(f);
}

/* --- what waits --------------------------------------------------------------------- */

TEST(http_way, what_waits_can_be_dropped_and_what_is_under_way_goes_on)
{
    struct http_fixture *f = fixture();
    f->options.max_queue = 2;
    http_fixture_client(f);
    struct outcome first = outcome_of(f), second = outcome_of(f), third = outcome_of(f);
    struct dm_error why = {.code = DM_E_UNAVAILABLE, .message = "down"};
    http_fixture_send(f, &first);
    http_fixture_send(f, &second);
    http_fixture_send(f, &third);
    cr_assert_eq(http_client_load(f->client).waiting, 2);
    cr_assert_eq(http_client_load(f->client).active, 1);

    http_drop_waiting(f->client, &why);
    assert_failed(second, HTTP_NOT_SENT, DM_E_UNAVAILABLE, "down");
    assert_failed(third, HTTP_NOT_SENT, DM_E_UNAVAILABLE, "down");
    cr_assert_eq(http_client_load(f->client).waiting, 0);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &first);
    assert_answered(first);
    cr_assert_eq(http_client_load(f->client).active, 0);
    close(connection);
    http_fixture_free(f);
}

static void free_client(struct outcome *outcome)
{
    http_client_free(outcome->f->client);
    outcome->f->client = NULL;
}

static void send_again(struct outcome *outcome)
{
    outcome->then = NULL;
    http_fixture_send(outcome->f, outcome + 1);
}

TEST(http_way, what_is_dropped_may_send_again_or_free_the_client)
{
    struct dm_error why = {.code = DM_E_UNAVAILABLE};
    for (int i = 0; i < 2; i++) {
        struct http_fixture *f = fixture();
        f->options.max_queue = 2;
        http_fixture_client(f);
        struct outcome first = outcome_of(f);
        struct outcome others[2] = {outcome_of(f), outcome_of(f)};
        http_fixture_send(f, &first);
        http_fixture_send(f, &others[0]);
        others[0].then = i ? free_client : send_again;
        http_drop_waiting(f->client, &why);
        cr_assert_eq(others[0].times, 1);
        cr_assert_eq(others[1].times, 0);
        http_fixture_free(f);
    }
}

/* --- the reply's time --------------------------------------------------------------- */

enum { TAKES_MS = 7 };

static void note_date(enum http_failure failure, const struct http_reply *reply,
                      const struct dm_error *err, void *ctx)
{
    struct outcome *outcome = ctx;
    cr_assert_eq(failure, HTTP_ANSWERED, "%s", err->message);
    outcome->times = 1;
    int64_t date_ms = -1;
    bool there = http_reply_date_ms(reply, &date_ms);
    snprintf(outcome->body, sizeof outcome->body, "%d %lld", there, (long long)date_ms);
    cr_assert_eq(http_reply_time_us(reply), TAKES_MS * 1000);
}

TEST(http_way, a_reply_has_the_peers_time_and_how_long_it_took)
{
    static const char *const cases[][2] = {
        {"Date: Mon, 01 Jan 2024 00:00:05 GMT\r\n", "1 1704067205000"},
        {"date: Sunday, 06-Nov-94 08:49:37 GMT\r\n", "1 784111777000"},
        {"Date: yesterday\r\n", "0 -1"},
        {"Date:\r\n", "0 -1"},
        {"", "0 -1"},
    };
    struct http_fixture *f = fixture();
    http_fixture_client(f);
    int connection = -1;
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        char text[128];
        struct outcome outcome = outcome_of(f);
        struct http_request request = http_fixture_request(f);
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%sContent-Length: 0\r\n\r\n",
                 cases[i][0]);
        assert_ok(http_send(f->client, &request, note_date, &outcome, NULL, &f->err),
                  f->err);
        if (connection < 0)
            connection = peer_accept(&f->peer);
        peer_read(&f->peer, connection);
        f->clock.now_ms += TAKES_MS;
        peer_send(connection, text);
        http_fixture_await(f, &outcome);
        assert_str(dm_str(outcome.body), cases[i][1]);
    }
    close(connection);
    http_fixture_free(f);
}
