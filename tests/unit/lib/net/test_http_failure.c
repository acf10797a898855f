/* The HTTP client: each way to fail, and that the next call goes well. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/lib/net/http_fixture.h"

static struct http_fixture *fixture(void)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.max_connections = 1;
    f->options.max_queue = 1;
    http_fixture_client(f);
    return f;
}

/* --- no connection ------------------------------------------------------------------ */

static struct outcome send_to(struct http_fixture *f, const char *url)
{
    struct http_request request = http_fixture_request(f);
    struct outcome outcome = outcome_of(f);
    request.url = url;
    assert_ok(http_send(f->client, &request, outcome_done, &outcome, NULL, &f->err),
              f->err);
    cr_assert_eq(outcome.times, 0);
    http_fixture_await(f, &outcome);
    return outcome;
}

TEST(http_failure, without_a_connection_nothing_was_sent)
{
    static const struct {
        const char *url;
        enum dm_code code;
        const char *message;
    } cases[] = {
        {"", DM_E_INVALID, "not a URL"},
        {"http://", DM_E_INVALID, "not a URL"},
        {"http://a b/", DM_E_INVALID, "not a URL"},
        {"ftp://user:secret@127.0.0.1/", DM_E_INVALID, "not a URL of http or https"},
        {"file:///etc/passwd", DM_E_INVALID, "not a URL of http or https"},
        {"http://"
         "user:secret@0123456789012345678901234567890123456789012345678901234567890123"
         ".invalid/",
         DM_E_UPSTREAM, "cannot resolve the name"},
    };
    struct http_fixture *f = fixture();
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct outcome outcome = send_to(f, cases[i].url);
        assert_failed(outcome, HTTP_NOT_SENT, cases[i].code, cases[i].message);
    }
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}

TEST(http_failure, a_refused_connection_is_not_sent)
{
    struct http_fixture *f = fixture();
    close(f->peer.listener);
    struct outcome outcome = send_to(f, f->peer.url);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_UPSTREAM,
                  "cannot connect: Connection refused");
    f->peer.listener = -1;
    http_fixture_free(f);
}

/* Connects to the peer until its backlog is full and a handshake hangs. */
static size_t fill_backlog(const struct peer *peer, int fds[], size_t count)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    cr_assert_eq(getsockname(peer->listener, (struct sockaddr *)&address, &len), 0);
    for (size_t i = 0; i < count; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        connect(fds[i], (struct sockaddr *)&address, len);
        struct pollfd ready = {.fd = fds[i], .events = POLLOUT};
        if (poll(&ready, 1, 100) == 0)
            return i + 1;
    }
    cr_assert(false, "the backlog never fills");
    return count;
}

static void close_all(const int fds[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
}

TEST(http_failure, a_connection_that_hangs_ends_with_the_connect_timeout)
{
    int fds[16];
    struct http_fixture *f = http_fixture_new(0);
    struct dm_loop *standing = f->loop;
    size_t count = fill_backlog(&f->peer, fds, DM_COUNT(fds));
    assert_ok(dm_loop_new(&f->loop, &f->err), f->err);
    f->options.connect_timeout_ms = 50;
    f->options.read_timeout_ms = 60000;
    http_fixture_client(f);
    struct outcome outcome = send_to(f, f->peer.url);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_TIMEOUT, "no connection in 50 ms");
    close_all(fds, count);
    dm_loop_free(standing);
    http_fixture_free(f);
}

TEST(http_failure, the_connect_timeout_needs_no_memory)
{
    enum { SOCKET = 1, WATCH, TIMER };
    int fds[16];
    struct http_fixture *f = http_fixture_new(0);
    struct dm_loop *standing = f->loop;
    size_t count = fill_backlog(&f->peer, fds, DM_COUNT(fds));
    assert_ok(dm_loop_new(&f->loop, &f->err), f->err);
    f->options.connect_timeout_ms = 50;
    http_fixture_client(f);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    mem_fail_at(TIMER);
    http_fixture_await(f, &outcome);
    cr_assert(mem_failed());
    mem_fail_at(0);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_TIMEOUT, "no connection in 50 ms");
    close_all(fds, count);
    dm_loop_free(standing);
    http_fixture_free(f);
}

TEST(http_failure, the_read_timeout_does_not_run_while_connecting)
{
    int fds[16];
    struct http_fixture *f = http_fixture_new(0);
    size_t count = fill_backlog(&f->peer, fds, DM_COUNT(fds));
    http_fixture_client(f);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    http_fixture_settle(f);
    f->clock.now_ms += 2 * READ_TIMEOUT_MS;
    http_fixture_settle(f);
    cr_assert_eq(outcome.times, 0);
    http_cancel(outcome.call);
    close_all(fds, count);
    http_fixture_free(f);
}

/* --- a connection that breaks, a reply that is none --------------------------------- */

enum end { KEEP, CLOSE, RESET };

struct broken {
    const char *reply;
    enum end end;
    enum http_failure failure;
    enum dm_code code;
    const char *message;
};

#define LOST_REPLY "connection lost before the reply's end"
#define CLOSED_REPLY "connection closed before the reply's end"
#define NOT_HTTP "the reply is not HTTP/1.1"

static const struct broken brokens[] = {
    {"", CLOSE, HTTP_LOST, DM_E_UPSTREAM, "connection closed without a reply"},
    {"", RESET, HTTP_LOST, DM_E_UPSTREAM, LOST_REPLY},
    {"HTTP/1.1 200 OK\r\nConte", RESET, HTTP_LOST, DM_E_UPSTREAM, LOST_REPLY},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", RESET, HTTP_LOST, DM_E_UPSTREAM,
     LOST_REPLY},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", RESET, HTTP_LOST, DM_E_UPSTREAM,
     LOST_REPLY},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", CLOSE, HTTP_LOST, DM_E_UPSTREAM,
     CLOSED_REPLY},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", CLOSE, HTTP_LOST,
     DM_E_UPSTREAM, CLOSED_REPLY},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", CLOSE,
     HTTP_LOST, DM_E_UPSTREAM, CLOSED_REPLY},
    {"garbage\r\n\r\n", KEEP, HTTP_BAD_REPLY, DM_E_UPSTREAM, NOT_HTTP},
    {"\x16\x03\x01garbage", CLOSE, HTTP_BAD_REPLY, DM_E_UPSTREAM, NOT_HTTP},
    {"HTTP/1.1 hello\r\n\r\n", KEEP, HTTP_BAD_REPLY, DM_E_UPSTREAM, NOT_HTTP},
    {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", KEEP, HTTP_BAD_REPLY,
     DM_E_UPSTREAM, NOT_HTTP},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", KEEP, HTTP_BAD_REPLY,
     DM_E_UPSTREAM, NOT_HTTP},
};

TEST(http_failure, tells_what_broke_and_serves_the_next_call)
{
    struct http_fixture *f = fixture();
    for (size_t i = 0; i < DM_COUNT(brokens); i++) {
        const struct broken *broken = &brokens[i];
        struct outcome outcome = outcome_of(f);
        http_fixture_send(f, &outcome);
        int connection = peer_accept(&f->peer);
        peer_read(&f->peer, connection);
        peer_send(connection, broken->reply);
        http_fixture_settle(f);
        if (broken->end == RESET)
            peer_reset(connection);
        if (broken->end == CLOSE)
            close(connection);
        http_fixture_await(f, &outcome);
        assert_failed(outcome, broken->failure, broken->code, broken->message);
        if (broken->end == KEEP)
            peer_sees_end(&f->peer, connection);
        close(http_fixture_exchange(f, -1));
    }
    http_fixture_free(f);
}

TEST(http_failure, a_reset_while_the_request_is_being_sent_is_lost)
{
    struct http_fixture *f = fixture();
    size_t len = 64 * 1024 * 1024;
    char *body = calloc(1, len);
    struct http_request request = http_fixture_request(f);
    struct outcome outcome = outcome_of(f);
    request.body = (struct dm_str){body, len};
    assert_ok(http_send(f->client, &request, outcome_done, &outcome, NULL, &f->err),
              f->err);
    int connection = peer_accept(&f->peer);
    http_fixture_settle(f);
    peer_reset(connection);
    http_fixture_await(f, &outcome);
    cr_assert_eq(outcome.failure, HTTP_LOST);
    cr_assert_eq(outcome.err.code, DM_E_UPSTREAM);
    free(body);
    http_fixture_free(f);
}

/* --- a reply that does not come ----------------------------------------------------- */

static void assert_times_out(struct http_fixture *f, const char *beginning)
{
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, beginning);
    http_fixture_settle(f);
    f->clock.now_ms += READ_TIMEOUT_MS - 1;
    http_fixture_settle(f);
    cr_assert_eq(outcome.times, 0);
    f->clock.now_ms += 1;
    http_fixture_settle(f);
    assert_failed(outcome, HTTP_TIMED_OUT, DM_E_TIMEOUT, "no answer in 5000 ms");
    peer_sees_end(&f->peer, connection);
}

TEST(http_failure, a_reply_that_does_not_end_in_time_ends_with_the_read_timeout)
{
    struct http_fixture *f = fixture();
    assert_times_out(f, "");
    assert_times_out(f, "HTTP/1.1 200 OK\r\nConte");
    assert_times_out(f, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}

TEST(http_failure, the_read_timeout_is_over_once_the_reply_is_there)
{
    struct http_fixture *f = fixture();
    int connection = http_fixture_exchange(f, -1);
    f->clock.now_ms += 2 * READ_TIMEOUT_MS;
    http_fixture_settle(f);
    http_fixture_exchange(f, connection);
    close(connection);
    http_fixture_free(f);
}

TEST(http_failure, the_read_timeout_does_not_run_while_a_call_waits)
{
    struct http_fixture *f = fixture();
    struct outcome first = outcome_of(f), second = outcome_of(f);
    http_fixture_send(f, &first);
    http_fixture_send(f, &second);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    f->clock.now_ms += READ_TIMEOUT_MS - 1;
    http_fixture_settle(f);
    peer_send(connection, HTTP_OK);
    peer_read(&f->peer, connection);
    f->clock.now_ms += READ_TIMEOUT_MS - 1;
    http_fixture_settle(f);
    assert_answered(first);
    cr_assert_eq(second.times, 0);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &second);
    assert_answered(second);
    close(connection);
    http_fixture_free(f);
}

/* --- a reply that is too large ----------------------------------------------------- */

static void answer_with_large_body(struct http_fixture *f, const char *headers,
                                   size_t len)
{
    char text[4096];
    int head = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n", headers);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    memset(text + head, 'x', len);
    text[(size_t)head + len] = '\0';
    peer_send(connection, text);
    http_fixture_await(f, &outcome);
    assert_failed(outcome, HTTP_BAD_REPLY, DM_E_UPSTREAM, "reply larger than 1000 bytes");
    peer_sees_end(&f->peer, connection);
}

TEST(http_failure, a_reply_over_the_limit_is_refused_and_its_connection_closed)
{
    struct http_fixture *f = fixture();
    answer_with_large_body(f, "Content-Length: 1001\r\n", MAX_REPLY + 1);
    answer_with_large_body(f, "Content-Length: 20000000\r\n", MAX_REPLY + 1);
    answer_with_large_body(f, "", MAX_REPLY + 1);
    assert_times_out(f, "HTTP/1.1 200 OK\r\n");
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}

/* --- a kept connection that dies ---------------------------------------------------- */

TEST(http_failure, a_kept_connection_that_the_peer_closed_is_not_used)
{
    struct http_fixture *f = fixture();
    close(http_fixture_exchange(f, -1));
    peer_reset(http_fixture_exchange(f, -1));
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}

/* Where the kept connection breaks off after it has taken the request. */
static void is_not_sent_again(void (*end)(int connection))
{
    struct http_fixture *f = fixture();
    int connection = http_fixture_exchange(f, -1);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    peer_read(&f->peer, connection);
    end(connection);
    http_fixture_await(f, &outcome);
    assert_failed(outcome, HTTP_LOST, DM_E_UPSTREAM, "connection closed without a reply");
    cr_assert_not(peer_has_connection(&f->peer));
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}

/* Our end of it. */
static int client_end(int connection)
{
    struct sockaddr_in theirs = {0}, ours;
    socklen_t len = sizeof theirs;
    cr_assert_eq(getpeername(connection, (struct sockaddr *)&theirs, &len), 0);
    for (int fd = 3; fd < 1024; fd++) {
        len = sizeof ours;
        if (!getsockname(fd, (struct sockaddr *)&ours, &len) && len == sizeof ours &&
            ours.sin_port == theirs.sin_port)
            return fd;
    }
    cr_assert(false, "the client has no such connection");
    return -1;
}

/* It looks alive and takes no byte: as where the peer's reset comes just then. */
TEST(http_failure, a_request_of_which_no_byte_left_goes_over_another_connection)
{
    struct http_fixture *f = fixture();
    int connection = http_fixture_exchange(f, -1);
    cr_assert_eq(shutdown(client_end(connection), SHUT_WR), 0);
    int other = http_fixture_exchange(f, -1);
    peer_sees_end(&f->peer, connection);
    http_fixture_exchange(f, other);
    http_fixture_free(f);
    close(other);
}

static void close_connection(int connection)
{
    close(connection);
}

TEST(http_failure, a_request_that_a_kept_connection_has_taken_is_never_sent_again)
{
    is_not_sent_again(close_connection);
    is_not_sent_again(peer_reset);
}

TEST(http_failure,
     where_the_kept_connection_is_closed_and_no_other_can_be_made_nothing_was_sent)
{
    struct http_fixture *f = fixture();
    int connection = http_fixture_exchange(f, -1);
    close(f->peer.listener);
    peer_reset(connection);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    http_fixture_await(f, &outcome);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_UPSTREAM,
                  "cannot connect: Connection refused");
    f->peer.listener = -1;
    http_fixture_free(f);
}

/* --- TLS ---------------------------------------------------------------------------- */

static void use_https(struct http_fixture *f)
{
    char url[64];
    snprintf(url, sizeof url, "https%s", f->peer.url + 4);
    memcpy(f->peer.url, url, sizeof url);
}

TEST(http_failure, a_peer_that_does_not_speak_tls_is_sent_nothing)
{
    struct http_fixture *f = fixture();
    use_https(f);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    int connection = peer_accept(&f->peer);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_UPSTREAM, "TLS handshake failed");
    close(connection);
    http_fixture_free(f);
}

TEST(http_failure, authorities_that_cannot_be_read_are_an_error_that_names_no_file)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.ca_file = "/no/such/file";
    http_fixture_client(f);
    use_https(f);
    struct outcome outcome = send_to(f, f->peer.url);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_UPSTREAM,
                  "cannot read the authorities to trust");
    http_fixture_free(f);
}
