/* The HTTP client: bytes as they come and go on a connection, and which one it takes. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/lib/net/http_fixture.h"

enum { LARGE = 16 * 1024 * 1024 };

static struct http_fixture *fixture(unsigned max_connections)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.max_connections = max_connections;
    f->options.max_queue = 2;
    http_fixture_client(f);
    return f;
}

static void turn_loop(struct http_fixture *f)
{
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
}

/* --- replies in pieces -------------------------------------------------------------- */

#define CHUNKED                                                                          \
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" \
    "3;x\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n"

/* Answers a call with all of the text, so many bytes at a time. */
static void answer_in_pieces(struct http_fixture *f, int connection, const char *text,
                             size_t first, size_t piece)
{
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    peer_read(&f->peer, connection);
    size_t len = strlen(text);
    for (size_t at = 0, next = first; at < len; at = next, next += piece) {
        next = next < len ? next : len;
        cr_assert_eq(outcome.times, 0);
        cr_assert_eq(send(connection, text + at, next - at, 0), (ssize_t)(next - at));
        http_fixture_settle(f);
    }
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
}

TEST(http_stream, a_reply_may_come_in_any_two_pieces_or_byte_by_byte)
{
    static const char *const texts[] = {HTTP_OK, CHUNKED};
    struct http_fixture *f = fixture(1);
    int connection = http_fixture_exchange(f, -1);
    for (size_t i = 0; i < DM_COUNT(texts); i++) {
        for (size_t first = 1; first < strlen(texts[i]); first++)
            answer_in_pieces(f, connection, texts[i], first, strlen(texts[i]));
        answer_in_pieces(f, connection, texts[i], 1, 1);
    }
    cr_assert_not(peer_has_connection(&f->peer));
    close(connection);
    http_fixture_free(f);
}

TEST(http_stream, a_reply_to_a_head_ends_with_its_header)
{
    struct http_fixture *f = fixture(1);
    int connection = http_fixture_exchange(f, -1);
    struct http_request request = http_fixture_request(f);
    struct outcome outcome = outcome_of(f);
    request.method = "HEAD";
    request.body = (struct dm_str){NULL, 0};
    assert_ok(http_send(f->client, &request, outcome_done, &outcome, NULL, &f->err),
              f->err);
    peer_read(&f->peer, connection);
    peer_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    http_fixture_await(f, &outcome);
    cr_assert_eq(outcome.failure, HTTP_ANSWERED);
    http_fixture_exchange(f, connection);
    close(connection);
    http_fixture_free(f);
}

/* --- what does not belong there ----------------------------------------------------- */

TEST(http_stream, a_connection_with_bytes_behind_the_reply_is_not_used_again)
{
    struct http_fixture *f = fixture(1);
    struct outcome first = outcome_of(f), waiting = outcome_of(f);
    http_fixture_send(f, &first);
    http_fixture_send(f, &waiting);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    http_fixture_await(f, &first);
    assert_answered(first);
    peer_sees_end(&f->peer, connection);
    connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &waiting);
    assert_answered(waiting);
    close(connection);
    http_fixture_free(f);
}

TEST(http_stream, an_idle_connection_on_which_bytes_come_is_not_used_again)
{
    for (int seen = 0; seen < 2; seen++) {
        struct http_fixture *f = fixture(1);
        int connection = http_fixture_exchange(f, -1);
        peer_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        if (seen)
            peer_sees_end(&f->peer, connection);
        int other = http_fixture_exchange(f, -1);
        if (!seen)
            peer_sees_end(&f->peer, connection);
        close(other);
        http_fixture_free(f);
    }
}

TEST(http_stream, a_connection_that_the_reply_says_will_close_is_closed)
{
    struct http_fixture *f = fixture(1);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection,
              "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    peer_sees_end(&f->peer, connection);
    http_fixture_free(f);
}

/* --- large bodies ------------------------------------------------------------------- */

static char *large_text(void)
{
    char *text = malloc(LARGE);
    cr_assert_not_null(text);
    for (size_t i = 0; i < LARGE; i++)
        text[i] = (char)('a' + i / 1000 % 26);
    return text;
}

/* The header, then all of that body. */
static void read_large(struct http_fixture *f, int connection, const char *body)
{
    char bytes[16 * 1024];
    size_t seen = 0;
    const char *start = NULL;
    while (seen < LARGE) {
        ssize_t got = recv(connection, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got <= 0) {
            turn_loop(f);
            continue;
        }
        const char *from = bytes;
        if (!start) {
            from = start = (const char *)memmem(bytes, (size_t)got, "\r\n\r\n", 4) + 4;
            got -= from - bytes;
        }
        cr_assert_eq(memcmp(from, body + seen, (size_t)got), 0);
        seen += (size_t)got;
    }
}

static void send_large(struct http_fixture *f, int connection, const char *body)
{
    char head[128];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LARGE);
    peer_send(connection, head);
    for (size_t sent = 0; sent < LARGE;) {
        ssize_t gone =
            send(connection, body + sent, LARGE - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (gone > 0)
            sent += (size_t)gone;
        turn_loop(f);
    }
}

struct large {
    const char *body;
    unsigned times;
};

static void compare(enum http_failure failure, const struct http_reply *reply,
                    const struct dm_error *err, void *ctx)
{
    struct large *large = ctx;
    cr_assert_eq(failure, HTTP_ANSWERED, "%s", err->message);
    cr_assert_eq(reply->body.len, LARGE);
    cr_assert_eq(memcmp(reply->body.ptr, large->body, LARGE), 0);
    large->times++;
}

static struct http_request large_request(struct http_fixture *f, const char *body)
{
    struct http_request request = http_fixture_request(f);
    request.body = (struct dm_str){body, LARGE};
    request.max_reply = LARGE;
    return request;
}

TEST(http_stream, large_bodies_go_both_ways_on_one_connection)
{
    char *body = large_text();
    struct http_fixture *f = fixture(1);
    struct large large = {.body = body};
    int connection = http_fixture_exchange(f, -1);
    for (unsigned i = 0; i < 2; i++) {
        struct http_request request = large_request(f, body);
        assert_ok(http_send(f->client, &request, compare, &large, NULL, &f->err), f->err);
        read_large(f, connection, body);
        send_large(f, connection, body);
        while (large.times <= i)
            turn_loop(f);
    }
    http_fixture_exchange(f, connection);
    close(connection);
    http_fixture_free(f);
    free(body);
}

TEST(http_stream, a_reply_may_come_before_all_of_the_request_has_left)
{
    char *body = large_text();
    struct http_fixture *f = fixture(1);
    struct outcome outcome = outcome_of(f);
    struct http_request request = large_request(f, body);
    assert_ok(http_send(f->client, &request, outcome_done, &outcome, NULL, &f->err),
              f->err);
    int connection = peer_accept(&f->peer);
    http_fixture_settle(f);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    close(http_fixture_exchange(f, -1));
    close(connection);
    http_fixture_free(f);
    free(body);
}

TEST(http_stream, a_call_can_be_cancelled_while_it_is_being_sent)
{
    char *body = large_text();
    struct http_fixture *f = fixture(1);
    struct outcome outcome = outcome_of(f);
    struct http_request request = large_request(f, body);
    assert_ok(
        http_send(f->client, &request, outcome_done, &outcome, &outcome.call, &f->err),
        f->err);
    int connection = peer_accept(&f->peer);
    http_fixture_settle(f);
    http_cancel(outcome.call);
    free(body);
    close(connection);
    close(http_fixture_exchange(f, -1));
    cr_assert_eq(outcome.times, 0);
    http_fixture_free(f);
}

/* --- which connection --------------------------------------------------------------- */

TEST(http_stream, the_connection_that_was_used_last_is_used_first)
{
    struct http_fixture *f = fixture(2);
    struct outcome first = outcome_of(f), second = outcome_of(f);
    http_fixture_send(f, &first);
    http_fixture_send(f, &second);
    int one = peer_accept(&f->peer), other = peer_accept(&f->peer);
    peer_read(&f->peer, one);
    peer_read(&f->peer, other);
    peer_send(one, HTTP_OK);
    http_fixture_await(f, &first);
    peer_send(other, HTTP_OK);
    http_fixture_await(f, &second);
    for (int i = 0; i < 3; i++)
        http_fixture_exchange(f, other);
    close(other);
    http_fixture_exchange(f, one);
    close(one);
    http_fixture_free(f);
}

TEST(http_stream, an_idle_connection_serves_its_own_origin_alone_and_gives_way_to_another)
{
    struct http_fixture *f = fixture(1);
    int connection = http_fixture_exchange(f, -1);
    struct peer here = f->peer;
    peer_init(&f->peer, f->loop, 8);
    int other = http_fixture_exchange(f, -1);
    peer_sees_end(&f->peer, connection);
    size_t len = strlen(f->peer.url);
    snprintf(f->peer.url + len, sizeof f->peer.url - len, "path?query");
    http_fixture_exchange(f, other);
    cr_assert(strstr(f->peer.request, "POST /path?query HTTP/1.1\r\n"));
    close(other);
    peer_done(&here);
    http_fixture_free(f);
}

TEST(http_stream, an_older_idle_connection_is_found_behind_those_of_other_origins)
{
    struct http_fixture *f = fixture(2);
    int connection = http_fixture_exchange(f, -1);
    struct peer first = f->peer;
    peer_init(&f->peer, f->loop, 8);
    struct peer second = f->peer;
    int other = http_fixture_exchange(f, -1);
    f->peer = first;
    http_fixture_exchange(f, connection);
    f->peer = second;
    http_fixture_exchange(f, other);
    close(connection);
    close(other);
    peer_done(&first);
    http_fixture_free(f);
}
